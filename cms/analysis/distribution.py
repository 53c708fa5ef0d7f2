"""How numbers lie: median, quartiles, a histogram, and which of them stand apart. Exact decimals throughout.

Quartiles are those of Tukey's "inclusive" method (linear between the two nearest, the ends included), which is what
spreadsheets call QUARTILE.INC. Robust z (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993):
0.6745 x (value - median) / MAD, where MAD is the median of the distances from the median; beyond 3.5 a value stands
apart. Where more than half of the values are the same, MAD is 0 and says nothing: then the mean distance takes its
place, (value - median) / (1.253314 x mean distance).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

# Fewer values than this show no pattern that one of them could fall out of.
FEWEST = 8
Z_OF_OUTLIER = Decimal("3.5")
MAD_TO_SIGMA = Decimal("0.6745")
MEAN_TO_SIGMA = Decimal("1.253314")
BINS_AT_MOST = 10


class Method(StrEnum):
    """How far apart a value stands was measured by, or why it was not. The words stand in ``wording``."""

    MAD = "mad"
    MEAN_DISTANCE = "mean_distance"
    ALL_EQUAL = "all_equal"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Summary:
    """``values`` in ascending order, at least one."""

    values: tuple[Decimal, ...]

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def minimum(self) -> Decimal:
        return self.values[0]

    @property
    def maximum(self) -> Decimal:
        return self.values[-1]

    @property
    def median(self) -> Decimal:
        return quantile(self.values, Decimal("0.5"))

    @property
    def lower_quartile(self) -> Decimal:
        return quantile(self.values, Decimal("0.25"))

    @property
    def upper_quartile(self) -> Decimal:
        return quantile(self.values, Decimal("0.75"))


@dataclass(frozen=True)
class Bin:
    """Values from ``lower`` up to ``upper``, which belongs to the next bin, or to this one if it is the last."""

    lower: Decimal
    upper: Decimal
    count: int


@dataclass(frozen=True)
class Outliers:
    """``z``: of every value, in the order given; None where nothing was measured. ``apart``: places of outliers."""

    method: Method
    n: int
    z: tuple[Decimal | None, ...]

    @property
    def apart(self) -> list[int]:
        return [place for place, z in enumerate(self.z) if z is not None and abs(z) > Z_OF_OUTLIER]


def quantile(ordered: Sequence[Decimal], share: Decimal) -> Decimal:
    """The value below which ``share`` (0 to 1) of the values lie. ``ordered`` ascends and is not empty."""
    place = share * (len(ordered) - 1)
    below = int(place)
    if below == len(ordered) - 1:
        return ordered[-1]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)


def summary(values: Iterable[Decimal]) -> Summary | None:
    """None where there is no value."""
    ordered = tuple(sorted(values))
    return Summary(ordered) if ordered else None


def outliers(values: Sequence[Decimal]) -> Outliers:
    """Which values stand apart from the others, by robust z. Says so where it cannot be told."""
    n = len(values)
    nothing: tuple[None, ...] = (None,) * n
    if n < FEWEST:
        return Outliers(Method.TOO_FEW, n, nothing)
    median = quantile(sorted(values), Decimal("0.5"))
    distances = [abs(value - median) for value in values]
    mad = quantile(sorted(distances), Decimal("0.5"))
    if mad:
        return Outliers(Method.MAD, n, tuple(MAD_TO_SIGMA * (value - median) / mad for value in values))
    mean = sum(distances, Decimal(0)) / n
    if mean:
        return Outliers(Method.MEAN_DISTANCE, n, tuple((value - median) / (MEAN_TO_SIGMA * mean) for value in values))
    return Outliers(Method.ALL_EQUAL, n, nothing)


def histogram(values: Iterable[Decimal], edges: Sequence[Decimal] | None = None) -> list[Bin]:
    """Counts between edges, which are round numbers unless given. Every value is counted once."""
    known = list(values)
    if not known:
        return []
    bounds = list(edges) if edges else round_edges(min(known), max(known))
    counts = [0] * (len(bounds) - 1)
    for value in known:
        counts[_place(bounds, value)] += 1
    return [Bin(lower, upper, count) for (lower, upper), count in zip(pairwise(bounds), counts, strict=True)]


def _place(bounds: Sequence[Decimal], value: Decimal) -> int:
    last = len(bounds) - 2
    found = next((place for place, upper in enumerate(bounds[1:]) if value < upper), last)
    return min(found, last)


def round_edges(lowest: Decimal, highest: Decimal) -> list[Decimal]:
    """At most ten steps of 1, 2 or 5 times a power of ten from at or below ``lowest`` to at or above ``highest``."""
    if lowest == highest:
        return [lowest, lowest + 1]
    step = _step((highest - lowest) / BINS_AT_MOST)
    while True:
        first = (lowest / step).to_integral_value(rounding="ROUND_FLOOR") * step
        edges = [first]
        while edges[-1] < highest:
            edges.append(edges[-1] + step)
        if len(edges) - 1 <= BINS_AT_MOST:
            return edges
        step = _step(step * Decimal("1.01"))


def _step(least: Decimal) -> Decimal:
    power = Decimal(1).scaleb(least.adjusted())
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def on_ratio_scale(values: Iterable[Decimal]) -> list[Decimal]:
    """Natural logarithms of amounts above nought: twice and half as much are then equally far away."""
    return [value.ln() for value in values]


def ranks(values: Sequence[Decimal]) -> list[Decimal]:
    """From 1 for the smallest; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    found = [Decimal(0)] * len(values)
    start = 0
    while start < len(order):
        stop = start
        while stop + 1 < len(order) and values[order[stop + 1]] == values[order[start]]:
            stop += 1
        for place in order[start : stop + 1]:
            found[place] = Decimal(start + stop + 2) / 2
        start = stop + 1
    return found


def rank_correlation(first: Sequence[Decimal], second: Sequence[Decimal]) -> Decimal | None:
    """Spearman's rho, -1 to 1: whether what is large in one is large in the other. Of pairs in the same order.

    None below eight pairs, or where one of the two never varies.
    """
    n = len(first)
    if n != len(second):
        raise ValueError("a correlation needs pairs")
    if n < FEWEST:
        return None
    mean = Decimal(n + 1) / 2
    a, b = ([rank - mean for rank in ranks(values)] for values in (first, second))
    spread = _dot(a, a) * _dot(b, b)
    if not spread:
        return None
    return max(Decimal(-1), min(Decimal(1), _dot(a, b) / spread.sqrt()))


def _dot(first: Sequence[Decimal], second: Sequence[Decimal]) -> Decimal:
    times: Callable[[Decimal, Decimal], Decimal] = Decimal.__mul__
    return sum(map(times, first, second), Decimal(0))
