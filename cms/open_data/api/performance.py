"""Open API: indicators (绩效指标) and the scores of programmes' years."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Schema
from pydantic import Field

from cms.budget.models import Programme
from cms.open_data.api.budget import GovernmentName, PartOut, Year, of_government_and_year
from cms.open_data.api.paging import Asked, ListOut, Window
from cms.open_data.indicators import years_in
from cms.performance.models import Indicator, ProgrammeYear
from cms.performance.queries import YearReading, is_met, readings_of_years

router = Router(tags=["performance"])


class PerformanceFilters(Window):
    year: Year | None = None
    government: GovernmentName = ""
    department: UUID | None = None
    programme: UUID | None = None


class IndicatorOut(Schema):
    """Numbers are exact decimals, written as text. ``met`` is null while nothing was reported."""

    row_id: UUID
    programme: Annotated[PartOut, Field(validation_alias="goal.programme_year.programme")]
    fiscal_year: Annotated[int, Field(validation_alias="goal.programme_year.fiscal_year")]
    goal: Annotated[str, Field(validation_alias="goal.text")]
    goal_en: Annotated[str, Field(validation_alias="goal.text_en")]
    dimension: str
    category: str
    name: str
    name_en: str
    operator: str
    direction: str
    unit: str
    weight: Decimal
    baseline: Decimal | None
    target: Decimal | None
    target_text: str
    actual: Decimal | None
    actual_text: str
    level: str
    met: bool | None
    evidence: str
    deviation_reason: str
    corrective_action: str

    @staticmethod
    def resolve_met(indicator: Indicator) -> bool | None:
        return is_met(indicator)


class ScoreOut(Schema):
    """A programme's year: the score that it gave itself, and the one that the published scheme comes to.

    Scores are of 100, rates are ratios; exact decimals, written as text. Amounts are in minor units of ``currency``.
    """

    row_id: UUID
    programme: PartOut
    department: PartOut
    fiscal_year: int
    currency: str
    initial: int | None
    full_year: int | None
    executed: int | None
    execution_rate: Decimal | None
    self_score: Decimal | None
    computed_score: Decimal | None
    scheme: str | None
    grade: str | None
    grade_en: str | None
    self_grade: str | None
    indicators_reported: int
    indicators_met: int
    problems_found: int | None
    problems_fixed: int | None
    problems_open: int | None
    url: str


class IndicatorsOut(ListOut):
    items: list[IndicatorOut]


class ScoresOut(ListOut):
    items: list[ScoreOut]


@router.get("/indicators", response=IndicatorsOut, summary=_("Targets of programmes, and what was reached"))
def indicators(request: HttpRequest, response: HttpResponse, filters: Query[PerformanceFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = Indicator.objects.filter(goal__programme_year__in=_years(asked, filters))
    return asked.page(found.select_related("goal__programme_year__programme"), ("pk",), response)


@router.get("/scores", response=ScoresOut, summary=_("Scores of programmes, year by year"))
def scores(request: HttpRequest, response: HttpResponse, filters: Query[PerformanceFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    return asked.page(_years(asked, filters), ("pk",), response, describe=_scored)


def _years(asked: Asked, filters: PerformanceFilters) -> Any:
    releases = of_government_and_year(asked.releases(), filters.government, filters.year)
    return years_in(releases, asked.reader, department=filters.department, programme=filters.programme)


def _scored(years: list[ProgrammeYear]) -> list[dict[str, Any]]:
    found = ProgrammeYear.objects.filter(pk__in=[year.pk for year in years]).order_by("pk")
    return [_described(reading) for reading in readings_of_years(found)]


def _described(reading: YearReading) -> dict[str, Any]:
    year, assessment = reading.year, reading.assessment
    programme: Programme = year.programme
    grade = assessment.grade if assessment else None
    own = assessment.stated_grade if assessment else None
    return {
        "row_id": year.row_id,
        "programme": programme,
        "department": programme.department,
        "fiscal_year": year.fiscal_year,
        "currency": year.currency,
        "initial": year.initial,
        "full_year": year.full_year,
        "executed": year.executed,
        "execution_rate": reading.execution_rate,
        "self_score": year.self_score,
        "computed_score": assessment.score if assessment else None,
        "scheme": str(assessment.scheme) if assessment else None,
        "grade": grade.name if grade else None,
        "grade_en": grade.name_en if grade else None,
        "self_grade": own.name if own else None,
        "indicators_reported": reading.reported,
        "indicators_met": reading.met,
        "problems_found": year.problems_found,
        "problems_fixed": year.problems_fixed,
        "problems_open": year.problems_open,
        "url": year.get_absolute_url(),
    }
