"""What stands in a cell: words, numbers, targets with their unit glued on, days, and what only looks like one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from cms.performance.sheets.layout import LEVELS, OPERATORS

# Days counted from here are how spreadsheets store a date. 1995 to 2054: what a programme's day may be.
EPOCH = date(1899, 12, 30)
FIRST_SERIAL, LAST_SERIAL = 34700, 56613
NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
TARGET = re.compile(rf"(?P<operator>[^\d\s.+-]*)\s*(?P<number>{NUMBER.pattern})\s*(?P<unit>[^\d\s]\D{{0,19}})?")
LOOKALIKES = str.maketrans({"：": ":", "（": "(", "）": ")", "＝": "=", "％": "%", "，": ",", "－": "-", "﹣": "-"})


def address(row: int, column: int) -> str:
    """The name of a cell: (6, 5) is E6. Both count from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def words(value: Any) -> str:
    """The text of a cell, as people wrote it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\r\n", "\n").strip()


def label(value: Any) -> str:
    """The text of a heading, without blanks, remarks in brackets and colons at its end."""
    text = re.sub(r"\s+", "", words(value).translate(LOOKALIKES))
    return re.sub(r"\([^)]*\)", "", text).rstrip(":") or text.rstrip(":")


def number(value: Any) -> Decimal | None:
    """The number of a cell, None where there is none. Thousands separators and a per cent sign are left out."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        # The shortest text that gives the stored number back is what was typed.
        return Decimal(repr(value)) if value == value and abs(value) != float("inf") else None
    text = unicodedata.normalize("NFKC", words(value)).rstrip("%").strip()
    if not NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:  # pragma: no cover
        return None


def day(value: Any) -> date | None:
    """A day, from a date cell or from text such as 2024-03-01, 2024/3/1 or 2024年3月1日."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", words(value).translate(LOOKALIKES))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def serial_day(value: Any) -> date | None:
    """The day that a bare number stands for if it is a date that a spreadsheet has laid bare (44,561 is 2021-12-31)."""
    given = number(value)
    if given is None or given != given.to_integral_value() or not FIRST_SERIAL <= given <= LAST_SERIAL:
        return None
    return EPOCH + timedelta(days=int(given))


def known(text: str, spellings: Mapping[Any, tuple[str, ...]]) -> Any | None:
    """The value that a cell spells; None where it spells none of them."""
    wanted = label(text)
    return next((value for value, spelt in spellings.items() if wanted in spelt), None)


def level(text: str) -> Any | None:
    """The level that a cell tells in words, with whatever else it says after it."""
    wanted = label(text)
    return next((value for value, spelt in LEVELS.items() if wanted.startswith(spelt)), None)


@dataclass(frozen=True)
class Target:
    """A target as one cell holds it. ``number`` is None where it is in words."""

    operator: str | None
    number: Decimal | None
    unit: str = ""
    text: str = ""


def target(value: Any) -> Target:
    """≥50个 -> at least, 50, 个. What is not an operator, a number and a unit is a target in words."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Target(None, number(value))
    text = words(value)
    plain = unicodedata.normalize("NFKC", text).translate(LOOKALIKES)
    match = TARGET.fullmatch(plain)
    if not match:
        return Target(None, None, text=text)
    operator = known(match["operator"], OPERATORS) if match["operator"] else None
    if match["operator"] and operator is None:
        return Target(None, None, text=text)
    return Target(operator, number(match["number"]), (match["unit"] or "").strip())
