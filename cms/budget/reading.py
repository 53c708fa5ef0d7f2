"""One release read once: every sum that its pages and figures show at their first step.

A published release never changes, so its reading is kept in the cache; only the names of codes may be corrected
meanwhile, and show after ``KEPT_SECONDS``. A draft is read anew each time.
Names are carried in both languages: a reading is the same for every reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Count, F
from django.urls import reverse

from cms.budget.line_table import LINES_PER_PAGE, LineQuery, LineRow, described, line_page
from cms.budget.models import ImportProblem, LineQuerySet, Phase, Release
from cms.budget.queries import (
    UNASSIGNED,
    Amounts,
    Comparison,
    Dimension,
    Facts,
    Group,
    compare,
    dimension_key,
    facts_of,
    names_of,
    phase_sums,
    phases_of,
    problems_of,
)
from cms.budget.tables import Column, TableKind, TableRow
from cms.classification.models import Scheme
from cms.classification.queries import names_of as official_names

# Raise it when the shape of a reading changes: what an earlier release of the software kept is then read anew.
FORMAT = 3
CLASS_DIGITS = 3
INCOME_SOURCES = (
    *(Column.APPROPRIATION, Column.FROM_SUPERIOR, Column.INSTITUTIONAL, Column.BUSINESS),
    *(Column.FROM_SUBORDINATE, Column.OTHER),
)
KEPT_SECONDS = 6 * 60 * 60


@dataclass(frozen=True)
class Unit:
    """A department as a reading names it: what its page and its filter are found by."""

    pk: int
    row_id: str
    code: str
    name: str
    name_en: str

    def get_absolute_url(self) -> str:
        return reverse("cms:budget:department", args=[self.row_id])

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Cell:
    """The facts of one fund, function and department. ``function`` and ``fund`` are empty where the source has none."""

    fund: str
    function: str
    department: int | None
    lines: int
    amounts: tuple[int | None, ...]


@dataclass(frozen=True)
class Income:
    """What a department received from one source for one function (类), by its income table (收入决算表)."""

    source: Column
    function: str
    name: str
    department: int | None
    amount: int


@dataclass(frozen=True)
class Reading:
    """``cells`` carry amounts in the order of ``phases``, in minor units; None where nothing was published."""

    phases: tuple[Phase, ...]
    facts: Facts
    cells: tuple[Cell, ...]
    departments: dict[int, Unit]
    # Function key -> name, name in English.
    functions: dict[str, tuple[str, str]]
    problems: tuple[ImportProblem, ...]
    problem_count: int
    # The beginning of the table of lines, as everybody sees it first.
    first_rows: tuple[LineRow, ...]
    # Of those departments whose income tables were handed in.
    income: tuple[Income, ...] = ()
    # Fund as the source prints it -> name in English, where the list of funds has it.
    funds: dict[str, str] = field(default_factory=dict)

    def summed(self, key: Callable[[Cell], Any]) -> dict[Any, tuple[int, Amounts]]:
        """Lines and sums by whatever ``key`` answers; a sum over nothing published is None."""
        lines: dict[Any, int] = defaultdict(int)
        sums: dict[Any, list[int | None]] = {}
        for cell in self.cells:
            at = key(cell)
            lines[at] += cell.lines
            total = sums.setdefault(at, [None] * len(self.phases))
            for place, amount in enumerate(cell.amounts):
                if amount is not None:
                    total[place] = (total[place] or 0) + amount
        names = [str(phase) for phase in self.phases]
        return {at: (lines[at], dict(zip(names, total, strict=True))) for at, total in sums.items()}

    def groups(self, dimension: Dimension, size: Phase | None) -> list[Group]:
        """By function or department, the largest first."""
        found = []
        if dimension is Dimension.FUNCTION:
            for key, (lines, amounts) in self.summed(lambda cell: cell.function).items():
                name, name_en = self.functions.get(key, ("", ""))
                found.append(Group(key or UNASSIGNED, name, name_en, lines, amounts))
        else:
            for key, (lines, amounts) in self.summed(lambda cell: cell.department).items():
                unit = self.departments.get(key)
                named = (unit.row_id, unit.name, unit.name_en) if unit else (UNASSIGNED, "", "")
                found.append(Group(*named, lines, amounts, unit.get_absolute_url() if unit else ""))
        return sorted(found, key=lambda group: (-(group.amounts.get(size) or 0) if size else 0, group.key))

    def execution(self, release: Release) -> list[Comparison]:
        """Allocation against execution for each department that is named, the largest first."""
        sums = self.summed(lambda cell: cell.department)
        rows = [
            compare(release, amounts, lines, cast(Any, self.departments[key]))
            for key, (lines, amounts) in sums.items()
            if key in self.departments
        ]
        sizes = {row: row.base if row.base is not None else row.executed or 0 for row in rows}
        return sorted(rows, key=lambda row: (-sizes[row], str(row.department)))


def reading_of(release: Release) -> Reading:
    """The reading of a release: from the cache once it is published, else in at most ten queries."""
    if release.published_at is None:
        return _read(release)
    key = f"reading:{FORMAT}:{release.row_id}:{release.jurisdiction}"
    reading = cache.get(key)
    if reading is None:
        reading = _read(release)
        cache.set(key, reading, KEPT_SECONDS)
    return cast(Reading, reading)


def keep_reading(release: Release) -> None:
    """Read a release that has just become public, so that its first reader does not wait."""
    reading_of(release)


def _read(release: Release) -> Reading:
    everything: LineQuerySet = release.lines.all()
    phases = tuple(phases_of(release))
    problems, problem_count = problems_of(release)
    rows: Iterable[Any] = (
        everything.facts()
        .annotate(function_key=dimension_key(release, Dimension.FUNCTION))
        .values(
            "fund",
            "function_key",
            "department",
            unit_row=F("department__row_id"),
            unit_code=F("department__code"),
            unit_name=F("department__name"),
            unit_name_en=F("department__name_en"),
        )
        .annotate(line_count=Count("pk"), **phase_sums(phases))
        .order_by("fund", "function_key", "department")
    )
    cells, departments = [], {}
    for row in rows:
        pk = row["department"]
        if pk is not None:
            departments[pk] = Unit(pk, str(row["unit_row"]), row["unit_code"], row["unit_name"], row["unit_name_en"])
        amounts = tuple(row[phase] for phase in phases)
        cells.append(Cell(row["fund"], row["function_key"] or "", pk, row["line_count"], amounts))
    keys = sorted({cell.function for cell in cells} - {""})
    named = names_of(release, Dimension.FUNCTION, keys)
    return Reading(
        phases=phases,
        facts=facts_of(release, everything),
        cells=tuple(cells),
        departments=departments,
        functions={key: (named[key].name, named[key].name_en) for key in keys},
        problems=tuple(problems),
        problem_count=problem_count,
        first_rows=tuple(first_rows(everything, phases)),
        income=tuple(_income(release)),
        funds=_funds(release, {cell.fund for cell in cells} - {""}),
    )


def _funds(release: Release, printed: set[str]) -> dict[str, str]:
    if not printed or not release.jurisdiction:
        return {}
    official = official_names(Scheme.FUND, printed, release.fiscal_year, release.jurisdiction)
    return {fund: name.name_en for fund, name in official.items()}


def _income(release: Release) -> Iterator[Income]:
    """The rows of income tables that no longer code divides, by function and source."""
    found = TableRow.objects.filter(table__release=release, table__kind=TableKind.INCOME).exclude(code="")
    tables: dict[int | None, dict[str, TableRow]] = defaultdict(dict)
    for row in found.select_related("table").order_by("table", "position"):
        tables[row.table.department_id][row.code] = row
    for department, rows in tables.items():
        sums: dict[tuple[str, Column], int] = defaultdict(int)
        for code, row in rows.items():
            if not any(other != code and other.startswith(code) for other in rows):
                for source in INCOME_SOURCES:
                    sums[code[:CLASS_DIGITS], source] += row.amount(source) or 0
        for (function, source), amount in sums.items():
            if amount:
                yield Income(source, function, rows[function].label if function in rows else "", department, amount)


def first_rows(lines: LineQuerySet, phases: tuple[Phase, ...]) -> list[LineRow]:
    page = line_page(lines, LineQuery(), None, LINES_PER_PAGE)
    return described(page.object_list, phases)
