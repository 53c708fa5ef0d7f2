"""Read a self-evaluation sheet by its words, wherever they stand: every office lays it out a little differently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cms.performance.sheets import cells
from cms.performance.sheets.cells import address, label, number, words
from cms.performance.sheets.indicator_rows import read_indicator
from cms.performance.sheets.layout import (
    ACHIEVED,
    COLUMNS,
    COUNTS,
    DATES,
    EXPECTED,
    FACTS,
    FUNDS,
    FUNDS_TOTAL,
    GOALS,
    TOTAL,
    UNITS,
    Message,
    Severity,
    Sheet,
    SheetIndicator,
)
from cms.performance.sheets.workbook import read_cells

MONEY = ("initial", "full_year", "executed")
YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年")


@dataclass(frozen=True)
class Reading:
    """What was read. ``sheet`` holds whatever could be understood, and is only to be used without errors."""

    sheet: Sheet
    messages: tuple[Message, ...]

    @property
    def errors(self) -> list[Message]:
        return [message for message in self.messages if message.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Message]:
        return [message for message in self.messages if message.severity is Severity.WARNING]


class Notes:
    """Messages as they come up."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def error(self, code: str, cell: str, text: str) -> None:
        self.messages.append(Message(Severity.ERROR, code, cell, text))

    def warn(self, code: str, cell: str, text: str) -> None:
        self.messages.append(Message(Severity.WARNING, code, cell, text))


def read_sheet(content: bytes, *, fiscal_year: int) -> Reading:
    """Raises ``Invalid`` or ``TooLarge`` only for what is no readable workbook; all else is a message.

    ``fiscal_year``: the year that is expected; it is used where the sheet names none.
    """
    return read_rows(read_cells(content), fiscal_year=fiscal_year)


def read_rows(rows: list[list[Any]], *, fiscal_year: int) -> Reading:
    """The same of cells that were read already."""
    return _Reader(rows, fiscal_year).read()


class _Reader:
    def __init__(self, rows: list[list[Any]], fiscal_year: int) -> None:
        self.rows = rows
        self.fiscal_year = fiscal_year
        self.notes = Notes()
        self.values: dict[str, Any] = {}

    def read(self) -> Reading:
        header = self._heading_row(COLUMNS, "name", "weight")
        if header is None:
            text = _("No row of headings with 三级指标 and 分值 was found. Start from the form that this page offers.")
            self.notes.error("no_indicators", "", text)
        self._read_facts(header)
        self._read_money(header)
        self._read_goals(header)
        indicators = self._read_indicators(header) if header is not None else ()
        sheet = Sheet(
            **{
                "fiscal_year": self._year(header),
                "programme": "",
                "indicators": tuple(indicators),
                **self.values,
            }
        )
        return Reading(sheet, tuple(self.notes.messages))

    def _heading_row(self, columns: Mapping[str, tuple[str, ...]], *needed: str) -> int | None:
        for place, row in enumerate(self.rows):
            if set(needed) <= _columns_of(row, columns).keys():
                return place
        return None

    def _year(self, header: int | None) -> int:
        for row in self.rows[: header or len(self.rows)]:
            for value in row:
                if match := YEAR.search(words(value)):
                    return int(match[1])
        return self.fiscal_year

    def _read_facts(self, header: int | None) -> None:
        for place, row in enumerate(self.rows):
            for column, value in enumerate(row):
                name = next((name for name, labels in FACTS.items() if label(value) in labels), None)
                if name is None or name in self.values:
                    continue
                beside = next((at for at in range(column + 1, len(row)) if words(row[at])), None)
                if beside is not None and label(row[beside]) not in _every_label():
                    self._keep_fact(name, row[beside], address(place + 1, beside + 1))

    def _keep_fact(self, name: str, value: Any, cell: str) -> None:
        if name in COUNTS:
            given = number(value)
            if given is None or given < 0 or given != given.to_integral_value():
                text = _("“%(value)s” is no whole number. Write how many, or leave the cell empty.")
                self.notes.error("not_a_count", cell, text % {"value": words(value)[:60]})
                return
            self.values[name] = int(given)
        elif name in DATES:
            found = cells.day(value) or cells.serial_day(value)
            if found is None:
                text = _("“%(value)s” is no day. Write it as 2024-03-31.")
                self.notes.error("not_a_day", cell, text % {"value": words(value)[:60]})
                return
            self.values[name] = found
        else:
            self.values[name] = words(value)

    def _read_money(self, header: int | None) -> None:
        top = self._heading_row(FUNDS, "initial")
        if top is None or (header is not None and top > header):
            self.notes.warn("no_money", "", _("No row with 年初预算数 was found: the sheet says nothing about money."))
            return
        columns = _columns_of(self.rows[top], FUNDS)
        units = [
            unit
            for row in self.rows[: top + 1]
            for value in row
            for unit in UNITS
            if unit in words(value).translate(cells.LOOKALIKES)
        ]
        if not units:
            text = _("The unit of the amounts is not said. We read 万元; write the unit into the heading.")
            self.notes.warn("no_unit", address(top + 1, 1), text)
        scale = UNITS[units[0] if units else "万元"]
        end = header if header is not None else len(self.rows)
        first = min(columns.values())
        total_row, parts = None, []
        for place in range(top + 1, end):
            row = self.rows[place]
            name = next((label(value) for value in row[:first] if label(value)), "")
            if name in FUNDS_TOTAL and total_row is None:
                total_row = place
            elif name and (name in _every_label() or name in GOALS):
                break
            elif name and total_row is not None:
                parts.append(place)
            self._check_rate(place, columns)
        if total_row is None:
            self.notes.error(
                "no_total", "", _("The row 年度资金总额 is missing. Add it below the headings of the money.")
            )
            return
        for name in MONEY:
            if name in columns:
                self._read_amount(name, total_row, parts, columns[name], scale)
        row = self.rows[total_row]
        for name, key in (("weight", "execution_weight"), ("points", "execution_points")):
            if name in columns and (given := number(_at(row, columns[name]))) is not None:
                self.values[key] = given

    def _read_amount(self, name: str, total_row: int, parts: list[int], column: int, scale: Decimal) -> None:
        amounts = {place: self._amount(place, column, scale) for place in (total_row, *parts)}
        total = amounts.pop(total_row)
        self.values[name] = total
        known = [amount for amount in amounts.values() if amount is not None]
        if known and sum(known) != (total or 0):
            text = _("The total is %(total)s, but the rows below it add up to %(sum)s. Correct the one that is wrong.")
            shown = {"total": _short(total, scale), "sum": _short(sum(known), scale)}
            self.notes.error("total_differs", address(total_row + 1, column + 1), text % shown)

    def _amount(self, place: int, column: int, scale: Decimal) -> int | None:
        value = _at(self.rows[place], column)
        if not words(value):
            return None
        given = number(value)
        cell = address(place + 1, column + 1)
        if given is None:
            text = _("“%(value)s” is no amount. Write a number, or leave the cell empty where nothing is known.")
            self.notes.error("not_an_amount", cell, text % {"value": words(value)[:60]})
            return None
        # A spreadsheet adds up in binary: what is less than a hundredth of a minor unit is its noise.
        exact = (given * scale).quantize(Decimal("0.01"))
        if exact != exact.to_integral_value():
            text = _("%(value)s is finer than a fen. Round it to what was really paid.")
            self.notes.error("too_fine", cell, text % {"value": words(value)[:60]})
            return None
        return int(exact)

    def _check_rate(self, place: int, columns: Mapping[str, int]) -> None:
        if not {"rate", "full_year", "executed"} <= columns.keys():
            return
        row = self.rows[place]
        full_year, executed = (number(_at(row, columns[name])) for name in ("full_year", "executed"))
        shown = words(_at(row, columns["rate"]))
        if full_year == 0 and executed == 0 and shown and number(shown) is not None:
            text = _("0 of 0 is no rate, and not %(rate)s. Leave it empty; execution is not scored then.")
            self.notes.warn("rate_of_nothing", address(place + 1, columns["rate"] + 1), text % {"rate": shown})

    def _read_goals(self, header: int | None) -> None:
        goals = []
        for place, row in enumerate(self.rows[: header or 0]):
            at = next((column for column, value in enumerate(row) if label(value) in GOALS), None)
            if at is None:
                continue
            said = [words(value) for value in row[at + 1 :] if words(value)]
            if said and label(said[0]) in EXPECTED + ACHIEVED:
                # Headings stand in the row of the label: the texts stand in the next one.
                below = self.rows[place + 1] if place + 1 < (header or 0) else []
                said = [words(value) for value in below if words(value)]
            if said:
                goals.append((said[0], said[1] if len(said) > 1 else ""))
        self.values["goals"] = tuple(goals)

    def _read_indicators(self, header: int) -> Iterable[SheetIndicator]:
        columns = _columns_of(self.rows[header], COLUMNS)
        above = {"dimension": "", "category": ""}
        for place in range(header + 1, len(self.rows)):
            row = self.rows[place]
            first = next((label(value) for value in row if label(value)), "")
            if first in TOTAL:
                at = columns.get("stated_points")
                self.values["self_score"] = number(_at(row, at)) if at is not None else None
                return
            if first in _every_label():
                return
            if not first or not (words(_at(row, columns["name"])) or words(_at(row, columns["weight"]))):
                continue
            given = {name: _at(row, column) for name, column in columns.items()}
            # Cells of one group are merged: only its first row says which it is.
            if words(given.get("dimension")):
                above = {name: words(given.get(name)) for name in above}
            above["category"] = words(given.get("category")) or above["category"]
            given |= above
            places = {name: address(place + 1, column + 1) for name, column in columns.items()}
            indicator = read_indicator(given, places, place + 1, self.notes)
            if indicator is not None:
                yield indicator


def _at(row: list[Any], column: int) -> Any:
    return row[column] if column < len(row) else ""


def _columns_of(row: list[Any], columns: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, value in enumerate(row):
        name = next((name for name, labels in columns.items() if label(value) in labels), None)
        if name is not None:
            found.setdefault(name, place)
    return found


def _every_label() -> set[str]:
    return {spelt for labels in FACTS.values() for spelt in labels}


def _short(minor_units: int | None, scale: Decimal) -> str:
    return "—" if minor_units is None else f"{(Decimal(minor_units) / scale).normalize():f}"
