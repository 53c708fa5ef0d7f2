"""What a programme set out to do in a year, what it reached, and how that scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from cms.budget.models import Programme
from cms.performance.assessments import Assessment, assess, needs_reason, scheme_for
from cms.performance.models import Goal, Indicator, ProgrammeYear, SheetUpload
from cms.performance.schemes import ScoringScheme
from cms.performance.scoring import execution_rate
from cms.performance.sheets.checking import check_sheet
from cms.performance.sheets.layout import Sheet
from cms.performance.sheets.reading import Reading, read_sheet
from cms.performance.sheets.records import sheet_of
from portal.errors import NotFound

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

# Two scores that differ by no more are the same, rounded twice.
ROUNDING = Decimal("0.01")


@dataclass(frozen=True)
class IndicatorReading:
    """An indicator with its target and what was reached. ``is_met`` is None while nothing has been reported.

    ``points`` are those that the scheme of its year gives it; None where they cannot be computed.
    """

    indicator: Indicator
    points: Decimal | None = None
    is_too_easy: bool = False

    @property
    def is_met(self) -> bool | None:
        return is_met(self.indicator)

    @property
    def is_in_words(self) -> bool:
        return self.indicator.operator == Indicator.Operator.QUALITATIVE

    @property
    def target(self) -> Decimal | None:
        return None if self.indicator.target is None else without_trailing_zeros(self.indicator.target)

    @property
    def stated_differs(self) -> bool:
        stated = self.indicator.stated_points
        return stated is not None and self.points is not None and abs(stated - self.points) > ROUNDING

    @property
    def actual(self) -> Decimal | None:
        return None if self.indicator.actual is None else without_trailing_zeros(self.indicator.actual)


@dataclass(frozen=True)
class GoalReading:
    goal: Goal
    indicators: list[IndicatorReading]


@dataclass(frozen=True)
class YearReading:
    """A programme's year: its goals, how many of its indicators were met, and the score it gave itself (自评).

    ``assessment`` is what the scheme of the year makes of it; None where no scheme is in force.
    """

    year: ProgrammeYear
    goals: list[GoalReading]
    assessment: Assessment | None = None

    @property
    def execution_rate(self) -> Decimal | None:
        return execution_rate(self.year.full_year, self.year.executed)

    @property
    def owes_reason(self) -> bool:
        """Whether the department has to say why so little was spent, and has not."""
        return self.assessment is not None and needs_reason(self.year, self.assessment.scheme)

    @property
    def stated_differs(self) -> bool:
        difference = self.assessment.difference if self.assessment else None
        return difference is not None and abs(difference) > ROUNDING

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
    """Whether the target was reached, by the indicator's operator (≥, ≤, =) or, where it is in words, by its level."""
    if indicator.operator == Indicator.Operator.QUALITATIVE:
        return indicator.level == Indicator.Level.ACHIEVED if indicator.level else None
    if indicator.actual is None or indicator.target is None:
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
    years = ProgrammeYear.objects.visible_to(reader).filter(programme=programme)
    if fiscal_year is not None:
        years = years.filter(fiscal_year=fiscal_year)
    return readings_of(years.order_by("-fiscal_year"), programme.department.government.name)


def readings_of(years: QuerySet[ProgrammeYear], jurisdiction: str) -> list[YearReading]:
    """Years of one jurisdiction with their goals, indicators and scores, in their order; a fixed number of queries."""
    schemes = list(ScoringScheme.objects.with_rules())
    return [_reading_of(year, schemes, jurisdiction) for year in _with_goals(years)]


def readings_of_years(years: QuerySet[ProgrammeYear]) -> list[YearReading]:
    """The same for years of several jurisdictions, each by the rules of its own government."""
    schemes = list(ScoringScheme.objects.with_rules())
    found = _with_goals(years.select_related("programme__department__government"))
    return [_reading_of(year, schemes, year.programme.department.government.name) for year in found]


def _with_goals(years: QuerySet[ProgrammeYear]) -> list[ProgrammeYear]:
    goals = Goal.objects.order_by("pk").prefetch_related(
        Prefetch("indicators", Indicator.objects.order_by("dimension", "pk"))
    )
    return list(years.prefetch_related(Prefetch("goals", goals)))


def _reading_of(year: ProgrammeYear, schemes: Iterable[ScoringScheme], jurisdiction: str) -> YearReading:
    goals = [
        GoalReading(goal, [IndicatorReading(indicator) for indicator in goal.indicators.all()])
        for goal in year.goals.all()
    ]
    scheme = next((s for s in schemes if s.pk == year.scheme_id), None)
    scheme = scheme or scheme_for(schemes, year.fiscal_year, jurisdiction)
    if scheme is None:
        return YearReading(year, goals)
    assessment = assess(year, [item.indicator for goal in goals for item in goal.indicators], scheme)
    easy = {indicator.pk for indicator in assessment.too_easy}
    scored = [
        GoalReading(
            goal.goal,
            [
                replace(item, points=assessment.points[item.indicator.pk], is_too_easy=item.indicator.pk in easy)
                for item in goal.indicators
            ],
        )
        for goal in goals
    ]
    return YearReading(year, scored, assessment)


def scheme_of_year(year: ProgrammeYear) -> ScoringScheme | None:
    """The scheme that a year was scored by, or the one that is in force for it."""
    if year.scheme_id:
        return ScoringScheme.objects.with_rules().get(pk=year.scheme_id)
    government = year.programme.department.government
    return scheme_for(ScoringScheme.objects.with_rules(), year.fiscal_year, government.name)


def year_found(programme: Programme, fiscal_year: int, reader: User | AnonymousUser) -> ProgrammeYear:
    """Raises ``NotFound`` where there is none that the reader may see."""
    years = ProgrammeYear.objects.visible_to(reader).select_related("programme__department__government")
    year = years.filter(programme=programme, fiscal_year=fiscal_year).first()
    if year is None:
        raise NotFound
    return year


def sheet_of_year(year: ProgrammeYear) -> Sheet:
    """A year as a sheet, with an empty one for a year that nothing was entered for."""
    goals = list(year.goals.order_by("pk").prefetch_related("indicators")) if year.pk else []
    return sheet_of(
        year,
        [(goal, sorted(goal.indicators.all(), key=lambda indicator: indicator.pk)) for goal in goals],
        scheme_of_year(year),
    )


def upload_found(row_id: UUID, reader: User | AnonymousUser) -> SheetUpload:
    """Raises ``NotFound`` for a sheet that is not there, or is somebody else's to see."""
    uploads = SheetUpload.objects.visible_to(reader).select_related("programme__department__government")
    upload = uploads.filter(row_id=row_id).first()
    if upload is None:
        raise NotFound
    return upload


def check_upload(upload: SheetUpload) -> Reading:
    """A kept sheet with everything that is to be said about it."""
    reading = read_sheet(bytes(upload.content), fiscal_year=upload.fiscal_year)
    year = ProgrammeYear.objects.filter(programme=upload.programme, fiscal_year=upload.fiscal_year).first()
    stored = Indicator.objects.filter(goal__programme_year=year).order_by("pk") if year else Indicator.objects.none()
    more = check_sheet(
        reading.sheet,
        programme=upload.programme,
        fiscal_year=upload.fiscal_year,
        scheme=scheme_of_year(year or ProgrammeYear(programme=upload.programme, fiscal_year=upload.fiscal_year)),
        stored=list(stored),
    )
    return Reading(reading.sheet, (*reading.messages, *more))


def reportable_years(user: User) -> QuerySet[ProgrammeYear]:
    """The years that somebody may hand in a sheet for: an officer those of the own department."""
    years = ProgrammeYear.objects.visible_to(user).select_related("programme__department__government")
    if not user.has_role("editor", "reviewer"):
        departments = user.appointments.current().filter(role="officer").values("department")
        years = years.filter(programme__department__in=departments)
    return years.order_by("-fiscal_year", "programme__department__code", "programme__code", "pk")


def waiting_uploads(user: User) -> QuerySet[SheetUpload]:
    """Sheets that were uploaded and not taken over."""
    uploads = SheetUpload.objects.visible_to(user).filter(confirmed_at=None)
    return uploads.select_related("programme__department").defer("content")


def programme_found(row_id: UUID, reader: User | AnonymousUser) -> Programme:
    """Raises ``NotFound`` where there is none that the reader may see."""
    programmes = Programme.objects.visible_to(reader).select_related("department__government")
    programme = programmes.filter(row_id=row_id).first()
    if programme is None:
        raise NotFound
    return programme
