"""Indicators and scores of all programmes as two lists: what is asked of them, their pages and their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from cms.budget.models import Department, Government, Line, Release, ReleaseQuerySet
from cms.budget.queries import Reader
from cms.performance.models import Indicator, ProgrammeYear
from cms.performance.queries import YearReading, is_met, readings_of_years
from portal.currency import in_major_units

ROWS_AT_ONCE = 500
INDICATOR_COLUMNS = (
    *("government", "department", "programme_id", "programme", "fiscal_year", "goal", "dimension", "category"),
    *("indicator_id", "indicator", "operator", "direction", "unit", "weight", "baseline", "target", "target_text"),
    *("actual", "actual_text", "level", "met", "evidence", "deviation_reason", "corrective_action"),
)
SCORE_COLUMNS = (
    *("government", "department", "programme_id", "programme", "fiscal_year", "currency", "initial", "full_year"),
    *("executed", "execution_rate", "self_score", "computed_score", "scheme", "grade", "indicators_reported"),
    *("indicators_met", "problems_found", "problems_fixed", "problems_open"),
)
Value = str | int | Decimal | None


@dataclass(frozen=True)
class Asked:
    """Which programmes' years. Whatever is unknown in an address is left out, never an error."""

    year: int | None = None
    government: int | None = None
    department: UUID | None = None
    programme: UUID | None = None
    dimension: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Asked:
        dimension = query.get("dimension", "")
        return cls(
            _number(query.get("year", "")),
            _number(query.get("government", "")),
            _row_id(query.get("department", "")),
            _row_id(query.get("programme", "")),
            dimension if dimension in Indicator.Dimension.values else "",
        )

    @property
    def address(self) -> str:
        """The query string that asks this again."""
        told = {name: str(value) for name, value in vars(self).items() if value}
        return f"?{urlencode(told)}" if told else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _row_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def years_in(
    releases: ReleaseQuerySet, reader: Reader, *, department: UUID | None = None, programme: UUID | None = None
) -> QuerySet[ProgrammeYear]:
    """The years of programmes that have a line in one of the releases of that year."""
    lines = Line.objects.filter(
        programme=OuterRef("programme"), release__fiscal_year=OuterRef("fiscal_year"), release__in=releases
    )
    found: QuerySet[ProgrammeYear] = ProgrammeYear.objects.visible_to(reader).filter(Exists(lines))
    if programme:
        found = found.filter(programme__row_id=programme)
    if department:
        found = found.filter(programme__department__row_id=department)
    return found


def years_asked(asked: Asked, reader: Reader) -> QuerySet[ProgrammeYear]:
    releases = Release.objects.visible_to(reader)
    if asked.year is not None:
        releases = releases.filter(fiscal_year=asked.year)
    if asked.government is not None:
        # By its own key: a number beyond the column's range finds nothing there, and breaks a lookup by foreign key.
        releases = releases.filter(government__in=Government.objects.filter(pk=asked.government))
    found = years_in(releases, reader, department=asked.department, programme=asked.programme)
    return found.order_by("-fiscal_year", "programme__department__code", "programme__code", "pk")


def indicators_asked(asked: Asked, reader: Reader) -> QuerySet[Indicator]:
    found = Indicator.objects.filter(goal__programme_year__in=years_asked(asked, reader).order_by())
    if asked.dimension:
        found = found.filter(dimension=asked.dimension)
    related = found.select_related("goal__programme_year__programme__department__government")
    return related.order_by("-goal__programme_year__fiscal_year", "goal__programme_year__programme__code", "pk")


@dataclass(frozen=True)
class Choices:
    years: list[int]
    governments: list[Government]
    departments: list[Department]


def choices_for(reader: Reader) -> Choices:
    """What has goals; three queries."""
    years = years_in(Release.objects.visible_to(reader), reader)
    departments = Department.objects.filter(programmes__in=years.values("programme")).distinct()
    governments = Government.objects.filter(departments__in=departments).distinct()
    return Choices(
        list(years.order_by("-fiscal_year").values_list("fiscal_year", flat=True).distinct()),
        list(governments.order_by("pk")),
        list(departments.order_by("government", "code", "name")),
    )


def indicator_rows(found: QuerySet[Indicator]) -> Iterator[list[Value]]:
    """Every indicator for a file, in the order of ``INDICATOR_COLUMNS``; some at a time."""
    for one in found.iterator(chunk_size=ROWS_AT_ONCE):
        year = one.goal.programme_year
        programme = year.programme
        met = is_met(one)
        yield [
            programme.department.government.name,
            programme.department.name,
            str(programme.row_id),
            programme.name,
            year.fiscal_year,
            one.goal.text,
            one.dimension,
            one.category,
            str(one.row_id),
            one.name,
            one.operator,
            one.direction,
            one.unit,
            one.weight,
            one.baseline,
            one.target,
            one.target_text,
            one.actual,
            one.actual_text,
            one.level,
            None if met is None else int(met),
            one.evidence,
            one.deviation_reason,
            one.corrective_action,
        ]


def score_rows(found: QuerySet[ProgrammeYear]) -> Iterator[list[Value]]:
    """Every programme's year for a file, in the order of ``SCORE_COLUMNS``; amounts in major units."""
    keys = list(found.values_list("pk", flat=True))
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = ProgrammeYear.objects.filter(pk__in=keys[start : start + ROWS_AT_ONCE])
        for reading in readings_of_years(some.order_by(*found.query.order_by)):
            yield _score(reading)


def _score(reading: YearReading) -> list[Value]:
    year, assessment = reading.year, reading.assessment
    programme: Any = year.programme

    def amount(value: int | None) -> Decimal | None:
        return None if value is None else in_major_units(value, year.currency)

    return [
        programme.department.government.name,
        programme.department.name,
        str(programme.row_id),
        programme.name,
        year.fiscal_year,
        year.currency,
        amount(year.initial),
        amount(year.full_year),
        amount(year.executed),
        None if reading.execution_rate is None else reading.execution_rate.quantize(Decimal("0.000001")),
        year.self_score,
        assessment.score if assessment else None,
        str(assessment.scheme) if assessment else None,
        assessment.grade.name if assessment and assessment.grade else None,
        reading.reported,
        reading.met,
        year.problems_found,
        year.problems_fixed,
        year.problems_open,
    ]
