"""Amounts as governments write them, turned into exact numbers. No float is involved anywhere.

A blank cell or a lone dash is "not stated" (None), which is not the same as 0. Everything that is not clearly an
amount raises ``AmountError``: a wrong guess would be a wrong figure with the government's name on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from functools import cached_property

from django.utils.translation import gettext as _

from cms.budget.importing.problems import refusal, shown
from portal.currency import minor_digits

LARGEST_MINOR_UNITS = 2**63 - 1
MAX_CHARS = 40

# Any step that would have to round raises instead.
EXACT = Context(prec=120, traps=[Inexact, InvalidOperation])
# A double holds 15 digits faithfully: 1799593.5100000002 is 1799593.51 after a trip through one.
FLOAT_DIGITS = 15
FLOAT_NOISE = Decimal("0.000001")

SPACES = " \N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}"
APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
MARKS = ".,"
MINUSES = "\N{MINUS SIGN}\N{SMALL HYPHEN-MINUS}\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}"
# Full-width forms (U+FF01 to U+FF5E) mirror ASCII. NFKC is too eager: it would read 10² as 102.
PLAIN_FORMS: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **{ord(minus): "-" for minus in MINUSES},
    ord("\N{IDEOGRAPHIC SPACE}"): " ",
}
ONE_MARK = re.compile(r"-?[0-9]+([.,])(?:[0-9]{1,2}|[0-9]{4,30})")
NOT_STATED = re.compile(r"[-\N{EM DASH}\N{HORIZONTAL BAR}\N{BOX DRAWINGS LIGHT HORIZONTAL}]*")


class AmountError(ValueError):
    """``code`` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class NumberStyle:
    """How a file writes numbers: one decimal mark, and the marks that may part groups of three digits."""

    decimal: str = "."
    thousands: str = "," + SPACES + APOSTROPHES

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        point = re.escape(self.decimal)
        group = f"[{re.escape(self.thousands)}]" if self.thousands else "(?!)"
        whole = rf"[0-9]{{1,3}}(?P<mark>{group})[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*|[0-9]+"
        return re.compile(rf"(?P<whole>{whole})?(?:{point}(?P<fraction>[0-9]*))?")


def _bare(text: str) -> tuple[str | None, bool]:
    """The digits and marks of a cell without its sign, and whether it is negative: -1, 1-, (1). None: not stated."""
    text = text.translate(PLAIN_FORMS).strip()
    if NOT_STATED.fullmatch(text):
        return None, False
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "+")):
        return text[1:].strip(), text[0] == "-"
    if text.endswith("-"):
        return text[:-1].strip(), True
    return text, False


def parse_amount(text: str, style: NumberStyle) -> Decimal | None:
    """The exact number in a cell, or None where the cell states none. Raises ``AmountError``."""
    bare, negative = _bare(text)
    if bare is None:
        return None
    match = style.pattern.fullmatch(bare) if len(bare) <= MAX_CHARS else None
    if not match or not (match["whole"] or match["fraction"]):
        raise AmountError("not_a_number", _describe(text, bare, style))
    whole = re.sub("[^0-9]", "", match["whole"] or "0")
    number = Decimal(f"{whole}.{match['fraction'] or '0'}")
    return number.copy_negate() if negative and number else number


def _describe(text: str, bare: str, style: NumberStyle) -> str:
    if re.fullmatch(r"[0-9.,'\s’]+", bare) and re.search("[0-9]", bare):
        return _("“%(cell)s” does not fit the way this file writes numbers (decimal mark “%(decimal)s”).") % {
            "cell": shown(text),
            "decimal": style.decimal,
        }
    return _("“%(cell)s” is not an amount.") % {"cell": shown(text)}


def to_minor_units(amount: Decimal, *, unit: Decimal, currency: str) -> int:
    """``amount`` times ``unit`` in whole fen or cents.

    Raises ``AmountError`` when something finer than the minor unit would be lost, or when it cannot be stored.
    """
    exact = EXACT.multiply(amount, unit).scaleb(minor_digits(currency), EXACT)
    whole = exact.to_integral_value(ROUND_HALF_EVEN)
    if exact != whole:
        raise AmountError(
            "too_fine",
            _("%(amount)s is finer than the smallest unit of %(currency)s.")
            % {"amount": f"{amount:f}", "currency": currency},
        )
    if abs(whole) > LARGEST_MINOR_UNITS:
        raise AmountError("too_large", _("%(amount)s is larger than can be kept.") % {"amount": f"{amount:f}"})
    return int(whole)


def minor_units_behind_noise(amount: Decimal, *, unit: Decimal, currency: str) -> int | None:
    """The minor units that a spreadsheet meant when its binary arithmetic left 1799593.5100000002, or None.

    Such a number has more digits than a double holds, and lies within a millionth of a whole minor unit.
    """
    if len(amount.as_tuple().digits) <= FLOAT_DIGITS:
        return None
    exact = EXACT.multiply(amount, unit).scaleb(minor_digits(currency), EXACT)
    whole = exact.to_integral_value(ROUND_HALF_EVEN)
    is_noise = EXACT.subtract(exact, whole).copy_abs() <= FLOAT_NOISE and abs(whole) <= LARGEST_MINOR_UNITS
    return int(whole) if is_noise else None


def format_minor_units(minor_units: int, currency: str) -> str:
    """An exact decimal string in currency units with all minor digits: 262130332500000 -> "2621303325000.00"."""
    return f"{Decimal(minor_units).scaleb(-minor_digits(currency), EXACT):f}"


def sniff_style(cells: Iterable[str], decimal: str | None, thousands: str | None) -> NumberStyle:
    """The style in which ``cells`` are written; what is declared is taken as given ("" = no thousands mark).

    Raises ``Invalid`` when the cells contradict each other or fit both readings: 1.234 alone may be either.
    """
    candidates = [decimal] if decimal else [mark for mark in MARKS if mark != thousands]
    if len(candidates) > 1:
        candidates = _candidates_left(cells, grouped=thousands is None)
    mark = candidates[0]
    if thousands is None:
        thousands = MARKS.replace(mark, "") + SPACES + APOSTROPHES
    elif thousands in SPACES and thousands:
        thousands = SPACES
    elif thousands in APOSTROPHES and thousands:
        thousands = APOSTROPHES
    return NumberStyle(mark, thousands)


def _candidates_left(cells: Iterable[str], *, grouped: bool) -> list[str]:
    evidence: dict[str, str] = {}
    undecided = ""
    for cell in cells:
        # Most amounts give their mark away at a glance: 1234.5, but not 1.234.
        if plain := ONE_MARK.fullmatch(cell):
            evidence.setdefault(plain[1], cell)
            continue
        bare, _negative = _bare(cell)
        if not bare or not (set(MARKS) & set(bare)) or not re.fullmatch(rf"[0-9{MARKS}{SPACES}{APOSTROPHES}]+", bare):
            continue
        mark = _decimal_mark_of(bare, grouped=grouped)
        if mark:
            evidence.setdefault(mark, cell)
        else:
            undecided = undecided or cell
    if len(evidence) > 1:
        raise refusal(
            "decimal_mark",
            _(
                "Amounts are written in two ways, “%(one)s” and “%(other)s”. "
                "Say in [file] which mark is the decimal mark."
            )
            % {"one": shown(evidence["."]), "other": shown(evidence[","])},
        )
    if not evidence and undecided:
        raise refusal(
            "decimal_mark",
            _("“%(cell)s” can be read in two ways. Say in [file] which mark is the decimal mark.")
            % {"cell": shown(undecided)},
        )
    return list(evidence) or ["."]


def _decimal_mark_of(bare: str, *, grouped: bool) -> str:
    """The decimal mark that a number gives away, or "" when it fits both readings. ``grouped``: groups may occur."""
    present = [mark for mark in MARKS if mark in bare]
    if len(present) == 2:
        return max(present, key=bare.rindex)
    (mark,) = present
    if bare.count(mark) > 1:
        return MARKS.replace(mark, "")
    before, after = bare.split(mark)
    looks_grouped = len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
    return "" if grouped and looks_grouped else mark
