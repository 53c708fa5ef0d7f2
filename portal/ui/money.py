"""Template library ``money``: amounts and ratios, written as a reader of the language expects them.

Amounts come in integer minor units (fen, cents), as many as the currency has. Ratios are ratios (0.83).
Everything is computed in ``Decimal`` and rounded half up; what is missing is shown as a dash, never as zero.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import pairwise

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language

from portal.currency import in_major_units, minor_digits

register = template.Library()

MISSING = "—"
MINUS = "\N{MINUS SIGN}"

# Chinese counts in ten-thousands, so the unit is part of the number and no translation of "million" would be right.
ZH_CURRENCIES = {"CNY": ("", "元"), "TWD": ("新台币 ", "元"), "EUR": ("", "欧元"), "USD": ("", "美元")}
ZH_SCALES = ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))
EN_SCALES = ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


def as_decimal(value: object) -> Decimal | None:
    """The finite number that ``value`` stands for, or None where there is none (None, an empty string, NaN)."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def grouped(number: Decimal, places: int) -> str:
    """``number`` without its sign, rounded, with thousands separators."""
    return f"{abs(rounded(number, places)):,.{places}f}"


def in_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


@dataclass(frozen=True)
class MoneyUnit:
    """A unit that all amounts of one table share. ``divisor`` turns major units into this one."""

    currency: str
    divisor: Decimal
    scale: str

    @property
    def label(self) -> str:
        """The unit as a column heading: 亿元, or "CNY billion"."""
        if in_chinese():
            before, after = ZH_CURRENCIES.get(self.currency, (f"{self.currency} ", ""))
            return f"{before}{self.scale}{after}".strip()
        return f"{self.currency} {self.scale}".strip()

    @property
    def places(self) -> int:
        return 1 if self.scale else 2

    def __str__(self) -> str:
        return self.label


def unit_for(minor_units: object, currency: str) -> MoneyUnit:
    """The unit in which an amount reads best, chosen after rounding so that 9,999.96 万 becomes 1.0 亿."""
    number = as_decimal(minor_units)
    major = abs(in_major_units(number, currency)) if number is not None else Decimal(0)
    scales = (*(ZH_SCALES if in_chinese() else EN_SCALES), (Decimal(1), ""))
    for (divisor, scale), (smaller, _) in pairwise(scales):
        # In the next smaller unit, rounded to one decimal, the amount may already have reached this one.
        if major >= divisor or (smaller > 1 and rounded(major / smaller, 1) >= divisor / smaller):
            return MoneyUnit(currency, divisor, scale)
    return MoneyUnit(currency, Decimal(1), "")


def _data(major: Decimal, text: str) -> str:
    return format_html('<data value="{}">{}</data>', f"{rounded(major, 2):.2f}", text)


def _written(major: Decimal, unit: MoneyUnit, places: int) -> str:
    digits = grouped(major / unit.divisor, places)
    sign = MINUS if major < 0 and Decimal(digits.replace(",", "")) else ""
    if in_chinese():
        before, after = ZH_CURRENCIES.get(unit.currency, (f"{unit.currency} ", ""))
        return f"{before}{sign}{digits} {unit.scale}{after}".strip()
    return f"{sign}{unit.currency} {digits} {unit.scale}".strip()


@register.filter
def money(minor_units: object, currency: str = "CNY") -> str:
    """``{{ amount|money:"CNY" }}``: 12.3 亿元 or CNY 1.2 billion, with the exact value in ``<data value>``."""
    number = as_decimal(minor_units)
    if number is None:
        return MISSING
    major = in_major_units(number, currency)
    unit = unit_for(number, currency)
    places = unit.places if unit.scale or major != major.to_integral_value() else 0
    return _data(major, _written(major, unit, places))


@register.filter
def money_exact(minor_units: object, currency: str = "CNY") -> str:
    """The whole amount to the last minor unit: 1,234.50 元 or CNY 1,234.50."""
    number = as_decimal(minor_units)
    if number is None:
        return MISSING
    major = in_major_units(number, currency)
    return _data(major, _written(major, MoneyUnit(currency, Decimal(1), ""), minor_digits(currency)))


@register.simple_tag
def money_unit(largest: object, currency: str = "CNY") -> MoneyUnit:
    """``{% money_unit largest currency as unit %}``: the unit for a table whose largest amount is ``largest``."""
    return unit_for(largest, currency)


@register.filter
def in_unit(minor_units: object, unit: MoneyUnit) -> str:
    """``{{ amount|in_unit:unit }}``: the bare number; the table's heading carries ``unit``."""
    number = as_decimal(minor_units)
    if number is None:
        return MISSING
    major = in_major_units(number, unit.currency)
    digits = grouped(major / unit.divisor, unit.places)
    sign = MINUS if major < 0 and Decimal(digits.replace(",", "")) else ""
    return _data(major, f"{sign}{digits}")


@register.filter
def ratio(value: object, places: int = 0) -> str:
    """``{{ 0.83|ratio }}`` is 83 %, written 83%."""
    number = as_decimal(value)
    if number is None:
        return MISSING
    digits = grouped(number * 100, places)
    sign = MINUS if number < 0 and Decimal(digits.replace(",", "")) else ""
    return f"{sign}{digits}%"


@register.filter
def signed(value: object, style: int | str = 0) -> str:
    """A difference with its sign always shown. ``style``: decimal places, or "%" for a ratio."""
    number = as_decimal(value)
    if number is None:
        return MISSING
    if style == "%":
        number, places, after = number * 100, 0, "%"
    else:
        places, after = int(style), ""
    digits = grouped(number, places)
    if not Decimal(digits.replace(",", "")):
        return digits + after
    return f"{MINUS if number < 0 else '+'}{digits}{after}"
