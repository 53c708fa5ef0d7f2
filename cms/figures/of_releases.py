"""Figures about one release: who spends, on what, along which way, and what that is of a hundred yuan."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms.budget import figures as budget
from cms.budget.line_table import LineQuery
from cms.budget.models import Release
from cms.budget.queries import (
    Dimension,
    Reader,
    base_phase,
    facts_of,
    middling_amount,
    newest_per_year,
    phases_of,
    releases_beside,
    size_phase,
    visible_release,
)
from cms.budget.reading import Reading, reading_of
from cms.figures.registry import Cell, Figure, Key, Row, Table, figure_kind
from portal.currency import in_major_units, minor_digits
from portal.ui.charts import Bar, Bars, Hundred, Part, Series, Treemap, Trend
from portal.ui.charts.ink import SERIES
from portal.ui.furniture import local
from portal.ui.money import ZH_CURRENCIES, MoneyUnit, grouped, in_chinese, in_unit, money, ratio, rounded, unit_for

SHOWN = 15
HUNDRED = Decimal(100)


def amount_cell(amount: int | None, currency: str, unit: MoneyUnit | None = None) -> Cell:
    """An amount in words, and to the last minor unit for programs."""
    if amount is None:
        return Cell("—")
    exact = f"{in_major_units(Decimal(amount), currency):.{minor_digits(currency)}f}"
    return Cell(strip_tags(in_unit(amount, unit) if unit else money(amount, currency)), exact)


def source_of(release: Release) -> str:
    """Where the numbers come from, in a line that can stand under a picture."""
    words = {
        "government": local(release.government, "name"),
        "year": release.fiscal_year,
        "version": release.version,
        "file": release.source_name,
        "hash": release.source_sha256[:12],
    }
    return _("%(government)s, budget %(year)s, version %(version)s; file %(file)s (SHA-256 %(hash)s…)") % words


def about(release: Release, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "subject": release.row_id,
        "source": source_of(release),
        "source_url": release.get_absolute_url(),
        "release": release,
    }


def _release(row_id: UUID, reader: Reader) -> Release:
    return visible_release(row_id, reader)


@figure_kind("execution", gettext_lazy("Allocation against execution, by department"), "release")
def execution_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    release = _release(row_id, reader)
    return execution_of(release, reading_of(release))


def execution_of(release: Release, reading: Reading) -> Figure | None:
    """Each department's money and what it has spent of it, with today's mark."""
    found = budget.execution(release, reading, show_all=True)
    if found is None:
        return None
    base, executed = base_phase(release), reading.facts.comparison.executed is not None
    unit = unit_for(found.middling, release.currency)
    columns = [str(base.label)] if base else []
    columns += [_("Executed")] if executed else []
    columns += [_("Rate")] if base and executed else []
    rows, bars = [], []
    for row, expected in found.shown:
        unit_name = local(row.department, "name")
        cells = [amount_cell(row.base, release.currency, unit)] if base else []
        cells += [amount_cell(row.executed, release.currency, unit)] if executed else []
        if base and executed:
            cells.append(Cell(ratio(row.rate), "" if row.rate is None else f"{row.rate:.4f}"))
        drawn = (_float(row.base), _float(row.executed), _float(expected))
        rows.append(Row(Cell(unit_name, url=row.department.get_absolute_url()), tuple(cells), drawn))  # type: ignore[union-attr]
        words = ratio(row.rate) if row.rate is not None else ""
        bars.append(Bar(unit_name, *drawn, words))
    keys = ([Key("", str(base.label))] if base else []) + ([Key("e", _("Executed"))] if executed else [])
    if found.expected is not None and release.as_of:
        even = {"day": date_format(release.as_of), "rate": ratio(found.expected)}
        keys.append(Key("t", _("what an even pace would have spent by %(day)s (%(rate)s)") % even))
    return Figure(
        **about(release, "execution"),
        finding=found.finding,
        description=_("Above: the budget. Below: what was spent. The line: where an even pace would be."),
        method=_(
            "Rate = spent / budget for the year (the adjusted budget where it was published, else the adopted one). "
            "Only facts are summed, never subtotals."
        ),
        table=Table(_("Department"), tuple(columns), tuple(rows), str(unit)),
        drawing=Bars(tuple(bars[:SHOWN])),
        is_table=True,
        keys=tuple(keys),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


@figure_kind(
    "spending",
    gettext_lazy("Where the money goes"),
    "release",
    ("by", "function", "department", "programme", "economic"),
)
def spending_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    release = _release(row_id, reader)
    reading = reading_of(release)
    query = budget.starting(LineQuery.parse(parameters), reading.facts)
    narrowed = query.narrowed(release, release.lines.all())
    here = facts_of(release, narrowed) if query.chosen() else reading.facts
    found = budget.area_map(release, narrowed, query, here, reading)
    return spending_of(release, found) if found else None


def spending_of(release: Release, found: budget.AreaMap) -> Figure | None:
    """Areas as large as their money, one step down from what is chosen."""
    size = size_phase(release)
    if size is None:
        return None
    total = sum(item.value for item in found.items)
    page = release.get_absolute_url()
    rows = tuple(
        Row(
            Cell(item.label, url=page + item.url if item.url.startswith("?") else item.url),
            (
                amount_cell(round(item.value), release.currency),
                Cell(ratio(Decimal(item.value) / Decimal(total)) if total else "—"),
            ),
        )
        for item in found.items
    )
    return Figure(
        **about(release, "spending"),
        finding=found.title,
        description=_("Each area is as large as its money. Choose one to look inside."),
        method=_("Lines summed by %(dimension)s; areas in proportion to the sums; negative sums have no area.")
        % {"dimension": DIMENSION_NAMES[found.dimension]},
        table=Table(_("Part"), (str(size.label), _("Share")), rows),
        drawing=Treemap.of(found.items),
        note=f"{size.label}{_(': ')}{strip_tags(money(found.total, release.currency))}",
    )


DIMENSION_NAMES = {
    Dimension.FUNCTION: gettext_lazy("function"),
    Dimension.DEPARTMENT: gettext_lazy("department"),
    Dimension.PROGRAMME: gettext_lazy("programme"),
    Dimension.ECONOMIC: gettext_lazy("type of spending"),
    Dimension.LINE: gettext_lazy("line"),
}


@figure_kind("hundred", gettext_lazy("What a hundred of it buys"), "release")
def hundred_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    release = _release(row_id, reader)
    return hundred_of(release, reading_of(release))


def hundred_of(release: Release, reading: Reading, most: int = 10) -> Figure | None:
    """Of every 100 in the budget, how much goes to which function; the parts add up to 100 to the cent."""
    size = size_phase(release)
    if size is None or not reading.functions:
        return None
    groups = [group for group in reading.groups(Dimension.FUNCTION, size) if (group.amounts[size] or 0) > 0]
    total = sum(group.amounts[size] or 0 for group in groups)
    if not total:
        return None
    named = [(budget.group_name(group), group.amounts[size] or 0, group.key) for group in groups]
    if len(named) > most:
        rest = named[most - 1 :]
        others = ngettext("%(count)d other function", "%(count)d other functions", len(rest)) % {"count": len(rest)}
        named = [*named[: most - 1], (others, sum(amount for _name, amount, _key in rest), "")]
    parts = parts_of_hundred([amount for _name, amount, _key in named])
    unit = unit_for(middling_amount(amount for _name, amount, _key in named), release.currency)
    page = release.get_absolute_url()
    rows = tuple(
        Row(
            Cell(name, url=f"{page}?function={key}#map" if key and key != "-" else ""),
            (Cell(hundred_words(part, release.currency), f"{part:.2f}"), amount_cell(amount, release.currency, unit)),
            (float(part), None, None),
        )
        for (name, amount, key), part in zip(named, parts, strict=True)
    )
    coloured = _coloured(rows, release.currency)
    words = {
        "hundred": hundred_words(HUNDRED, release.currency, places=0),
        "part": hundred_words(parts[0], release.currency),
        "name": named[0][0],
    }
    return Figure(
        **about(release, "hundred"),
        finding=_("Of every %(hundred)s, %(part)s goes to: %(name)s") % words,
        description=_("How much of every hundred in this budget goes to each purpose."),
        method=_("Each function's sum as a part of all positive sums, rounded so that the parts make exactly 100."),
        table=Table(_("Purpose"), (_("Of every 100"), f"{size.label} ({unit})"), rows),
        drawing=Hundred(coloured),
        is_table=True,
        keys=tuple(Key(f"s{number}", f"{part.label} {part.words}") for number, part in enumerate(coloured)),
    )


def _coloured(rows: tuple[Row, ...], currency: str) -> tuple[Part, ...]:
    """As many parts as there are colours; the last one gathers all others."""
    parts = [Part(row.label.text, float(row.cells[0].value), row.cells[0].text) for row in rows]
    if len(parts) <= SERIES:
        return tuple(parts)
    rest = sum((Decimal(row.cells[0].value) for row in rows[SERIES - 1 :]), Decimal(0))
    return (*parts[: SERIES - 1], Part(_("All others"), float(rest), hundred_words(rest, currency)))


def parts_of_hundred(amounts: list[int]) -> list[Decimal]:
    """Each amount as a part of 100.00, by largest remainder: the parts add up to exactly 100."""
    total = sum(amounts)
    exact = [Decimal(amount) * 10_000 / total for amount in amounts]
    whole = [int(part) for part in exact]
    order = sorted(range(len(amounts)), key=lambda place: (whole[place] - exact[place], place))
    for place in order[: 10_000 - sum(whole)]:
        whole[place] += 1
    return [(Decimal(part) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) for part in whole]


def hundred_words(part: Decimal, currency: str, places: int = 2) -> str:
    if in_chinese():
        before, after = ZH_CURRENCIES.get(currency, (f"{currency} ", ""))
        return f"{before}{grouped(part, places)}\N{NO-BREAK SPACE}{after}".strip()
    return f"{currency}\N{NO-BREAK SPACE}{grouped(part, places)}"


@figure_kind("years", gettext_lazy("The budget year after year"), "release")
def years_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    release = _release(row_id, reader)
    return years_beside(release, newest_per_year(release, releases_beside(release, reader)))


def years_beside(release: Release, releases: list[Release]) -> Figure | None:
    """The totals of the same government's releases, one for each year."""
    if len(releases) < 2:
        return None
    phases = [phase for phase in phases_of(release) if any(phase in other.totals for other in releases)]
    largest = max((abs(other.totals.get(phase) or 0) for other in releases for phase in phases), default=0)
    unit = unit_for(largest, release.currency)
    rows = tuple(
        Row(
            Cell(str(other.fiscal_year), url=other.get_absolute_url()),
            tuple(amount_cell(other.totals.get(phase), release.currency, unit) for phase in phases),
        )
        for other in releases
    )
    size = size_phase(release)
    shown = [phase for phase in phases if phase in (size, "executed")] or phases[:2]
    series = tuple(
        Series(
            str(phase.label),
            tuple(_float(other.totals.get(phase)) for other in releases),
            tuple(strip_tags(in_unit(other.totals.get(phase), unit)) for other in releases),
        )
        for phase in shown
    )
    return Figure(
        **about(release, "years"),
        finding=_years_finding(release, releases, size),
        description=_("Amounts as published in each year, not corrected for prices. The scale begins at zero."),
        method=_("The total of the newest version of each year's release; amounts are nominal."),
        table=Table(_("Year"), tuple(str(phase.label) for phase in phases), rows, str(unit)),
        drawing=Trend(tuple(str(other.fiscal_year) for other in releases), series),
        keys=tuple(Key(f"s{number}", line.label) for number, line in enumerate(series)),
    )


def _years_finding(release: Release, releases: list[Release], size: Any) -> str:
    earlier = [other for other in releases if other.fiscal_year < release.fiscal_year]
    now = release.totals.get(size) if size else None
    before = earlier[-1].totals.get(size) if earlier and size else None
    if not now or not before:
        return _("The budget year after year")
    change = Decimal(now - before) / Decimal(abs(before))
    words = {"year": earlier[-1].fiscal_year, "change": ratio(abs(rounded(change, 4)), 1), "this": release.fiscal_year}
    if change > 0:
        return _("%(this)s has %(change)s more than %(year)s") % words
    if change < 0:
        return _("%(this)s has %(change)s less than %(year)s") % words
    return _("%(this)s has as much as %(year)s") % words
