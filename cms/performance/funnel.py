"""The disclosure funnel (预算绩效管理情况): with goals, tracked, self-evaluated, and what was found and put right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cms.budget.models import Department, Government
from cms.performance.models import ProgrammeYear
from cms.performance.queries import YearReading, readings_of
from cms.performance.schemes import SchemeGrade
from cms.performance.scoring import in_cents

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


@dataclass(frozen=True)
class Station:
    """How many programmes came this far, and their full-year budgets. None: no amount was reported for any of them."""

    count: int
    amount: int | None


@dataclass(frozen=True)
class Funnel:
    """A department's year. ``grades``: every grade of the scheme, the best first, with how many gave it themselves."""

    fiscal_year: int
    currency: str
    programmes: Station
    with_goals: Station
    tracked: Station
    self_evaluated: Station
    mean: Decimal | None
    grades: list[tuple[SchemeGrade, int]]
    with_problems: Station
    problems_found: int | None
    problems_fixed: int | None
    problems_open: int | None
    differing: list[YearReading]
    too_easy: list[YearReading]
    without_reason: list[YearReading]

    @property
    def is_too_good(self) -> bool:
        """Every programme with the best grade, and no problem found (全优、零问题): worth a second look."""
        if not self.grades or not self.self_evaluated.count:
            return False
        return self.grades[0][1] == self.self_evaluated.count and not self.problems_found

    @property
    def stations(self) -> list[tuple[str, Station]]:
        return [
            ("with_goals", self.with_goals),
            ("tracked", self.tracked),
            ("self_evaluated", self.self_evaluated),
        ]


def funnel_of(department: Department, reader: User | AnonymousUser, fiscal_year: int | None = None) -> Funnel | None:
    """A department's funnel for a year, by default the newest that was self-evaluated; a fixed number of queries."""
    years = ProgrammeYear.objects.visible_to(reader).filter(programme__department=department)
    years = years.select_related("programme").order_by("-fiscal_year", "programme__code", "pk")
    readings = readings_of(years, department.government.name)
    wanted = fiscal_year or _newest(readings)
    found = [reading for reading in readings if reading.year.fiscal_year == wanted]
    return _counted(found) if found else None


def funnel_of_government(government: Government, reader: User | AnonymousUser, fiscal_year: int) -> Funnel | None:
    """The same over every department of a government; a fixed number of queries."""
    years = ProgrammeYear.objects.visible_to(reader).filter(
        programme__department__government=government, fiscal_year=fiscal_year
    )
    years = years.select_related("programme").order_by("programme__department__code", "programme__code", "pk")
    found = readings_of(years, government.name)
    return _counted(found) if found else None


def _newest(readings: Sequence[YearReading]) -> int | None:
    scored = [reading.year.fiscal_year for reading in readings if reading.year.self_score is not None]
    return max(scored or [reading.year.fiscal_year for reading in readings], default=None)


def _counted(found: Sequence[YearReading]) -> Funnel:
    scored = [reading for reading in found if reading.year.self_score is not None]
    scores = [reading.year.self_score for reading in scored if reading.year.self_score is not None]
    return Funnel(
        fiscal_year=found[0].year.fiscal_year,
        currency=found[0].year.currency,
        programmes=_station(found),
        with_goals=_station(reading for reading in found if any(goal.indicators for goal in reading.goals)),
        tracked=_station(reading for reading in found if reading.year.tracked_on),
        self_evaluated=_station(scored),
        mean=in_cents(sum(scores, Decimal(0)) / len(scores)) if scores else None,
        grades=_grades(scored),
        with_problems=_station(reading for reading in found if reading.year.problems_found),
        problems_found=_sum(reading.year.problems_found for reading in found),
        problems_fixed=_sum(reading.year.problems_fixed for reading in found),
        problems_open=_sum(reading.year.problems_open for reading in found),
        differing=[reading for reading in found if reading.stated_differs],
        too_easy=[reading for reading in found if reading.assessment and reading.assessment.too_easy],
        without_reason=[reading for reading in found if reading.owes_reason],
    )


def _station(readings: Iterable[YearReading]) -> Station:
    readings = list(readings)
    return Station(len(readings), _sum(reading.year.full_year for reading in readings))


def _sum(numbers: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _grades(scored: Sequence[YearReading]) -> list[tuple[SchemeGrade, int]]:
    """Counted by the scheme of the first: one department is graded by one scheme in a year."""
    assessments = [reading.assessment for reading in scored if reading.assessment]
    if not assessments:
        return []
    given = [assessment.stated_grade.code for assessment in assessments if assessment.stated_grade]
    return [(grade, given.count(grade.code)) for grade in assessments[0].scheme.grades.all()]
