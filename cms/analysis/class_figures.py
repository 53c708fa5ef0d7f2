"""A class of programmes laid out as figures: how a number is spread, and which programmes stand apart, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cms.analysis.classes import ClassReading, Member
from cms.analysis.cube import CubeSum
from cms.analysis.distribution import (
    Bin,
    Method,
    Outliers,
    Summary,
    histogram,
    on_ratio_scale,
    outliers,
    rank_correlation,
    summary,
)
from cms.analysis.drawing import Cell, Figure, Row
from cms.analysis.wording import how_measured, how_related, stand_apart, with_sign
from cms.classification.models import Scheme
from cms.classification.queries import english_of
from portal.currency import in_major_units
from portal.ui.furniture import local
from portal.ui.money import money, ratio

APART_SHOWN = 20
RATE_EDGES = [Decimal(step) / 10 for step in range(11)]


@dataclass(frozen=True)
class Measure:
    """A number that programmes have. ``words``: how it is read; ``plain``: how programs read it."""

    key: str
    label: str
    value: Callable[[Member], Decimal | None]
    words: Callable[[Decimal], str]
    plain: Callable[[Decimal], str]
    is_ratio_scale: bool = False
    edges: Sequence[Decimal] | None = None
    note: str = ""


@dataclass(frozen=True)
class Measured:
    """A measure of some programmes: those that have it, in the order given."""

    measure: Measure
    members: list[Member]
    values: list[Decimal]
    spread: Summary
    apart: Outliers


def measures_of(reading: ClassReading) -> list[Measured]:
    """Money, execution, goals and unit cost, in units of each kind that is counted; what nobody has is left out."""
    wanted = [_money(reading), _rate(), _goals(), *_unit_costs(reading)]
    return [measured for measure in wanted if (measured := _measured(measure, reading.comparable)) is not None]


def _money(reading: ClassReading) -> Measure:
    def words(value: Decimal) -> str:
        return strip_tags(money(value, reading.currency))

    def plain(value: Decimal) -> str:
        return f"{in_major_units(value, reading.currency):f}"

    def value(member: Member) -> Decimal | None:
        return None if member.size is None or member.size <= 0 else Decimal(member.size)

    note = _("Programmes without a budget above nought are left out.")
    return Measure("money", _("Budget"), value, words, plain, is_ratio_scale=True, note=note)


def _rate() -> Measure:
    note = _("Execution rate: what was spent over the budget for the year. Rates above 100% are in the last step.")
    return Measure(
        "execution",
        _("Execution rate"),
        lambda member: member.money.rate,
        _percent,
        _plain,
        edges=RATE_EDGES,
        note=note,
    )


def _goals() -> Measure:
    note = _("Goal rate: points of the indicators over their weights, by the scoring scheme of the year.")
    return Measure(
        "goals", _("Goal rate"), lambda member: member.goal_rate, _percent, _plain, edges=RATE_EDGES, note=note
    )


def _unit_costs(reading: ClassReading) -> Iterable[Measure]:
    counted: dict[str, int] = {}
    for member in reading.comparable:
        if member.unit_cost:
            counted[member.unit_cost.unit] = counted.get(member.unit_cost.unit, 0) + 1
    english = english_of(Scheme.UNIT) if counted and (get_language() or "").startswith("en") else {}
    for place, unit in enumerate(sorted(counted, key=lambda name: (-counted[name], name)), start=1):
        yield _unit_cost(place, unit, english.get(unit, unit), reading.currency)


def _unit_cost(place: int, unit: str, words: str, currency: str) -> Measure:
    def value(member: Member) -> Decimal | None:
        return member.unit_cost.cost if member.unit_cost and member.unit_cost.unit == unit else None

    return Measure(
        f"unit-cost-{place}",
        _("Cost of one %(unit)s") % {"unit": words},
        value,
        lambda cost: strip_tags(money(cost, currency)),
        lambda cost: f"{in_major_units(cost, currency).quantize(Decimal('0.0001')):f}",
        is_ratio_scale=True,
        note=_(
            "What was spent over the quantity reached, by the quantity indicator with the most weight. Programmes "
            "count different things in the same unit: look at the indicator before you judge."
        ),
    )


def _percent(value: Decimal) -> str:
    return ratio(value, 1)


def _plain(value: Decimal) -> str:
    return f"{value:.6f}"


def _measured(measure: Measure, members: Iterable[Member]) -> Measured | None:
    pairs = [(member, value) for member in members if (value := measure.value(member)) is not None]
    values = [value for _member, value in pairs]
    spread = summary(values)
    if spread is None:
        return None
    scaled = on_ratio_scale(values) if measure.is_ratio_scale and spread.minimum > 0 else values
    return Measured(measure, [member for member, _value in pairs], values, spread, outliers(scaled))


def address(reading: ClassReading, name: str = "class", **more: str) -> str:
    query = f"?year={reading.year}" + (f"&government={reading.government.pk}" if reading.government else "")
    extra = "".join(f"&{key}={value}" for key, value in more.items())
    return reverse(f"cms:analysis:{name}", args=[reading.code]) + query + extra


def distribution(reading: ClassReading, measured: Measured) -> Figure:
    """Steps of the number and how many programmes lie in each."""
    measure, spread = measured.measure, measured.spread
    # Rates above one belong to the last step, and negative ones to the first.
    kept = [min(max(value, Decimal(0)), Decimal(1)) for value in measured.values] if measure.edges else measured.values
    bins = _without_empty_ends(histogram(kept, measure.edges))
    words = {
        "n": spread.n,
        "label": measure.label,
        "lower": measure.words(spread.lower_quartile),
        "upper": measure.words(spread.upper_quartile),
    }
    if spread.n == 1:
        finding = _("%(label)s of one programme: %(lower)s") % words
    else:
        finding = _("%(label)s: half of %(n)d programmes lie between %(lower)s and %(upper)s") % words
    anchor = f"{measure.key}-spread"
    rows = tuple(
        Row(
            Cell(
                " – ".join(dict.fromkeys((measure.words(found.lower), measure.words(found.upper)))),
                measure.plain(found.lower),
            ),
            (Cell(str(found.count), str(found.count)),),
            (found.count, None, None),
        )
        for found in bins
    )
    return Figure(
        anchor=anchor,
        finding=finding,
        head=measure.label,
        columns=(_("Programmes"),),
        rows=rows,
        maximum=max(found.count for found in bins),
        facts=()
        if spread.n == 1
        else (
            (_("Programmes"), str(spread.n)),
            (_("Median"), measure.words(spread.median)),
            (_("Lower and upper quartile"), f"{words['lower']} · {words['upper']}"),
            (_("Smallest and largest"), f"{measure.words(spread.minimum)} · {measure.words(spread.maximum)}"),
        ),
        method=(measure.note, _("Quartiles by linear interpolation, both ends included (QUARTILE.INC).")),
        sources=_sources(reading),
        url=address(reading) + f"#{anchor}",
        csv_url=address(reading, "class_csv"),
        kind="class-spread",
        parameters=_parameters(reading, measure),
    )


def _parameters(reading: ClassReading, measure: Measure) -> dict[str, str]:
    told = {"code": reading.code, "year": str(reading.year), "measure": measure.key}
    return told | ({"government": str(reading.government.pk)} if reading.government else {})


def _without_empty_ends(bins: list[Bin]) -> list[Bin]:
    filled = [place for place, found in enumerate(bins) if found.count]
    return bins[filled[0] : filled[-1] + 1]


def figures_of(reading: ClassReading, measured: Measured) -> list[Figure]:
    """How it is spread and, where that can be told, what stands apart."""
    spread = distribution(reading, measured)
    if measured.apart.method in (Method.TOO_FEW, Method.ALL_EQUAL):
        return [replace(spread, note=how_measured(measured.apart))]
    return [spread, apart(reading, measured)]


def apart(reading: ClassReading, measured: Measured) -> Figure:
    """The programmes that stand apart, each with the reason in words; and how that was measured."""
    measure, found = measured.measure, measured.apart
    places = sorted(found.apart, key=lambda place: -abs(found.z[place] or Decimal(0)))[:APART_SHOWN]
    rows = []
    for place in places:
        member, value, z = measured.members[place], measured.values[place], found.z[place] or Decimal(0)
        programme = member.programme
        rows.append(
            Row(
                Cell(local(programme, "name"), programme.name, programme.get_absolute_url()),
                (
                    Cell(local(programme.department, "name"), programme.department.name),
                    Cell(measure.words(value), measure.plain(value)),
                    Cell(with_sign(z), f"{z:.4f}"),
                    Cell(_reason(measured, member, value), is_words=True),
                ),
                (value, None, None),
            )
        )
    anchor = f"{measure.key}-apart"
    return Figure(
        anchor=anchor,
        finding=f"{measure.label}{_(': ')}{stand_apart(found)}",
        head=_("Programme"),
        columns=(_("Department"), measure.label, _("Robust z"), _("Why it stands out")),
        rows=tuple(rows),
        maximum=max((measured.values[place] for place in places), default=0),
        method=(how_measured(found, is_ratio_scale=measure.is_ratio_scale),),
        sources=_sources(reading),
        url=address(reading) + f"#{anchor}",
        csv_url=address(reading, "class_csv"),
        kind="class-apart",
        parameters=_parameters(reading, measure),
    )


def _reason(measured: Measured, member: Member, value: Decimal) -> str:
    spread, words = measured.spread, measured.measure.words
    said = {
        "value": words(value),
        "median": words(spread.median),
        "lower": words(spread.lower_quartile),
        "upper": words(spread.upper_quartile),
    }
    if value > spread.median:
        reason = _("%(value)s, while half of the class lies between %(lower)s and %(upper)s: unusually high.") % said
    else:
        reason = _("%(value)s, while half of the class lies between %(lower)s and %(upper)s: unusually low.") % said
    if member.stated_reason:
        reason += " " + _("The department says: “%(reason)s”") % {"reason": member.stated_reason}
    return reason


def relations(reading: ClassReading) -> list[str]:
    """Whether size, execution and goals go together, each as a sentence with n."""
    size, rate, goals = _("the budget"), _("the execution rate"), _("the goal rate")
    pairs: list[tuple[str, Callable[[Member], Decimal | None], str, Callable[[Member], Decimal | None]]] = [
        (size, _size_of, rate, lambda member: member.money.rate),
        (rate, lambda member: member.money.rate, goals, lambda member: member.goal_rate),
    ]
    found = []
    for first, of_first, second, of_second in pairs:
        known = [
            (a, b)
            for member in reading.comparable
            if (a := of_first(member)) is not None and (b := of_second(member)) is not None
        ]
        if known:
            rho = rank_correlation([a for a, _b in known], [b for _a, b in known])
            found.append(how_related(rho, len(known), first, second))
    return found


def _size_of(member: Member) -> Decimal | None:
    return None if member.size is None else Decimal(member.size)


def _sources(reading: ClassReading) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            f"{local(found.release.government, 'name')} {found.year} v{found.release.version}",
            found.release.get_absolute_url(),
        )
        for found in reading.regions
    )


Named = tuple[CubeSum, str, str]


def by_region(reading: ClassReading) -> list[Named]:
    """Sums of the chosen year, each with its name and the page about it."""
    return [(found, local(found.release.government, "name"), _narrowed(reading, found)) for found in reading.regions]


def by_department(reading: ClassReading) -> list[Named]:
    return [
        (found, local(department, "name"), department.get_absolute_url())
        if department
        else (found, _("Not assigned"), "")
        for found, department in reading.departments
    ]


def by_year(reading: ClassReading) -> list[Named]:
    return [
        (found, str(found.year), reverse("cms:analysis:class", args=[reading.code]) + f"?year={found.year}")
        for found in reading.history
    ]


def _narrowed(reading: ClassReading, found: CubeSum) -> str:
    query = f"?year={reading.year}&government={found.release.government_id}"
    return reverse("cms:analysis:class", args=[reading.code]) + query


CSV_HEADER = [
    *("government", "department", "programme", "programme_id", "fiscal_year", "currency", "budget", "executed"),
    *("execution_rate", "goal_rate", "unit_cost", "unit", "quantity_indicator", "self_score", "outside_score"),
    *("pace_gap", "alerts", "release"),
]


def csv_rows(reading: ClassReading) -> list[list[str]]:
    """Every programme of the page, amounts in major units, rates as ratios."""

    def amount(value: int | Decimal | None, currency: str) -> str:
        return "" if value is None else f"{in_major_units(value, currency):f}"

    def number(value: Decimal | None) -> str:
        return "" if value is None else f"{value:.6f}"

    rows = [list(CSV_HEADER)]
    for member in reading.members:
        programme, release, cost = member.programme, member.release, member.unit_cost
        rows.append(
            [
                release.government.name,
                programme.department.name,
                programme.name,
                str(programme.row_id),
                str(reading.year),
                release.currency,
                amount(member.money.base, release.currency),
                amount(member.money.executed, release.currency),
                number(member.money.rate),
                number(member.goal_rate),
                amount(cost.cost.quantize(Decimal("0.01")), release.currency) if cost else "",
                cost.unit if cost else "",
                cost.indicator.name if cost else "",
                str(member.year.self_score) if member.year and member.year.self_score is not None else "",
                number(member.outside_score),
                number(member.pace_gap),
                " ".join(member.alerts),
                str(release.row_id),
            ]
        )
    return rows
