"""From rows of text to typed lines, and a remark on everything that does not fit. Knows the file, not the database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from cms.budget.importing.amounts import (
    AmountError,
    NumberStyle,
    format_minor_units,
    minor_units_behind_noise,
    parse_amount,
    sniff_style,
    to_minor_units,
)
from cms.budget.importing.mapping import ColumnRef, FromColumn, LeafSection, Mapping
from cms.budget.importing.problems import Problem, Severity, refusal, shown
from cms.budget.importing.reading import Source
from cms.budget.models import Department, Government, Line, Phase, Programme

# The longest text that the database keeps, by key of [columns]; a cut name would be another name.
LONGEST = {
    "department_code": Department._meta.get_field("code").max_length,
    "department": Department._meta.get_field("name").max_length,
    "programme_code": Programme._meta.get_field("code").max_length,
    "programme": Programme._meta.get_field("name").max_length,
    "functional_code": Line._meta.get_field("functional_code").max_length,
    "functional": Line._meta.get_field("functional_name").max_length,
    "economic_code": Line._meta.get_field("economic_code").max_length,
    "economic": Line._meta.get_field("economic_name").max_length,
    "fund": Line._meta.get_field("fund").max_length,
    "note": None,
}
UNIT_WORDS = {
    "元": 1,
    "千元": 1_000,
    "万元": 10_000,
    "萬元": 10_000,
    "百万元": 1_000_000,
    "百萬元": 1_000_000,
    "亿元": 100_000_000,
    "億元": 100_000_000,
}
YEAR = re.compile(r"((?:19|20|21)[0-9]{2})(?:\.0+)?(?:年度?)?")
CURRENCY = re.compile("[A-Z]{3}")


class Named(NamedTuple):
    """A department or programme as the source names it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One row to be kept. ``amounts`` are minor units in the order of ``Plan.phases``; None: not stated."""

    row: int
    is_leaf: bool
    texts: dict[str, str]
    amounts: tuple[int | None, ...]
    fingerprint: int

    def named(self, kind: str) -> Named | None:
        """The department or programme of the row, or None. The code stands in for a missing name."""
        code, name = self.texts.get(f"{kind}_code", ""), self.texts.get(kind, "")
        return Named(code, name or code) if code or name else None


@dataclass
class Plan:
    """What an import would write. Nothing may be written while ``rejected`` holds a row."""

    source: Source
    phases: list[Phase]
    government: str = ""
    fiscal_year: int = 0
    currency: str = ""
    rows_read: int = 0
    lines: list[PlannedLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)

    def reject(self, row: int, code: str, message: str) -> None:
        self.rejected.add(row)
        self.problems.append(Problem(row, Severity.ERROR, code, message))

    def warn(self, row: int | None, code: str, message: str) -> None:
        self.problems.append(Problem(row, Severity.WARNING, code, message))

    def note(self, row: int | None, code: str, message: str) -> None:
        self.problems.append(Problem(row, Severity.INFO, code, message))

    @property
    def leaves(self) -> list[PlannedLine]:
        return [line for line in self.lines if line.is_leaf]

    def totals(self) -> dict[str, int]:
        """Phase -> minor units, over the leaves."""
        return {
            phase.value: sum(line.amounts[index] or 0 for line in self.lines if line.is_leaf)
            for index, phase in enumerate(self.phases)
        }

    def written_totals(self) -> dict[str, str]:
        """Phase -> exact decimal string in currency units."""
        return {phase: format_minor_units(total, self.currency) for phase, total in self.totals().items()}


def read_plan(source: Source, mapping: Mapping) -> Plan:
    """Type every row. Raises ``Invalid`` for what makes the whole file unreadable; bad rows are in the plan."""
    reader = _RowReader(source, mapping)
    plan = reader.plan
    for number, cells in source.rows():
        plan.rows_read += 1
        reader.read(number, cells)
    if not plan.rows_read:
        raise refusal("empty_file", _("The file holds no data rows."))
    reader.settle_release()
    plan.lines = [line for line in plan.lines if line.row not in plan.rejected]
    plan.problems.sort(key=lambda problem: problem.row or 0)
    if mapping.leaf and not reader.leaf_seen and not plan.rejected:
        raise refusal(
            "no_leaf",
            _("No row is a fact by [leaf]: the column holds %(values)s.")
            % {"values": ", ".join(f"“{shown(value)}”" for value in islice(reader.leaf_values, 10))},
        )
    return plan


def named_columns(mapping: Mapping) -> list[ColumnRef]:
    """Every column that the mapping speaks of."""
    from_columns = [part for part in dict(mapping.release).values() if isinstance(part, FromColumn)]
    return [
        *(part.column for part in from_columns),
        *mapping.columns.model_dump(exclude_none=True).values(),
        *mapping.amounts.columns().values(),
        *([mapping.leaf.column] if mapping.leaf else []),
    ]


def mentions_names(mapping: Mapping) -> bool:
    """Whether some column is given by name: then the file has to have a header."""
    return any(
        isinstance(column, str) and not (column.isascii() and column.isdigit()) for column in named_columns(mapping)
    )


def leaf_test(leaf: LeafSection) -> Callable[[str], bool]:
    """Whole numbers are compared as numbers (7 = 7.0 = 07), texts as texts."""
    wanted = leaf.equals if isinstance(leaf.equals, list) else [leaf.equals]
    texts = {value.strip() for value in wanted if isinstance(value, str)}
    numbers = {value for value in wanted if isinstance(value, int)}

    def is_leaf(cell: str) -> bool:
        number = re.fullmatch(r"([0-9]{1,18})(?:\.0+)?", cell)
        return cell in texts or bool(number and int(number[1]) in numbers)

    return is_leaf


class _RowReader:
    """Turns one row after the other into lines of ``plan``."""

    def __init__(self, source: Source, mapping: Mapping) -> None:
        self.source, self.mapping = source, mapping
        self._require_columns()
        place = source.position
        self.texts = {
            key: found
            for key, column in mapping.columns.model_dump(exclude_none=True).items()
            if (found := place(column)) is not None
        }
        self.amounts = {
            phase: found for phase, column in mapping.amounts.columns().items() if (found := place(column)) is not None
        }
        self.release = {
            key: place(part.column) if isinstance(part, FromColumn) else None
            for key, part in dict(mapping.release).items()
        }
        self.leaf = place(mapping.leaf.column) if mapping.leaf else None
        self.is_leaf = leaf_test(mapping.leaf) if mapping.leaf else None
        self.leaf_values: Counter[str] = Counter()
        self.leaf_seen = False
        # Key of [release] -> value -> rows that state it; only for keys that are read from a column.
        self.stated: dict[str, dict[str, list[int]]] = {
            key: {} for key, position in self.release.items() if position is not None and key != "unit"
        }
        # A row may end early only in columns that do not change what it says.
        soft = {position for key, position in self.texts.items() if key == "note"}
        self.needed = 1 + max(
            position
            for position in (*self.texts.values(), *self.amounts.values(), *self.release.values(), self.leaf)
            if position is not None and position not in soft
        )
        self.style = self._style()
        self.plan = Plan(source, list(self.amounts))
        self.plan.problems += [*source.problems, *self._what_was_found_out()]

    def _require_columns(self) -> None:
        missing = [column for column in named_columns(self.mapping) if self.source.position(column) is None]
        if missing:
            names = ", ".join(f"“{column}”" for column in dict.fromkeys(map(str, missing)))
            raise refusal(
                "missing_column",
                _("The file has no column %(names)s. Its columns are: %(columns)s.")
                % {"names": names, "columns": self.source.describe_columns()},
                columns=[*map(str, missing)],
            )

    def _style(self) -> NumberStyle:
        def cells() -> Iterable[str]:
            for _number, row in self.source.rows():
                for position in self.amounts.values():
                    if position < len(row):
                        yield row[position]

        return sniff_style(cells(), self.mapping.file.decimal, self.mapping.file.thousands)

    def _what_was_found_out(self) -> list[Problem]:
        declared = self.mapping.file
        if declared.encoding and declared.delimiter and declared.header is not None and declared.decimal:
            return []
        message = _(
            "Read as %(encoding)s, columns parted by “%(delimiter)s”, %(header)s, decimal mark “%(decimal)s”."
        ) % {
            "encoding": self.source.encoding,
            "delimiter": self.source.delimiter.replace("\t", "⇥"),
            "header": _("with a header") if self.source.header is not None else _("without a header"),
            "decimal": self.style.decimal,
        }
        return [Problem(None, Severity.INFO, "read_as", message)]

    def read(self, number: int, cells: list[str]) -> None:
        plan = self.plan
        if not self._has_right_width(number, cells):
            return
        leaf_cell = cells[self.leaf].strip() if self.leaf is not None else ""
        is_leaf = self.is_leaf(leaf_cell) if self.is_leaf else True
        self.leaf_values[leaf_cell] += self.leaf is not None
        self.leaf_seen = self.leaf_seen or is_leaf
        texts = self._texts(number, cells)
        currency = self._state_release(number, cells, is_leaf)
        unit = self._unit(number, cells, is_leaf)
        amounts = tuple(
            self._amount(number, phase, cells[position], unit, currency, is_leaf)
            for phase, position in self.amounts.items()
        )
        if is_leaf and not texts:
            plan.reject(number, "unnamed", _("Nothing says what this row is about."))
        plan.lines.append(PlannedLine(number, is_leaf, texts, amounts, hash(tuple(cells))))

    def _has_right_width(self, number: int, cells: list[str]) -> bool:
        width = self.source.width
        if any(cell.strip() for cell in cells[width:]):
            self.plan.reject(
                number,
                "long_row",
                _("The row has %(count)d cells where the file has %(width)d columns.")
                % {"count": len(cells), "width": width},
            )
            return False
        if len(cells) < self.needed:
            self.plan.reject(
                number,
                "short_row",
                _("The row ends after %(count)d cells, before a column that is needed (%(width)d columns).")
                % {"count": len(cells), "width": width},
            )
            return False
        return True

    def _texts(self, number: int, cells: list[str]) -> dict[str, str]:
        texts = {}
        for key, position in self.texts.items():
            cell = cells[position].strip() if position < len(cells) else ""
            if not cell:
                continue
            if key == "note":
                texts[key] = cell.replace("\r\n", "\n").replace("\r", "\n")
                continue
            cell = " ".join(part.strip() for part in cell.splitlines())
            texts[key] = cell
            longest = LONGEST[key]
            if longest and len(cell) > longest:
                self.plan.reject(
                    number,
                    "too_long",
                    _("“%(cell)s” has %(count)d characters; %(column)s takes %(longest)d.")
                    % {"cell": shown(cell), "count": len(cell), "column": key, "longest": longest},
                )
        return texts

    def _state_release(self, number: int, cells: list[str], is_leaf: bool) -> str:
        """Note what the row says about the release, and give the currency in which to read it."""
        if is_leaf:
            for key, by_value in self.stated.items():
                by_value.setdefault(cells[self.release[key] or 0].strip(), []).append(number)
        currency = self.mapping.release.currency
        return cells[self.release["currency"] or 0].strip() if isinstance(currency, FromColumn) else currency

    def _unit(self, number: int, cells: list[str], is_leaf: bool) -> Decimal | None:
        unit = self.mapping.release.unit
        if not isinstance(unit, FromColumn):
            return Decimal(unit)
        cell = cells[self.release["unit"] or 0].strip()
        if cell in UNIT_WORDS:
            return Decimal(UNIT_WORDS[cell])
        if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", cell) and Decimal(cell) > 0:
            return Decimal(cell)
        if is_leaf:
            self.plan.reject(number, "unit", _("“%(cell)s” is not a unit of amounts.") % {"cell": shown(cell)})
        return None

    def _amount(
        self, number: int, phase: Phase, cell: str, unit: Decimal | None, currency: str, is_leaf: bool
    ) -> int | None:
        try:
            amount = parse_amount(cell, self.style)
            if amount is None or unit is None:
                return None
            try:
                return to_minor_units(amount, unit=unit, currency=currency)
            except AmountError as error:
                meant = minor_units_behind_noise(amount, unit=unit, currency=currency)
                if error.code != "too_fine" or meant is None:
                    raise
                self.plan.warn(
                    number,
                    "float_noise",
                    _("%(cell)s carries the rounding noise of a spreadsheet and was read as %(meant)s.")
                    % {"cell": shown(cell), "meant": format_minor_units(meant, currency)},
                )
                return meant
        except AmountError as error:
            message = f"{phase.label}: {error}"
            if is_leaf:
                self.plan.reject(number, error.code, message)
            else:
                # A check value that cannot be read checks nothing, and spoils nothing.
                self.plan.warn(number, error.code, message)
            return None

    def settle_release(self) -> None:
        """One government, year and currency for the whole file: rows that say otherwise are rejected."""
        release = self.mapping.release
        given = {"government": release.government, "fiscal_year": release.fiscal_year, "currency": release.currency}
        settled = {
            key: str(self._settle(key) if isinstance(value, FromColumn) else value) for key, value in given.items()
        }
        year = YEAR.fullmatch(settled["fiscal_year"])
        if not self.plan.rejected and not year:
            raise refusal("fiscal_year", _("“%(cell)s” is not a year.") % {"cell": shown(settled["fiscal_year"])})
        longest = Government._meta.get_field("name").max_length or 0
        if not self.plan.rejected and not 0 < len(settled["government"]) <= longest:
            raise refusal("government", _("The name of the government is missing or too long."))
        if not self.plan.rejected and not CURRENCY.fullmatch(settled["currency"]):
            raise refusal(
                "currency", _("“%(cell)s” is not a currency code such as CNY.") % {"cell": shown(settled["currency"])}
            )
        self.plan.government = settled["government"]
        self.plan.fiscal_year = int(year[1]) if year else 0
        self.plan.currency = settled["currency"]

    def _settle(self, key: str) -> str:
        by_value = self.stated[key]
        if not by_value:
            return ""
        usual = max(by_value, key=lambda value: len(by_value[value]))
        for value, rows in by_value.items():
            if value == usual:
                continue
            for row in rows:
                self.plan.reject(
                    row,
                    f"mixed_{key}",
                    _("%(key)s is “%(value)s” here and “%(usual)s” elsewhere; a release has one.")
                    % {"key": key, "value": shown(value), "usual": shown(usual)},
                )
        return usual
