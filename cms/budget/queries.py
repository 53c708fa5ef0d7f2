"""What may be read of budgets: releases, sums over their lines, and comparisons between years.

All amounts are integers in the minor unit of the release's currency; None means that nothing was published, which is
not zero. Sums go over facts only (``Line.is_leaf``). Nothing here depends on the reader's language: whatever has two
names carries both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from statistics import median_low
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from uuid import UUID

from django.db.models import Case, CharField, Count, F, Max, Model, QuerySet, Sum, When, Window
from django.db.models.functions import Left

from cms.budget.models import (
    Department,
    ImportProblem,
    Line,
    LineQuerySet,
    Phase,
    Programme,
    Release,
    ReleaseQuerySet,
)
from cms.classification.models import Scheme
from cms.classification.queries import names_of as official_names
from portal.errors import NotFound

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from wagtail.models import Page

    from participation.stakeholders.models import User

Reader: TypeAlias = "User | AnonymousUser"

# What a department could spend in the year: the latest of the three that was published.
BASES = (Phase.ADJUSTED, Phase.ADOPTED, Phase.PROPOSED)
# The key of lines that have no value in a dimension; an empty parameter would read as "no filter".
UNASSIGNED = "-"
PROBLEMS_SHOWN = 20
LINES_OF_PROGRAMME_SHOWN = 100

Amounts = dict[str, int | None]
Record = TypeVar("Record", bound=Model)


class Dimension(StrEnum):
    """What lines can be grouped by."""

    FUNCTION = "function"
    DEPARTMENT = "department"
    PROGRAMME = "programme"
    ECONOMIC = "economic"
    LINE = "line"


@dataclass(frozen=True)
class Group:
    """Lines that have one thing in common, and their sums. ``key`` is what a filter takes to find them again."""

    key: str
    name: str
    name_en: str = ""
    lines: int = 0
    amounts: Amounts = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True)
class Comparison:
    """Money allocated and money spent. ``rate`` is None where there is nothing to divide by."""

    base: int | None
    executed: int | None
    department: Department | None = None
    lines: int = 0

    @property
    def rate(self) -> Decimal | None:
        return execution_rate(self.base, self.executed)


@dataclass(frozen=True)
class Facts:
    """How much, by how many, in how many lines; and which dimensions the source tells apart."""

    comparison: Comparison
    functions: int
    departments: int
    programmes: int
    lines: int
    dimensions: frozenset[Dimension]
    amounts: Amounts


@dataclass(frozen=True)
class YearSum:
    """The sums of the same thing in one year, from the newest version of that year's release."""

    release: Release
    amounts: Amounts
    lines: int

    @property
    def comparison(self) -> Comparison:
        return compare(self.release, self.amounts, self.lines)

    @property
    def in_order(self) -> list[tuple[Phase, int | None]]:
        """Every phase with its amount, for tables whose columns are phases."""
        return [(phase, self.amounts.get(phase)) for phase in Phase]


def execution_rate(base: int | None, executed: int | None) -> Decimal | None:
    """Execution rate (执行率), a ratio: executed / full-year budget. None without a positive budget."""
    if base is None or executed is None or base <= 0:
        return None
    return Decimal(executed) / Decimal(base)


def base_phase(release: Release) -> Phase | None:
    """The phase that execution is measured against."""
    return next((phase for phase in BASES if phase in release.phases), None)


def size_phase(release: Release) -> Phase | None:
    """The phase that areas and shares show: the budget or, where only accounts were published, what was spent."""
    return base_phase(release) or next((p for p in (Phase.EXECUTED, Phase.COMMITTED) if p in release.phases), None)


def phases_of(release: Release) -> list[Phase]:
    """The phases that a release has amounts for, in the order of the year."""
    return [phase for phase in Phase if phase in release.phases]


def compare(release: Release, amounts: Amounts, lines: int = 0, department: Department | None = None) -> Comparison:
    base = base_phase(release)
    return Comparison(amounts.get(base) if base else None, amounts.get(Phase.EXECUTED), department, lines)


def visible_release(row_id: UUID, reader: Reader) -> Release:
    return _found(Release.objects.visible_to(reader).select_related("government").filter(row_id=row_id).first())


def visible_department(row_id: UUID, reader: Reader) -> Department:
    return _found(Department.objects.visible_to(reader).select_related("government").filter(row_id=row_id).first())


def visible_programme(row_id: UUID, reader: Reader) -> Programme:
    programmes = Programme.objects.visible_to(reader).select_related("department__government")
    return _found(programmes.filter(row_id=row_id).first())


def visible_line(row_id: UUID, reader: Reader) -> Line:
    lines = Line.objects.visible_to(reader).select_related("release__government", "department", "programme__department")
    return _found(lines.filter(row_id=row_id).first())


def _found(record: Record | None) -> Record:
    if record is None:
        raise NotFound
    return record


def releases_for(reader: Reader) -> ReleaseQuerySet:
    """Every release that somebody may read, newest year first."""
    return Release.objects.visible_to(reader).select_related("government")


def newest_release(reader: Reader) -> Release | None:
    return releases_for(reader).newest_versions().order_by("-fiscal_year", "-published_at", "-pk").first()


def newer_version_of(release: Release, reader: Reader) -> Release | None:
    """The latest correction of a release that the reader may see."""
    same_year = Release.objects.visible_to(reader).filter(
        government=release.government_id, fiscal_year=release.fiscal_year, version__gt=release.version
    )
    return same_year.order_by("-version").first()


def releases_beside(release: Release, reader: Reader) -> list[Release]:
    """Every release of the same government that the reader may see, earliest year and version first; one query."""
    same = Release.objects.visible_to(reader).filter(government=release.government_id)
    return list(same.order_by("fiscal_year", "version"))


def newer_among(release: Release, others: Iterable[Release]) -> Release | None:
    """The latest correction of a release among the releases beside it."""
    newer = [o for o in others if o.fiscal_year == release.fiscal_year and o.version > release.version]
    return newer[-1] if newer else None


def newest_per_year(release: Release, others: Iterable[Release]) -> list[Release]:
    """One release for each year of the same currency: ``release`` in its own year, else the last version."""
    years = {other.fiscal_year: other for other in others if other.currency == release.currency}
    return [release if year == release.fiscal_year else other for year, other in sorted(years.items())]


def problems_of(release: Release) -> tuple[list[ImportProblem], int]:
    """The gravest things that the import noticed, and how many there are in all."""
    gravity = Case(
        When(severity=ImportProblem.Severity.ERROR, then=0),
        When(severity=ImportProblem.Severity.WARNING, then=1),
        default=2,
    )
    ordered = release.problems.annotate(of_all=Window(Count("pk"))).order_by(gravity, "row_number", "pk")
    problems: list[Any] = list(ordered[:PROBLEMS_SHOWN])
    return problems, problems[0].of_all if problems else 0


def phase_sums(phases: Iterable[str]) -> dict[str, Sum]:
    return {str(phase): Sum(phase) for phase in phases}


def _amounts(row: dict[str, Any], phases: Iterable[str]) -> Amounts:
    return {str(phase): row[phase] for phase in phases}


def dimension_key(release: Release, dimension: Dimension) -> Any:
    """The expression by which lines of a release are grouped and filtered in a dimension.

    China's functional and economic classification (政府收支分类科目) is a tree whose class (类) is the first three
    digits; other governments' names are taken as they are published.
    """
    match dimension:
        case Dimension.DEPARTMENT:
            return F("department")
        case Dimension.PROGRAMME:
            return F("programme")
        case Dimension.LINE:
            return F("pk")
        case Dimension.FUNCTION:
            code, name = "functional_code", "functional_name"
        case Dimension.ECONOMIC:
            code, name = "economic_code", "economic_name"
    if release.jurisdiction:
        return Case(When(**{f"{code}__gt": ""}, then=Left(code, 3)), default=F(name), output_field=CharField())
    return Case(When(**{f"{name}__gt": ""}, then=F(name)), default=F(code), output_field=CharField())


def facts_of(release: Release, lines: LineQuerySet) -> Facts:
    """The key figures of some lines of a release; one query."""
    phases = phases_of(release)
    row = lines.facts().aggregate(
        line_count=Count("pk"),
        department_count=Count("department", distinct=True),
        programme_count=Count("programme", distinct=True),
        function_count=Count(dimension_key(release, Dimension.FUNCTION), distinct=True),
        any_function=Max(dimension_key(release, Dimension.FUNCTION)),
        any_economic=Max(dimension_key(release, Dimension.ECONOMIC)),
        **phase_sums(phases),
    )
    told_apart = {
        Dimension.FUNCTION: row["any_function"],
        Dimension.DEPARTMENT: row["department_count"],
        Dimension.PROGRAMME: row["programme_count"],
        Dimension.ECONOMIC: row["any_economic"],
        Dimension.LINE: row["line_count"],
    }
    amounts = _amounts(row, phases)
    return Facts(
        comparison=compare(release, amounts, row["line_count"]),
        functions=row["function_count"],
        departments=row["department_count"],
        programmes=row["programme_count"],
        lines=row["line_count"],
        dimensions=frozenset(dimension for dimension, value in told_apart.items() if value),
        amounts=amounts,
    )


def groups_by(release: Release, dimension: Dimension, lines: LineQuerySet) -> list[Group]:
    """The lines summed by one dimension, the largest first; a fixed number of queries."""
    phases, size = phases_of(release), size_phase(release)
    rows: list[Any] = list(
        lines.facts()
        .annotate(key=dimension_key(release, dimension))
        .values("key")
        .annotate(line_count=Count("pk"), **phase_sums(phases))
        .order_by("key")
    )
    if size:
        rows.sort(key=lambda row: -(row[size] or 0))
    named = names_of(release, dimension, [row["key"] for row in rows if row["key"]])
    unassigned = Group(UNASSIGNED, "", "")
    groups = []
    for row in rows:
        known = named.get(row["key"], unassigned)
        groups.append(Group(known.key, known.name, known.name_en, row["line_count"], _amounts(row, phases), known.url))
    return groups


def names_of(release: Release, dimension: Dimension, keys: list[Any]) -> dict[Any, Group]:
    match dimension:
        case Dimension.DEPARTMENT | Dimension.PROGRAMME:
            model = Department if dimension is Dimension.DEPARTMENT else Programme
            return {
                record.pk: Group(str(record.row_id), record.name, record.name_en, url=record.get_absolute_url())
                for record in model._default_manager.filter(pk__in=keys)
            }
        case Dimension.LINE:
            records = Line.objects.filter(pk__in=keys).select_related("department", "programme")
            return {
                line.pk: Group(str(line.row_id), line.title, line.title_en, url=line.get_absolute_url())
                for line in records
            }
    names = {key: (key, "") for key in keys}
    if dimension is Dimension.FUNCTION:
        # A source that keeps its subtotals names its classes in them.
        names |= {
            code: (name, "")
            for code, name in release.lines.filter(is_leaf=False, functional_code__in=keys).values_list(
                "functional_code", "functional_name"
            )
        }
    if release.jurisdiction:
        scheme = Scheme.FUNCTIONAL if dimension is Dimension.FUNCTION else Scheme.ECONOMIC
        official = official_names(scheme, keys, release.fiscal_year, release.jurisdiction)
        names |= {code: (found.name, found.name_en) for code, found in official.items()}
    return {key: Group(key, *names[key]) for key in keys}


def largest_lines(release: Release, lines: LineQuerySet, count: int) -> list[Line]:
    size = size_phase(release)
    ordered = lines.facts().select_related("department", "programme")
    return list(ordered.order_by(F(size).desc(nulls_last=True), "row_number")[:count] if size else ordered[:count])


def years_of(lines: QuerySet[Line], reader: Reader) -> list[YearSum]:
    """The sums of some lines (of one programme, of one department) in each year, earliest first; two queries."""
    releases = Release.objects.visible_to(reader).newest_versions()
    rows: list[Any] = list(
        lines.filter(is_leaf=True, release__in=releases)
        .values("release")
        .annotate(line_count=Count("pk"), **phase_sums(Phase.values))
        .order_by()
    )
    found = Release.objects.select_related("government").in_bulk([row["release"] for row in rows])
    sums = [YearSum(found[row["release"]], _amounts(row, Phase.values), row["line_count"]) for row in rows]
    return sorted(sums, key=lambda year: year.release.fiscal_year)


def largest_amount(years: Iterable[YearSum]) -> int:
    """What the unit of a table over years has to suit."""
    return max((abs(amount) for year in years for amount in year.amounts.values() if amount is not None), default=0)


def middling_amount(amounts: Iterable[int | None]) -> int:
    """What the unit of a table suits whose amounts differ in size: of a middling one, no small one shrinks to 0.0."""
    return median_low([abs(amount) for amount in amounts if amount] or [0])


def phases_over(years: Iterable[YearSum]) -> list[Phase]:
    """The phases that any of the years has amounts for."""
    published = {phase for year in years for phase in year.release.phases}
    return [phase for phase in Phase if phase in published]


def lines_of_programme(release: Release, programme: Programme) -> list[Line]:
    """The facts of a programme in one release, in the order of the source."""
    lines = release.lines.filter(programme=programme, is_leaf=True).select_related("department", "programme")
    return list(lines.order_by("row_number")[:LINES_OF_PROGRAMME_SHOWN])


def live_page_of(release: Release, language: str | None) -> Page | None:
    """The page that is published about a release in a language (as in ``settings.LANGUAGES``)."""
    return release.pages.live().filter(locale__language_code=language).first()  # type: ignore[attr-defined]
