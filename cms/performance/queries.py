"""What a programme set out to do in a year, and what it reached."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from cms.budget.models import Programme
from cms.performance.models import Goal, Indicator, ProgrammeYear

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


@dataclass(frozen=True)
class IndicatorReading:
    """An indicator with its target and what was reached. ``is_met`` is None while nothing has been reported."""

    indicator: Indicator

    @property
    def is_met(self) -> bool | None:
        return is_met(self.indicator)

    @property
    def target(self) -> Decimal:
        return without_trailing_zeros(self.indicator.target)

    @property
    def actual(self) -> Decimal | None:
        return None if self.indicator.actual is None else without_trailing_zeros(self.indicator.actual)


@dataclass(frozen=True)
class GoalReading:
    goal: Goal
    indicators: list[IndicatorReading]


@dataclass(frozen=True)
class YearReading:
    """A programme's year: its goals, how many of its indicators were met, and the score it gave itself (自评)."""

    year: ProgrammeYear
    goals: list[GoalReading]

    @property
    def self_score(self) -> Decimal | None:
        return None if self.year.self_score is None else without_trailing_zeros(self.year.self_score)

    @property
    def reported(self) -> int:
        return sum(reading.is_met is not None for goal in self.goals for reading in goal.indicators)

    @property
    def met(self) -> int:
        return sum(reading.is_met is True for goal in self.goals for reading in goal.indicators)


def without_trailing_zeros(number: Decimal) -> Decimal:
    """A stored number as people write it: 98.5 for 98.5000, and 100 for 100.0000 (never 1E+2)."""
    whole = number.to_integral_value()
    return whole if whole == number else number.normalize()


def is_met(indicator: Indicator) -> bool | None:
    """Whether the target was reached, by the indicator's own operator (≥, ≤, =)."""
    if indicator.actual is None:
        return None
    match indicator.operator:
        case Indicator.Operator.AT_LEAST:
            return indicator.actual >= indicator.target
        case Indicator.Operator.AT_MOST:
            return indicator.actual <= indicator.target
    return indicator.actual == indicator.target


def years_of_programme(
    programme: Programme, reader: User | AnonymousUser, fiscal_year: int | None = None
) -> list[YearReading]:
    """The years that the reader may see, newest first, or one of them; a fixed number of queries."""
    goals = Goal.objects.order_by("pk").prefetch_related(
        Prefetch("indicators", Indicator.objects.order_by("dimension", "pk"))
    )
    years = ProgrammeYear.objects.visible_to(reader).filter(programme=programme)
    if fiscal_year is not None:
        years = years.filter(fiscal_year=fiscal_year)
    return [
        YearReading(
            year,
            [
                GoalReading(goal, [IndicatorReading(indicator) for indicator in goal.indicators.all()])
                for goal in year.goals.all()
            ],
        )
        for year in years.order_by("-fiscal_year").prefetch_related(Prefetch("goals", goals))
    ]
