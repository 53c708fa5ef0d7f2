"""A release laid out for reading: the finding, the facts, the comparison, the map and the table of one page."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median_low
from typing import Any

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.budget.line_table import DRILLS, LineQuery, described, line_page
from cms.budget.models import LineQuerySet, Release
from cms.budget.queries import (
    UNASSIGNED,
    Comparison,
    Dimension,
    Facts,
    Group,
    Reader,
    base_phase,
    facts_of,
    groups_by,
    largest_lines,
    newer_among,
    newest_per_year,
    phases_of,
    releases_beside,
    size_phase,
)
from cms.budget.reading import Reading, reading_of
from portal.ui.charts import TreemapItem
from portal.ui.furniture import local
from portal.ui.money import MoneyUnit, money, ratio

# Below this rate a department has to give its reason in the self-evaluation sheet (自评表, 执行率低于 90% 说明原因).
RATE_TO_EXPLAIN = Decimal("0.9")
DEPARTMENTS_SHOWN = 15
FUNCTIONS_AT_ONCE = 40
AREAS_SHOWN = 14


@dataclass(frozen=True)
class Crumb:
    """A step of the way down. The last one, where the reader is, has no address."""

    label: str
    url: str


@dataclass(frozen=True)
class AreaMap:
    """Where the money goes: areas at one step of the way down, and the ways up and aside."""

    title: str
    dimension: Dimension
    items: list[TreemapItem]
    total: int | None
    crumbs: list[Crumb]
    choices: list[Crumb]


@dataclass(frozen=True)
class Execution:
    """Allocation against execution, department by department, under a finding in words."""

    finding: str
    count: int
    # Each with the amount that should have been spent by the date of the figures, where there is one.
    shown: list[tuple[Comparison, Decimal | None]]
    expected: Decimal | None
    maximum: int
    # An amount of middling size, for which the unit of the table is chosen: no small one shrinks to 0.0.
    middling: int
    all_url: str


def expected_rate(release: Release) -> Decimal | None:
    """The part of the year that had passed at the date of the figures (序时进度); None once the year is over."""
    day = release.as_of
    if day is None or day.year != release.fiscal_year:
        return None
    gone, days = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    return Decimal(gone) / days if gone < days else None


def figures(release: Release, parameters: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    """The context of a page about one release. ``parameters`` is the query string."""
    everything: LineQuerySet = release.lines.all()  # type: ignore[assignment]
    reading = reading_of(release)
    facts = reading.facts
    query = starting(LineQuery.parse(parameters), facts)
    narrowed = query.narrowed(release, everything)
    here = facts_of(release, narrowed) if query.chosen() else facts
    page = line_page(narrowed, query, parameters.get("page"), None if query.chosen() or query.q else facts.lines)
    is_first = not query.chosen() and not query.q and query.sort == LineQuery.sort and page.number == 1
    others = releases_beside(release, reader)
    return {
        "release": release,
        "reading": reading,
        "reader": reader,
        "newer": newer_among(release, others),
        "versions": [other for other in others if other.fiscal_year == release.fiscal_year],
        "year_releases": newest_per_year(release, others),
        "query": query,
        "kept": [(dimension.value, query.get(dimension)) for dimension in query.chosen()],
        "line_unit": MoneyUnit(release.currency, Decimal(1), ""),
        "facts": facts,
        "here": here,
        "base": base_phase(release),
        "size": size_phase(release),
        "execution": execution(release, reading, show_all=parameters.get("departments") == "all"),
        "map": area_map(release, narrowed, query, here, reading),
        "page_obj": page,
        "rows": reading.first_rows if is_first else described(page.object_list, phases_of(release)),
        "columns": columns(release, query),
        "sorts": sorts(release, query, facts),
        "problems": reading.problems,
        "problem_count": reading.problem_count,
        "csv_url": reverse("cms:budget:lines_csv", args=[release.row_id]),
    }


def starting(query: LineQuery, facts: Facts) -> LineQuery:
    """The query with a first dimension: functions, unless there are too few or too many of them to see at once."""
    offered = [dimension for dimension in DRILLS if dimension in facts.dimensions]
    if query.by in offered:
        return query
    many = facts.functions > FUNCTIONS_AT_ONCE and Dimension.DEPARTMENT in offered
    first = Dimension.DEPARTMENT if many else next(iter(offered), Dimension.FUNCTION)
    return replace(query, by=first)


def execution(release: Release, reading: Reading, *, show_all: bool = False) -> Execution | None:
    """None where the source does not tell departments apart."""
    rows = reading.execution(release)
    if not rows:
        return None
    maximum = max((max(row.base or 0, row.executed or 0) for row in rows), default=0)
    expected = expected_rate(release)
    shown = rows if show_all else rows[:DEPARTMENTS_SHOWN]
    return Execution(
        finding=finding(rows, expected),
        count=len(rows),
        shown=[(row, expected * row.base if expected is not None and row.base else None) for row in shown],
        expected=expected,
        maximum=maximum,
        middling=median_low(abs(row.base or row.executed or 0) for row in shown),
        all_url="?departments=all#departments" if len(shown) < len(rows) else "",
    )


def finding(rows: list[Comparison], expected: Decimal | None) -> str:
    """What the comparison says, as a headline."""
    rated = [row for row in rows if row.rate is not None]
    if rated:
        threshold = expected if expected is not None else RATE_TO_EXPLAIN
        keeping = sum(row.rate is not None and row.rate >= threshold for row in rated)
        words = {"keeping": keeping, "all": len(rated), "rate": ratio(threshold)}
        if expected is not None:
            return (
                ngettext(
                    "%(keeping)d of %(all)d department keeps pace with the year (%(rate)s gone)",
                    "%(keeping)d of %(all)d departments keep pace with the year (%(rate)s gone)",
                    len(rated),
                )
                % words
            )
        return (
            ngettext(
                "%(keeping)d of %(all)d department spent at least %(rate)s of its budget",
                "%(keeping)d of %(all)d departments spent at least %(rate)s of their budgets",
                len(rated),
            )
            % words
        )
    amounts = [(row.base if row.base is not None else row.executed or 0, row) for row in rows]
    total = sum(max(0, amount) for amount, _row in amounts)
    largest, row = max(amounts, key=lambda pair: pair[0])
    if total <= 0:
        return _("What each department plans and spends")
    words = {"name": local(row.department, "name"), "share": ratio(Decimal(largest) / total)}
    return _("%(name)s has the largest share: %(share)s") % words


def area_map(release: Release, lines: LineQuerySet, query: LineQuery, here: Facts, reading: Reading) -> AreaMap | None:
    """The areas one step below what is chosen; None where the release has no amounts to draw."""
    size = size_phase(release)
    if size is None or not here.lines:
        return None
    steps = [step for step in query.way_down if step in here.dimensions]
    dimension = next(step for step in steps if step is Dimension.LINE or not query.get(step))
    if dimension is Dimension.LINE:
        rows = described(largest_lines(release, lines, AREAS_SHOWN), [size])
        amounts = [amount for row in rows for _phase, amount in row.amounts]
        items = [
            area(release, local(row, "title"), amount, row.line.get_absolute_url())
            for row, amount in zip(rows, amounts, strict=True)
        ]
        rest = (here.amounts[size] or 0) - sum(amount or 0 for amount in amounts)
        more = here.lines - len(rows)
    else:
        is_read = not query.chosen() and dimension in (Dimension.FUNCTION, Dimension.DEPARTMENT)
        groups = reading.groups(dimension, size) if is_read else groups_by(release, dimension, lines)
        items = [
            area(release, group_name(group), group.amounts[size], query.to(**{dimension: group.key, "q": ""}) + "#map")
            for group in groups[:AREAS_SHOWN]
        ]
        rest = sum(group.amounts[size] or 0 for group in groups[AREAS_SHOWN:])
        more = len(groups) - len(items)
    if more > 0:
        items.append(area(release, ngettext("%d other", "%d others", more) % more, rest, ""))
    return AreaMap(
        title=map_title(items),
        dimension=dimension,
        items=items,
        total=here.amounts[size],
        crumbs=crumbs(release, query, lines),
        choices=choices(query, here),
    )


def area(release: Release, label: str, amount: int | None, url: str) -> TreemapItem:
    return TreemapItem(label, max(0, amount or 0), url, strip_tags(money(amount, release.currency)))


def group_name(group: Group) -> str:
    return local(group, "name") or _("Not assigned")


def map_title(items: list[TreemapItem]) -> str:
    total = sum(item.value for item in items)
    linked = [item for item in items if item.url]
    if not total or not linked:
        return _("Where the money goes")
    largest = max(linked, key=lambda item: item.value)
    words = {"name": largest.label, "share": ratio(Decimal(largest.value) / Decimal(total))}
    return _("%(name)s takes the largest part: %(share)s") % words


def crumbs(release: Release, query: LineQuery, lines: LineQuerySet) -> list[Crumb]:
    """The way from the whole release to what is chosen."""
    chosen = query.chosen()
    if not chosen:
        return []
    found = [Crumb(_("Whole budget"), LineQuery(by=query.by).to() + "#map")]
    kept: dict[str, str] = {}
    for dimension in chosen:
        key = query.get(dimension) or ""
        kept[dimension] = key
        url = "" if dimension is chosen[-1] else LineQuery(by=query.by, **kept).to() + "#map"
        groups = groups_by(release, dimension, lines) if key != UNASSIGNED else []
        name = next((group_name(group) for group in groups if group.key == key), _("Not assigned"))
        found.append(Crumb(name, url))
    return found


def choices(query: LineQuery, here: Facts) -> list[Crumb]:
    """The other first dimensions that the map can start from; the current one has no address."""
    labels = {
        Dimension.FUNCTION: _("By function"),
        Dimension.DEPARTMENT: _("By department"),
        Dimension.ECONOMIC: _("By type of spending"),
    }
    offered = [dimension for dimension in labels if dimension in here.dimensions]
    if len(offered) < 2:
        return []
    return [Crumb(labels[d], "" if d is query.by else LineQuery(by=d).to() + "#map") for d in offered]


def columns(release: Release, query: LineQuery) -> list[dict[str, str]]:
    """The amount columns of the line table, each with the link that sorts by it."""
    found: list[dict[str, str]] = []
    for phase in phases_of(release):
        current = {phase: "ascending", f"-{phase}": "descending"}.get(query.sort, "")
        turned = phase if query.sort == f"-{phase}" else f"-{phase}"
        found.append({"label": str(phase.label), "url": query.to(sort=str(turned)) + "#lines", "sorted": current})
    return found


def sorts(release: Release, query: LineQuery, facts: Facts) -> list[tuple[str, str]]:
    """The orders offered in the search form of the line table."""
    offered = [("row", _("as published"))]
    labels = {
        Dimension.DEPARTMENT: _("department"),
        Dimension.PROGRAMME: _("programme"),
        Dimension.FUNCTION: _("function"),
        Dimension.ECONOMIC: _("type of spending"),
    }
    offered += [(str(dimension), label) for dimension, label in labels.items() if dimension in facts.dimensions]
    for phase in phases_of(release):
        offered.append((f"-{phase}", _("%(phase)s, largest first") % {"phase": phase.label}))
    return offered
