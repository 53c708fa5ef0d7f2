"""The programmes of one class (功能分类 类·款·项) side by side: across regions, departments and years."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch

from cms.analysis.cube import CubeSum, programme_cells, sums_by
from cms.analysis.models import CellQuerySet
from cms.analysis.scores import OutsideScore, outside_scores
from cms.budget.models import Department, Government, Line, Programme, Release
from cms.budget.queries import Comparison, Reader
from cms.classification.models import Scheme
from cms.classification.queries import Name, name_of
from cms.performance.assessments import Assessment, Divergence, assess, divergence, scheme_for
from cms.performance.models import Goal, Indicator, ProgrammeYear
from cms.performance.monitoring import Alert, monitored
from cms.performance.schemes import ScoringScheme
from cms.performance.scoring import total_score
from portal.errors import NotFound

# A class is at least as long as that; shorter beginnings would be half of everything.
SHORTEST_CODE = 3
PROGRAMMES_AT_MOST = 1000


@dataclass(frozen=True)
class UnitCost:
    """Money spent for one unit of what was produced, by the quantity indicator (数量指标) with the most weight.

    ``cost`` in minor units for one ``unit``.
    """

    indicator: Indicator
    cost: Decimal

    @property
    def unit(self) -> str:
        return self.indicator.unit


@dataclass(frozen=True)
class Member:
    """A programme of the class in the chosen year. Rates are ratios; None where there is nothing to divide by."""

    programme: Programme
    release: Release
    money: Comparison
    year: ProgrammeYear | None = None
    goal_rate: Decimal | None = None
    unit_cost: UnitCost | None = None
    pace_gap: Decimal | None = None
    alerts: tuple[Alert, ...] = ()
    outside: tuple[OutsideScore, ...] = ()
    divergence: Divergence | None = None

    @property
    def size(self) -> int | None:
        return self.money.base if self.money.base is not None else self.money.executed

    @property
    def outside_score(self) -> Decimal | None:
        """The mean of the scores that others gave."""
        return sum((given.score for given in self.outside), Decimal(0)) / len(self.outside) if self.outside else None

    @property
    def stated_reason(self) -> str:
        """What the department itself says about it."""
        return self.year.execution_reason if self.year else ""


@dataclass(frozen=True)
class ClassReading:
    """``members``: of the chosen year, the largest first, at most a thousand of ``count``; ``currency``: of most.

    ``regions``, ``departments``: sums of the year. ``history``: by government and year.
    """

    code: str
    name: Name | None
    year: int
    years: list[int]
    governments: list[Government]
    government: Government | None
    currency: str
    currencies: tuple[str, ...]
    count: int
    members: list[Member] = field(default_factory=list)
    departments: list[tuple[CubeSum, Department | None]] = field(default_factory=list)
    history: list[CubeSum] = field(default_factory=list)

    @property
    def comparable(self) -> list[Member]:
        """Members whose amounts are in the currency of most."""
        return [member for member in self.members if member.release.currency == self.currency]

    @property
    def regions(self) -> list[CubeSum]:
        return [found for found in self.history if found.year == self.year]


def read_class(
    code: str, reader: Reader, *, year: int | None = None, government: int | None = None, today: date
) -> ClassReading:
    """Raises ``NotFound`` for a code that no public programme has, and a year or government without one of it.

    A fixed number of queries.
    """
    cells = programme_cells(reader).filter(functional_code__startswith=code)
    if len(code) < SHORTEST_CODE:
        raise NotFound
    history = sums_by(cells, "government")
    governments = list({found.release.government_id: found.release.government for found in history}.values())
    chosen = next((found for found in governments if found.pk == government), None)
    if not history or (government is not None and chosen is None):
        raise NotFound
    if chosen:
        cells = cells.filter(government=chosen)
        history = [found for found in history if found.release.government_id == chosen.pk]
    years = sorted({found.year for found in history})
    shown = years[-1] if year is None else year
    if shown not in years:
        raise NotFound
    of_year = cells.filter(fiscal_year=shown)
    sums = sorted(sums_by(of_year, "programme"), key=lambda found: -(_size(found.comparison) or 0))
    counted: dict[str, int] = {}
    for found in sums:
        counted[found.release.currency] = counted.get(found.release.currency, 0) + 1
    currency = max(counted, key=lambda name: (counted[name], name))
    return ClassReading(
        code=code,
        name=_name(code, shown, sums[0].release),
        year=shown,
        years=years,
        governments=sorted(governments, key=lambda found: found.pk),
        government=chosen,
        currency=currency,
        currencies=tuple(sorted(counted)),
        count=len(sums),
        members=_members(sums[:PROGRAMMES_AT_MOST], shown, reader, today),
        departments=_by_department(of_year),
        history=history,
    )


def _size(money: Comparison) -> int | None:
    return money.base if money.base is not None else money.executed


def _by_department(cells: CellQuerySet) -> list[tuple[CubeSum, Department | None]]:
    sums = sorted(sums_by(cells, "department"), key=lambda found: -(_size(found.comparison) or 0))
    departments = Department.objects.in_bulk([found.key for found in sums if found.key])
    return [(found, departments.get(found.key)) for found in sums]


def _name(code: str, year: int, release: Release) -> Name | None:
    """The official name or, where there is no list of codes, the one that the source gives."""
    if release.jurisdiction and (official := name_of(Scheme.FUNCTIONAL, code, year, release.jurisdiction)):
        return official
    published = Line.objects.filter(release=release, functional_code=code).exclude(functional_name="")
    name = published.values_list("functional_name", flat=True).first()
    return Name(name) if name else None


def _members(sums: list[CubeSum], fiscal_year: int, reader: Reader, today: date) -> list[Member]:
    keys = [found.key for found in sums]
    programmes = Programme.objects.select_related("department__government").in_bulk(keys)
    years = ProgrammeYear.objects.visible_to(reader).filter(programme__in=keys, fiscal_year=fiscal_year)
    years = years.select_related("programme__department__government").order_by("pk")
    goals = Goal.objects.prefetch_related(Prefetch("indicators", Indicator.objects.order_by("pk")))
    by_programme = {year.programme_id: year for year in years.prefetch_related(Prefetch("goals", goals))}
    watched = {found.year.programme_id: found for found in monitored(years, today=today)} if by_programme else {}
    schemes = list(ScoringScheme.objects.with_rules())
    outside = outside_scores(keys, [fiscal_year], reader)
    members = []
    for found in sums:
        programme = programmes[found.key]
        year = by_programme.get(found.key)
        scores = tuple(outside.get((found.key, fiscal_year), ()))
        member = Member(programme, found.release, found.comparison, outside=scores)
        if year is not None:
            watch = watched.get(found.key)
            member = _assessed(member, year, schemes)
            if watch is not None:
                member = Member(**{**vars(member), "pace_gap": watch.pace_gap, "alerts": watch.alerts})
        members.append(member)
    return members


def _assessed(member: Member, year: ProgrammeYear, schemes: Iterable[ScoringScheme]) -> Member:
    indicators = [indicator for goal in year.goals.all() for indicator in goal.indicators.all()]
    jurisdiction = member.programme.department.government.name
    scheme = next((s for s in schemes if s.pk == year.scheme_id), None)
    scheme = scheme or scheme_for(schemes, year.fiscal_year, jurisdiction)
    given = member.outside_score
    return Member(
        **{
            **vars(member),
            "year": year,
            "goal_rate": goal_rate(assess(year, indicators, scheme), indicators) if scheme else None,
            "unit_cost": unit_cost(year, indicators, member.money.executed),
            "divergence": divergence(year.self_score, given, scheme)
            if scheme and given is not None and year.self_score is not None
            else None,
        }
    )


def goal_rate(assessment: Assessment, indicators: Iterable[Indicator]) -> Decimal | None:
    """Points of the indicators over their weights (目标实现程度), 0 to 1; execution is told apart from it."""
    return total_score((assessment.points[one.pk], one.weight) for one in indicators).rate


def unit_cost(year: ProgrammeYear, indicators: Iterable[Indicator], executed: int | None) -> UnitCost | None:
    """B / quantity. None without money spent, without a quantity reached, or where two quantities weigh the same.

    What was spent is what the programme's year reports or, where it is silent, what the budget's lines say.
    """
    spent = year.executed if year.executed is not None else executed
    quantities = [
        one for one in indicators if one.category == Indicator.Category.QUANTITY and one.actual is not None and one.unit
    ]
    heaviest = [one for one in quantities if one.weight == max(other.weight for other in quantities)]
    if spent is None or len(heaviest) != 1 or heaviest[0].actual is None or heaviest[0].actual <= 0:
        return None
    return UnitCost(heaviest[0], Decimal(spent) / heaviest[0].actual)
