"""Cells of spreadsheets as text that remembers what the spreadsheet held them as."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


class NumberCell(str):
    """A number. Its decimal mark is a point and it has no other marks, however the rest of the file is written."""

    __slots__ = ()


class OtherCell(str):
    """A day, a time or a truth value: it can be read as text, and never as an amount."""

    __slots__ = ()


# What a cell is, in front of its text, when it travels from one process to another.
MARKS: dict[str, type[str]] = {"n": NumberCell, "o": OtherCell, "t": str}


def marked(value: Any) -> str:
    """A value of a spreadsheet as text behind its mark; a blank one is empty."""
    text = text_of(value)
    if not text:
        return ""
    return f"{'n' if isinstance(text, NumberCell) else 'o' if isinstance(text, OtherCell) else 't'}{text}"


def unmarked(cell: str) -> str:
    return MARKS[cell[0]](cell[1:]) if cell else cell


def text_of(value: Any) -> str:
    """A value of a spreadsheet as text: exact to the digits that the spreadsheet keeps, without exponents."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return OtherCell("TRUE" if value else "FALSE")
    if isinstance(value, int | float):
        if value == int(value) if abs(value) < 2**53 else False:
            return NumberCell(int(value))
        # The shortest text that gives the stored number back is what was typed.
        return NumberCell(f"{Decimal(repr(value)):f}")
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return OtherCell(value.date().isoformat() if midnight else value.isoformat(sep=" "))
    if isinstance(value, date | time):
        return OtherCell(value.isoformat())
    if isinstance(value, timedelta):
        return OtherCell(str(value))
    return "" if value is None else str(value)
