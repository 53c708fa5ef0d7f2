"""Scores and grades of a programme's year. Knows numbers, not the database; exact decimals, never binary floats.

A scheme says how points are given. Schemes differ by place and year, so they are data (see ``schemes.py``); what is
here are the named formulas that a scheme may choose from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")
NOUGHT, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)


class SchemeError(ValueError):
    """A scheme that cannot be scored by. The message says what is wrong with it."""


class Operator(StrEnum):
    """How an actual value is held against its target (指标性质)."""

    AT_LEAST = "ge"
    AT_MOST = "le"
    EQUAL = "eq"
    QUALITATIVE = "ql"


class Direction(StrEnum):
    """Whether more is better (正向) or less is (反向)."""

    POSITIVE = "positive"
    REVERSE = "reverse"


class Formula(StrEnum):
    """How much of an indicator's weight a numeric result earns."""

    RATIO = "ratio"
    MIRRORED = "mirrored"
    ALL_OR_NOTHING = "all_or_nothing"


@dataclass(frozen=True)
class Band:
    """Shares from ``lower`` up to ``upper`` of a weight, both 0 to 1, that a qualitative level may earn."""

    level: str
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True)
class Grade:
    """A grade from ``lower`` points (of 100) up to where the next better one begins."""

    code: str
    lower: Decimal


@dataclass(frozen=True)
class Scheme:
    """``weights``: points by dimension, ``execution`` among them. ``grades``: best first."""

    weights: dict[str, Decimal]
    grades: tuple[Grade, ...]
    bands: tuple[Band, ...] = ()
    formula: Formula = Formula.RATIO
    reverse_formula: Formula = Formula.RATIO
    # Shares of the target, as ratios: above the first a target is called too easy, below the second a reason is due.
    over_achievement: Decimal = Decimal("1.3")
    reason_below: Decimal = Decimal("0.9")

    def __post_init__(self) -> None:
        total = sum(self.weights.values(), NOUGHT)
        if total != HUNDRED or any(weight < 0 for weight in self.weights.values()):
            raise SchemeError(f"the weights have to be 0 or more and come to 100, not {total}")
        lowers = [grade.lower for grade in self.grades]
        if not lowers or lowers != sorted(set(lowers), reverse=True) or lowers[-1] != 0:
            raise SchemeError("the grades have to go down to 0, each beginning below the one before")
        for band in self.bands:
            if not 0 <= band.lower <= band.upper <= 1:
                raise SchemeError(f"the band {band.level} has to lie between 0 and 1")


@dataclass(frozen=True)
class Result:
    """What one indicator set out to reach and what it reached. ``actual`` is None while nothing is reported.

    A qualitative result has a ``level`` and the ``share`` of the weight that was awarded within the level's band.
    """

    weight: Decimal
    operator: Operator
    direction: Direction = Direction.POSITIVE
    target: Decimal | None = None
    actual: Decimal | None = None
    level: str = ""
    share: Decimal | None = None


@dataclass(frozen=True)
class Score:
    """``points`` out of ``out_of``. What could not be scored counts in neither."""

    points: Decimal
    out_of: Decimal

    @property
    def rate(self) -> Decimal | None:
        """Points as a share of what could be reached, 0 to 1; None when nothing could be scored."""
        return self.points / self.out_of if self.out_of else None

    @property
    def of_100(self) -> Decimal | None:
        """The score as it is published: of 100, with two decimals."""
        return None if self.rate is None else in_cents(self.rate * HUNDRED)


def in_cents(number: Decimal) -> Decimal:
    """Two decimals, a half upwards: 59.995 is 60.00."""
    return number.quantize(CENT, ROUND_HALF_UP)


def execution_rate(full_year: int | None, executed: int | None) -> Decimal | None:
    """执行率 = B/A over the full-year (adjusted) budget; None where there was no budget. Amounts in minor units."""
    if not full_year or executed is None:
        return None
    return Decimal(executed) / Decimal(full_year)


def execution_score(full_year: int | None, executed: int | None, weight: Decimal) -> Decimal | None:
    """min(1, B/A) of the weight; None, and neither 0 nor full marks, where there was no budget to execute."""
    rate = execution_rate(full_year, executed)
    return None if rate is None else in_cents(_clamped(rate) * weight)


def indicator_score(result: Result, scheme: Scheme) -> Decimal | None:
    """Points of one indicator, 0 to its weight; None while nothing is reported.

    Raises ``SchemeError`` for a qualitative share outside the band of its level.
    """
    share = achieved_share(result, scheme)
    return None if share is None else in_cents(share * result.weight)


def achieved_share(result: Result, scheme: Scheme) -> Decimal | None:
    """The share of its weight, 0 to 1, that a result earns by the scheme; None while nothing is reported."""
    if result.operator is Operator.QUALITATIVE:
        return _qualitative_share(result, scheme)
    if result.actual is None or result.target is None:
        return None
    if result.direction is Direction.REVERSE:
        return _SHARES[scheme.reverse_formula](result.target, result.actual, True)
    return _SHARES[scheme.formula](result.target, result.actual, False)


def _qualitative_share(result: Result, scheme: Scheme) -> Decimal | None:
    if not result.level:
        return None
    band = next((band for band in scheme.bands if band.level == result.level), None)
    if band is None:
        raise SchemeError(f"the scheme has no level {result.level}")
    if result.share is None:
        return band.upper
    if not band.lower <= result.share <= band.upper:
        raise SchemeError(f"{result.level} earns between {band.lower} and {band.upper}, not {result.share}")
    return result.share


def _clamped(share: Decimal) -> Decimal:
    return min(ONE, max(NOUGHT, share))


def _is_reached(target: Decimal, actual: Decimal, is_reverse: bool) -> bool:
    return actual <= target if is_reverse else actual >= target


def _ratio(target: Decimal, actual: Decimal, is_reverse: bool) -> Decimal:
    # Against a target of 0 or below there is no ratio: it is reached or it is not.
    if _is_reached(target, actual, is_reverse):
        return ONE
    if target <= 0:
        return NOUGHT
    return _clamped(target / actual if is_reverse else actual / target)


def _mirrored(target: Decimal, actual: Decimal, is_reverse: bool) -> Decimal:
    """Going over by as much as the target itself earns nothing: clamp((2A-B)/A), as the city of Madrid does."""
    if not is_reverse:
        return _ratio(target, actual, is_reverse)
    if _is_reached(target, actual, is_reverse):
        return ONE
    if target <= 0:
        return NOUGHT
    return _clamped((2 * target - actual) / target)


def _all_or_nothing(target: Decimal, actual: Decimal, is_reverse: bool) -> Decimal:
    return ONE if _is_reached(target, actual, is_reverse) else NOUGHT


_SHARES: dict[Formula, Callable[[Decimal, Decimal, bool], Decimal]] = {
    Formula.RATIO: _ratio,
    Formula.MIRRORED: _mirrored,
    Formula.ALL_OR_NOTHING: _all_or_nothing,
}


def total_score(scored: Iterable[tuple[Decimal | None, Decimal]]) -> Score:
    """Add up (points, weight) pairs, leaving out what could not be scored."""
    known = [(points, weight) for points, weight in scored if points is not None]
    return Score(sum((points for points, _ in known), NOUGHT), sum((weight for _, weight in known), NOUGHT))


def grade_of(score: Decimal, scheme: Scheme) -> Grade:
    """The grade of a score of 100. Bounds are half-open, and 89.995 is 90.00 before it is graded."""
    rounded = in_cents(score)
    if not 0 <= rounded <= HUNDRED:
        raise ValueError("a score lies between 0 and 100")
    return next(grade for grade in scheme.grades if rounded >= grade.lower)


def is_target_too_easy(result: Result, scheme: Scheme) -> bool:
    """Whether the result is so far over its target that the target, not the result, is remarkable (目标偏低)."""
    if result.operator is Operator.QUALITATIVE or result.actual is None or not result.target or result.target < 0:
        return False
    if result.direction is Direction.REVERSE:
        return result.actual >= 0 and result.actual * scheme.over_achievement < result.target
    return result.actual > result.target * scheme.over_achievement
