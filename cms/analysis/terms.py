"""Amounts in the prices of one year, and per head (实际值, 人均): what money of different years and places is worth.

Real = nominal x the rise of consumer prices from its year to the base year, one year's index after the other; per head
= amount / population of the government in that year. Exact decimals, rounded half up to minor units at the end. Where
an index or a population is missing the answer is None, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum

from cms.analysis.models import Population, PriceIndex, StatisticsImport
from cms.budget.queries import Reader

DIGITS = 60


class Terms(StrEnum):
    """How an amount is told."""

    NOMINAL = "nominal"
    REAL = "real"
    PER_HEAD = "per_head"
    REAL_PER_HEAD = "real_per_head"

    @property
    def is_real(self) -> bool:
        return self in (Terms.REAL, Terms.REAL_PER_HEAD)

    @property
    def is_per_head(self) -> bool:
        return self in (Terms.PER_HEAD, Terms.REAL_PER_HEAD)


@dataclass(frozen=True)
class Deflator:
    """``prices``: (government or None for all, year) -> index with the year before = 100. ``people`` likewise."""

    prices: dict[tuple[int | None, int], Decimal] = field(default_factory=dict)
    people: dict[tuple[int, int], int] = field(default_factory=dict)
    sources: tuple[StatisticsImport, ...] = ()

    def index_of(self, government: int, year: int) -> Decimal | None:
        return self.prices.get((government, year), self.prices.get((None, year)))

    def price_factor(self, government: int, year: int, base: int) -> Decimal | None:
        """What turns an amount of ``year`` into prices of ``base``; None where a year between them has no index."""
        factor = Decimal(1)
        for between in range(min(year, base) + 1, max(year, base) + 1):
            index = self.index_of(government, between)
            if index is None:
                return None
            factor *= index / 100
        return factor if year <= base else 1 / factor

    def told(self, amount: int | None, terms: Terms, *, government: int, year: int, base: int) -> int | None:
        """An amount in ``terms``, in minor units; None where it, a price or the population is not known."""
        if amount is None:
            return None
        with localcontext(prec=DIGITS):
            value = Decimal(amount)
            if terms.is_real:
                factor = self.price_factor(government, year, base)
                if factor is None:
                    return None
                value *= factor
            if terms.is_per_head:
                persons = self.people.get((government, year))
                if not persons:
                    return None
                value /= persons
            return int(value.to_integral_value(ROUND_HALF_UP))


def deflator(reader: Reader, governments: Iterable[int], terms: Terms) -> Deflator:
    """The prices and populations of some governments that ``terms`` need; at most three queries."""
    chosen = set(governments)
    prices: dict[tuple[int | None, int], Decimal] = {}
    people: dict[tuple[int, int], int] = {}
    used: set[int] = set()
    if terms.is_real:
        rows = PriceIndex.objects.visible_to(reader)
        for price in rows.filter(government__in=chosen) | rows.filter(government__isnull=True):
            prices[price.government_id, price.year] = price.previous_year_100
            used.add(price.entered_with_id)
    if terms.is_per_head:
        for row in Population.objects.visible_to(reader).filter(government__in=chosen):
            people[row.government_id, row.year] = row.persons
            used.add(row.entered_with_id)
    imports = StatisticsImport.objects.visible_to(reader).filter(pk__in=used) if used else ()
    return Deflator(prices, people, tuple(imports))
