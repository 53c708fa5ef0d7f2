"""What a text of a line gives away: a total, a placeholder, a personal number. Each text is looked at once."""

from __future__ import annotations

import re
from datetime import date

TOTAL = re.compile(
    r"(?:本[年期])?(?:收入|支出)?[合总小累總]\s*[计計]|(?:grand|sub)?[\s-]*totals?|total(?:es)? general(?:es)?|suma",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"(?<![A-Za-z])(?:XX|××|某某)(?![A-Za-z])|待填|此处填写", re.IGNORECASE)
# Resident identity number (GB 11643) and Spanish tax number; both carry a check digit, so chance hits are rare.
RESIDENT_ID = re.compile(r"(?<![0-9A-Za-z])([1-9][0-9]{5})((?:19|20)[0-9]{6})([0-9]{3})([0-9X])(?![0-9A-Za-z])")
RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"
EIGHT_DIGITS = re.compile("[0-9]{8}")
SPANISH_ID = re.compile(r"(?<![0-9A-Za-z])([0-9]{8})-?([A-Z])(?![0-9A-Za-z])")
SPANISH_CHECKS = "TRWAGMYFPDXBNJZSQVHLCKE"
# How many rows of a kind are told one by one.
MOST_ROWS = 200


class TextRemarks:
    """Rows with a total among the facts, a placeholder or a personal number, and rows that state no amount."""

    def __init__(self) -> None:
        self.totals: list[tuple[int, str]] = []
        self.placeholders: list[tuple[int, str]] = []
        self.personal: list[int] = []
        self.silent: list[int] = []
        self.silent_count = 0
        # Department, programme, fund -> functional codes of its leaves.
        self.codes: dict[tuple[int | None, int | None, str], set[str]] = {}

    def row_without_amount(self, row: int) -> None:
        self.silent_count += 1
        if len(self.silent) < MOST_ROWS:
            self.silent.append(row)


def looks_like_total(text: str) -> bool:
    return bool(TOTAL.fullmatch(text))


def holds_placeholder(text: str) -> bool:
    return bool(PLACEHOLDER.search(text))


def holds_personal_number(text: str) -> bool:
    """Whether a text holds a resident identity number or a Spanish DNI with a right check digit."""
    if not EIGHT_DIGITS.search(text):
        return False
    for area, born, order, check in RESIDENT_ID.findall(text):
        digits = map(int, area + born + order)
        total = sum(weight * digit for weight, digit in zip(RESIDENT_WEIGHTS, digits, strict=True))
        if RESIDENT_CHECKS[total % 11] == check and _is_date(born):
            return True
    return any(SPANISH_CHECKS[int(number) % 23] == check for number, check in SPANISH_ID.findall(text))


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
