"""What an import would write, and everything that is to be said about it. Knows the file, not the database."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from cms.budget.importing.amounts import format_minor_units
from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.lines import Named, PlannedLine, PlannedLines, Repeats
from cms.budget.importing.mapping import FromColumn, Mapping
from cms.budget.importing.problems import Problem, Severity, refusal, shown
from cms.budget.importing.remarks import TextRemarks
from cms.budget.importing.rows import RowReader, Stated
from cms.budget.importing.tables import read_sources
from cms.budget.models import Government, Phase

YEAR = re.compile(r"((?:19|20|21)[0-9]{2})(?:\.0+)?(?:年度?)?")
CURRENCY = re.compile("[A-Z]{3}")
# So many remarks are told one by one; a column that was mapped wrongly has one for every row.
MOST_PROBLEMS = 20_000
ROWS_BETWEEN_REPORTS = 5000

# Told how far reading has come (0 to 1) and how many rows have been read; may raise to end it.
Progress = Callable[[float, int], None]


@dataclass
class Plan:
    """What an import would write. Nothing may be written while ``rejected`` holds a row."""

    file: BudgetFile
    phases: list[Phase]
    government: str = ""
    fiscal_year: int = 0
    currency: str = ""
    rows_read: int = 0
    leaf_count: int = 0
    lines: PlannedLines = field(default_factory=PlannedLines)
    departments: list[Named] = field(default_factory=list)
    # With the place of its department in ``departments``; None is the government as a whole.
    programmes: list[tuple[int | None, Named]] = field(default_factory=list)
    # Place of a department -> sum of the leaves, in the order of ``phases``.
    by_department: dict[int | None, list[int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    untold: int = 0
    rejected: set[int] = field(default_factory=set)
    remarks: TextRemarks = field(default_factory=TextRemarks)
    repeats: Repeats = field(default_factory=Repeats)

    def reject(self, row: int, code: str, message: str, *, column: str = "", value: str = "") -> None:
        self.rejected.add(row)
        self._tell(Problem(row, Severity.ERROR, code, message, column, shown(value, 200)))

    def warn(self, row: int | None, code: str, message: str, *, column: str = "", value: str = "") -> None:
        self._tell(Problem(row, Severity.WARNING, code, message, column, shown(value, 200)))

    def note(self, row: int | None, code: str, message: str) -> None:
        self._tell(Problem(row, Severity.INFO, code, message))

    def _tell(self, problem: Problem) -> None:
        if problem.row is None or len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.untold += 1

    @property
    def check_row_count(self) -> int:
        return len(self.lines) - self.leaf_count

    def set_aside(self, rows: set[int]) -> None:
        """Take back rows that were found to be facts of another release."""
        if not rows:
            return
        kept = PlannedLines()
        for line in self.lines:
            if line.row not in rows:
                kept.add(line)
            elif line.is_leaf:
                self.leaf_count -= 1
                sums = self.by_department[line.department]
                for index, amount in enumerate(line.amounts):
                    sums[index] -= amount or 0
        self.lines = kept

    def leaves(self) -> Iterator[PlannedLine]:
        return (line for line in self.lines if line.is_leaf)

    def totals(self) -> dict[str, int]:
        """Phase -> minor units, over the leaves."""
        sums = self.by_department.values()
        return {phase.value: sum(of_one[index] for of_one in sums) for index, phase in enumerate(self.phases)}

    def written_totals(self) -> dict[str, str]:
        """Phase -> exact decimal string in currency units."""
        return {phase: format_minor_units(total, self.currency) for phase, total in self.totals().items()}


def plan_of(file: BudgetFile, mapping: Mapping, *, progress: Progress | None = None) -> Plan:
    """Type every row of every table. Raises ``Invalid`` or ``TooLarge`` for what makes the whole file unreadable; bad
    rows are in the plan."""
    sources = read_sources(file, mapping)
    used = {phase for _source, part in sources for phase in part.amounts.columns()}
    plan = Plan(file, [phase for phase in Phase if phase in used])
    stated = Stated()
    readers = [RowReader(source, part, plan, stated) for source, part in sources]
    before = 0
    for place, reader in enumerate(readers):
        source = reader.source
        number = 0
        for number, cells in source.rows():
            plan.rows_read += 1
            reader.read(before + number, cells)
            if progress and plan.rows_read % ROWS_BETWEEN_REPORTS == 0:
                progress((place + source.meter.done) / len(readers), plan.rows_read)
        before += number
    if not plan.rows_read:
        raise refusal("empty_file", _("The file holds no data rows."))
    _settle_release(plan, mapping, stated)
    for label in [label for reader in readers for label in reader.lost_zeros()]:
        message = _(
            "In “%(column)s” some codes are texts with leading zeros and others numbers, which have lost theirs."
        )
        plan.warn(None, "leading_zeros", message % {"column": shown(label)}, column=label)
    plan.problems.sort(key=lambda problem: problem.row or 0)
    if plan.untold:
        message = _("%(count)d more remarks of the same kinds are not told one by one.")
        plan.note(None, "more_problems", message % {"count": plan.untold})
    for reader in readers:
        if reader.mapping.leaf and not reader.leaf_seen and not plan.rejected:
            raise refusal(
                "no_leaf",
                _("No row is a fact by [leaf]: the column holds %(values)s.")
                % {"values": ", ".join(f"“{shown(value)}”" for value in islice(reader.leaf_values, 10))},
            )
    return plan


def _settle_release(plan: Plan, mapping: Mapping, stated: Stated) -> None:
    """One government, year and currency for the whole file: rows that say otherwise are rejected."""
    release = mapping.release
    given = {"government": release.government, "fiscal_year": release.fiscal_year, "currency": release.currency}
    settled = {
        key: str(_settle(plan, key, stated[key]) if isinstance(value, FromColumn) else value)
        for key, value in given.items()
    }
    year = YEAR.fullmatch(settled["fiscal_year"])
    if not plan.rejected and not year:
        raise refusal("fiscal_year", _("“%(cell)s” is not a year.") % {"cell": shown(settled["fiscal_year"])})
    longest = Government._meta.get_field("name").max_length or 0
    if not plan.rejected and not 0 < len(settled["government"]) <= longest:
        raise refusal("government", _("The name of the government is missing or too long."))
    if not plan.rejected and not CURRENCY.fullmatch(settled["currency"]):
        raise refusal(
            "currency", _("“%(cell)s” is not a currency code such as CNY.") % {"cell": shown(settled["currency"])}
        )
    plan.government = settled["government"]
    plan.fiscal_year = int(year[1]) if year else 0
    plan.currency = settled["currency"]


def _settle(plan: Plan, key: str, by_value: dict[str, array[int]]) -> str:
    if not by_value:
        return ""
    usual = max(by_value, key=lambda value: len(by_value[value]))
    others = [row for value, rows in by_value.items() if value != usual for row in rows]
    plan.set_aside(set(others) - plan.rejected)
    for value, rows in by_value.items():
        if value == usual:
            continue
        for row in rows:
            plan.reject(
                row,
                f"mixed_{key}",
                _("%(key)s is “%(value)s” here and “%(usual)s” elsewhere; a release has one.")
                % {"key": key, "value": shown(value), "usual": shown(usual)},
                value=value,
            )
    return usual
