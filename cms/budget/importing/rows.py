"""One row of text after the other, typed into lines of a plan, with a remark on everything that does not fit."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cms.budget.importing.amounts import (
    LARGEST_MINOR_UNITS,
    AmountError,
    NumberStyle,
    format_minor_units,
    minor_units_behind_noise,
    parse_amount,
    sniff_style,
    to_minor_units,
)
from cms.budget.importing.cells import NumberCell, OtherCell
from cms.budget.importing.lines import Named, PlannedLine
from cms.budget.importing.mapping import FromColumn, LeafSection, Mapping
from cms.budget.importing.problems import Problem, Severity, shown
from cms.budget.importing.reading import Source
from cms.budget.importing.tables import require_columns
from cms.budget.importing.texts import Text, TextColumn
from cms.budget.importing.units import UNIT_WORDS, unit_said
from cms.budget.models import Phase
from portal.currency import minor_digits

if TYPE_CHECKING:
    from cms.budget.importing.plan import Plan

PLAIN_STYLE = NumberStyle(".", "")
# Beyond this the codes of a file are too many tables to compare one by one.
MOST_CODE_TABLES = 100_000


class Stated(dict[str, dict[str, "array[int]"]]):
    """Key of [release] -> value -> the rows that state it; only for keys that are read from a column."""

    def add(self, key: str, value: str, row: int) -> None:
        by_value = self.setdefault(key, {})
        if (rows := by_value.get(value)) is None:
            rows = by_value[value] = array("I")
        rows.append(row)

    def __missing__(self, key: str) -> dict[str, array[int]]:
        return {}


def leaf_test(leaf: LeafSection) -> Callable[[str], bool]:
    """Whole numbers are compared as numbers (7 = 7.0 = 07), texts as texts."""
    wanted = leaf.equals if isinstance(leaf.equals, list) else [leaf.equals]
    texts = {value.strip() for value in wanted if isinstance(value, str)}
    numbers = {value for value in wanted if isinstance(value, int)}

    def is_leaf(cell: str) -> bool:
        number = re.fullmatch(r"([0-9]{1,18})(?:\.0+)?", cell)
        return cell in texts or bool(number and int(number[1]) in numbers)

    return is_leaf


class RowReader:
    """Reads the rows of one table into ``plan``, which other tables may share."""

    def __init__(self, source: Source, mapping: Mapping, plan: Plan, stated: Stated) -> None:
        self.source, self.mapping, self.plan, self.stated = source, mapping, plan, stated
        require_columns(source, mapping)
        place = source.position
        texts = {
            key: found
            for key, column in mapping.columns.model_dump(exclude_none=True).items()
            if (found := place(column)) is not None
        }
        self.texts = {key: TextColumn(key, found, source.label(found)) for key, found in texts.items()}
        self.text_columns = list(self.texts.values())
        in_file = mapping.amounts.columns()
        # One entry for each phase of the plan, None where this table has no such column.
        self.amounts = [place(in_file[phase]) if phase in in_file else None for phase in plan.phases]
        self.release = {
            key: place(part.column) if isinstance(part, FromColumn) else None
            for key, part in dict(mapping.release).items()
        }
        self.said = [(key, at) for key, at in self.release.items() if at is not None and key != "unit"]
        self.leaf = place(mapping.leaf.column) if mapping.leaf else None
        self.is_leaf = leaf_test(mapping.leaf) if mapping.leaf else None
        self.leaf_values: Counter[str] = Counter()
        self.leaf_seen = False
        # A row may end early only in columns that do not change what it says.
        soft = {found for key, found in texts.items() if key == "note"}
        at = [*texts.values(), *self.amounts, *self.release.values(), self.leaf]
        self.needed = 1 + max(found for found in at if found is not None and found not in soft)
        self.style = self._style()
        self.plain = re.compile(rf"(-?)([0-9]{{1,15}})(?:{re.escape(self.style.decimal)}([0-9]{{1,4}}))?").fullmatch
        self.plain_number = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,4}))?").fullmatch
        self._factors: dict[tuple[Decimal, str], int] = {}
        self._departments = {named: at for at, named in enumerate(plan.departments)}
        self._programmes = {named: at for at, named in enumerate(plan.programmes)}
        plan.problems += [*source.problems, *self._what_was_found_out()]

    # Before the first row ------------------------------------------------------------------------

    def _style(self) -> NumberStyle:
        declared = self.mapping.file
        at = [position for position in self.amounts if position is not None]

        def cells() -> Iterable[str]:
            for _number, row in self.source.rows():
                for position in at:
                    if position < len(row):
                        cell = row[position]
                        if ("." in cell or "," in cell) and not isinstance(cell, NumberCell | OtherCell):
                            yield cell

        return sniff_style(cells(), declared.decimal, declared.thousands)

    def _what_was_found_out(self) -> Iterable[Problem]:
        declared, source = self.mapping.file, self.source
        unit = self.mapping.release.unit
        said = unit_said(source.header.above)
        if said and not isinstance(unit, FromColumn) and UNIT_WORDS[said] != unit:
            message = _("Above the table stands “%(said)s”, but the mapping reads the amounts times %(unit)s.")
            yield Problem(None, Severity.WARNING, "unit_differs", message % {"said": said, "unit": unit})
        values = {
            "encoding": source.encoding,
            "delimiter": source.delimiter.replace("\t", "⇥"),
            "sheet": shown(source.sheet),
            "header": _("with a header") if source.names is not None else _("without a header"),
            "decimal": self.style.decimal,
        }
        if source.sheet:
            if declared.sheet is None or declared.header is None:
                message = _("Read from the sheet “%(sheet)s”, %(header)s.")
                yield Problem(None, Severity.INFO, "read_as", message % values)
        elif not (declared.encoding and declared.delimiter and declared.header is not None and declared.decimal):
            message = _(
                "Read as %(encoding)s, columns parted by “%(delimiter)s”, %(header)s, decimal mark “%(decimal)s”."
            )
            yield Problem(None, Severity.INFO, "read_as", message % values)

    # Rows ----------------------------------------------------------------------------------------

    def read(self, number: int, cells: list[str]) -> None:
        plan = self.plan
        if len(cells) != self.source.width and not self._has_right_width(number, cells):
            return
        is_leaf = True
        if self.is_leaf:
            leaf_cell = cells[self.leaf or 0].strip()
            is_leaf = self.is_leaf(leaf_cell)
            self.leaf_values[leaf_cell] += 1
            self.leaf_seen = self.leaf_seen or is_leaf
        errors_before = len(plan.rejected)
        texts = {column.key: text for column in self.text_columns if (text := column.read(cells)) is not None}
        if is_leaf:
            for key, at in self.said:
                self.stated.add(key, cells[at].strip(), number)
            if not texts:
                plan.reject(number, "unnamed", _("Nothing says what this row is about."))
        for text_column in self.text_columns:
            text = texts.get(text_column.key)
            if text is not None and text.is_too_long:
                message = text_column.too_long(text.text)
                plan.reject(number, "too_long", message, column=text_column.label, value=text.text)
        amounts = self._amounts(number, cells, is_leaf)
        plan.repeats.see(cells)
        if len(plan.rejected) == errors_before:
            self._keep(number, is_leaf, texts, amounts)

    def _keep(self, number: int, is_leaf: bool, texts: dict[str, Text], amounts: tuple[int | None, ...]) -> None:
        plan = self.plan
        say = {key: text.text for key, text in texts.items()}.get
        department = self._department(say("department_code", ""), say("department", ""))
        programme = self._programme(department, say("programme_code", ""), say("programme", ""))
        code, fund = say("functional_code", ""), say("fund", "")
        plan.lines.add(
            PlannedLine(
                number,
                is_leaf,
                department,
                programme,
                code,
                say("functional", ""),
                say("economic_code", ""),
                say("economic", ""),
                fund,
                say("note", ""),
                amounts,
            )
        )
        self._remark(number, is_leaf, texts)
        if not is_leaf:
            return
        plan.leaf_count += 1
        sums = plan.by_department.get(department)
        if sums is None:
            sums = plan.by_department[department] = [0] * len(amounts)
        stated = False
        for index, amount in enumerate(amounts):
            if amount is not None:
                stated = True
                sums[index] += amount
        if not stated:
            plan.remarks.row_without_amount(number)
        if code.isdigit():
            table = (department, programme, fund)
            codes = plan.remarks.codes
            if table in codes:
                codes[table].add(code)
            elif len(codes) < MOST_CODE_TABLES:
                codes[table] = {code}

    def _remark(self, number: int, is_leaf: bool, texts: dict[str, Text]) -> None:
        remarks = self.plan.remarks
        said = [text for text in texts.values() if text.is_remarkable]
        if not said:
            return
        if is_leaf and (total := next((text for text in said if text.is_total), None)):
            remarks.totals.append((number, total.text))
        if placeholder := next((text for text in said if text.is_placeholder), None):
            remarks.placeholders.append((number, placeholder.text))
        if any(text.is_personal for text in said):
            remarks.personal.append(number)

    def _department(self, code: str, name: str) -> int | None:
        if not code and not name:
            return None
        named = Named(code, name or code)
        found = self._departments.get(named)
        if found is None:
            found = self._departments[named] = len(self.plan.departments)
            self.plan.departments.append(named)
        return found

    def _programme(self, department: int | None, code: str, name: str) -> int | None:
        if not code and not name:
            return None
        named = (department, Named(code, name or code))
        found = self._programmes.get(named)
        if found is None:
            found = self._programmes[named] = len(self.plan.programmes)
            self.plan.programmes.append(named)
        return found

    def _has_right_width(self, number: int, cells: list[str]) -> bool:
        width = self.source.width
        if any(cell.strip() for cell in cells[width:]):
            self.plan.reject(
                number,
                "long_row",
                _("The row has %(count)d cells where the file has %(width)d columns.")
                % {"count": len(cells), "width": width},
                value=" | ".join(cell for cell in cells[width:] if cell.strip()),
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

    def lost_zeros(self) -> list[str]:
        """Columns of codes that hold some as text with leading zeros and others as numbers."""
        return [column.label for column in self.text_columns if column.lost_zeros]

    # Amounts -------------------------------------------------------------------------------------

    def _amounts(self, number: int, cells: list[str], is_leaf: bool) -> tuple[int | None, ...]:
        release = self.mapping.release
        currency = cells[self.release["currency"] or 0].strip() if self.release["currency"] is not None else None
        code = currency if currency is not None else str(release.currency)
        unit = self._unit(number, cells, is_leaf)
        if unit is None:
            return tuple(None for _position in self.amounts)
        factor = self._factor(unit, code)
        return tuple(
            None
            if position is None
            else self._amount(number, index, position, cells[position], unit, code, factor, is_leaf)
            for index, position in enumerate(self.amounts)
        )

    def _factor(self, unit: Decimal, currency: str) -> int:
        """Minor units in one of what the file counts in; 0 where that is no whole number."""
        found = self._factors.get((unit, currency))
        if found is None:
            whole = int(unit) if unit == unit.to_integral_value() else 0
            found = self._factors[unit, currency] = whole * 10 ** minor_digits(currency)
        return found

    def _unit(self, number: int, cells: list[str], is_leaf: bool) -> Decimal | None:
        unit = self.mapping.release.unit
        if not isinstance(unit, FromColumn):
            return Decimal(unit)
        at = self.release["unit"] or 0
        cell = cells[at].strip()
        if cell in UNIT_WORDS:
            return Decimal(UNIT_WORDS[cell])
        if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", cell) and Decimal(cell) > 0:
            return Decimal(cell)
        if is_leaf:
            message = _("“%(cell)s” is not a unit of amounts.") % {"cell": shown(cell)}
            self.plan.reject(number, "unit", message, column=self.source.label(at), value=cell)
        return None

    def _amount(
        self,
        number: int,
        index: int,
        position: int,
        cell: str,
        unit: Decimal,
        currency: str,
        factor: int,
        is_leaf: bool,
    ) -> int | None:
        if not cell:
            return None
        match = self.plain(cell) if type(cell) is str else self.plain_number(cell)
        # Most amounts are plain: whole numbers do for them. All others go the careful way.
        if match and factor:
            sign, whole, fraction = match.groups()
            if fraction is None:
                amount, left = int(whole) * factor, 0
            else:
                amount, left = divmod(int(whole + fraction) * factor, 10 ** len(fraction))
            if not left and amount <= LARGEST_MINOR_UNITS:
                return -amount if sign else amount
        return self._careful_amount(number, index, position, cell, unit, currency, is_leaf)

    def _careful_amount(
        self, number: int, index: int, position: int, cell: str, unit: Decimal, currency: str, is_leaf: bool
    ) -> int | None:
        plan, label = self.plan, self.source.label(position)
        try:
            if isinstance(cell, OtherCell):
                message = _("“%(cell)s” is a date, a time or a truth value and not an amount.")
                raise AmountError("not_a_number", message % {"cell": shown(cell)})
            amount = parse_amount(cell, PLAIN_STYLE if isinstance(cell, NumberCell) else self.style)
            if amount is None:
                return None
            try:
                return to_minor_units(amount, unit=unit, currency=currency)
            except AmountError as error:
                meant = minor_units_behind_noise(amount, unit=unit, currency=currency)
                if error.code != "too_fine" or meant is None:
                    raise
                plan.warn(
                    number,
                    "float_noise",
                    _("%(cell)s carries the rounding noise of a spreadsheet and was read as %(meant)s.")
                    % {"cell": shown(cell), "meant": format_minor_units(meant, currency)},
                    column=label,
                    value=cell,
                )
                return meant
        except AmountError as error:
            phase: Phase = plan.phases[index]
            message = f"{phase.label}: {error}"
            if is_leaf:
                plan.reject(number, error.code, message, column=label, value=cell)
            else:
                # A check value that cannot be read checks nothing, and spoils nothing.
                plan.warn(number, error.code, message, column=label, value=cell)
            return None
