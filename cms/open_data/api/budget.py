"""Open API: governments, releases, lines, departments and programmes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Schema
from pydantic import Field

from cms.budget.line_table import cleaned, search_lines
from cms.budget.models import Department, Government, Line, LineQuerySet, Phase, Programme, Release, ReleaseQuerySet
from cms.budget.queries import phases_of, visible_department, visible_line, visible_programme, visible_release
from cms.budget.requests import reader_of
from cms.open_data.api.paging import Asked, ListOut, Window
from cms.open_data.queries import downloads_of
from portal.errors import Invalid

router = Router(tags=["budgets"])
PhaseName = Literal["proposed", "adopted", "adjusted", "committed", "executed"]
Code = Annotated[str, Field(max_length=64)]
Words = Annotated[str, Field(max_length=200, description=_("Every word in a name or code, in Chinese or English"))]
Year = Annotated[int, Field(ge=1900, le=2200)]
GovernmentName = Annotated[str, Field(max_length=200, description=_("Its name, in Chinese or English"))]
MinorUnits = Annotated[int, Field(ge=-(2**62), le=2**62, description=_("In minor units (分, cent)"))]


class GovernmentOut(Schema):
    name: str
    name_en: str
    is_fictitious: bool


class DownloadOut(Schema):
    """``size`` and ``sha256`` are null until the file has been made; ``refusal`` says why there is none."""

    format: str
    url: str
    media_type: str
    rows: int
    size: int | None
    sha256: str | None
    refusal: str


class ReleaseOut(Schema):
    row_id: UUID
    government: GovernmentOut
    fiscal_year: int
    version: int
    currency: str
    phases: list[str]
    totals: dict[str, int | None]
    lines: Annotated[int, Field(validation_alias="line_count")]
    source_name: str
    source_sha256: str
    source_bytes: int
    as_of: date | None
    imported_at: datetime
    published_at: datetime | None
    url: Annotated[str, Field(validation_alias="get_absolute_url")]


class WholeReleaseOut(ReleaseOut):
    downloads: list[DownloadOut]

    @staticmethod
    def resolve_downloads(release: Release) -> list[Any]:
        return downloads_of(release)


class DepartmentOut(Schema):
    row_id: UUID
    government: GovernmentOut
    code: str
    name: str
    name_en: str
    url: Annotated[str, Field(validation_alias="get_absolute_url")]


class PartOut(Schema):
    """The department or programme of something."""

    row_id: UUID
    code: str
    name: str
    name_en: str


class ProgrammeOut(Schema):
    row_id: UUID
    government: Annotated[GovernmentOut, Field(validation_alias="department.government")]
    department: PartOut
    code: str
    name: str
    name_en: str
    url: Annotated[str, Field(validation_alias="get_absolute_url")]


class LineOut(Schema):
    row_id: UUID
    release: Annotated[UUID, Field(validation_alias="release.row_id")]
    government: Annotated[str, Field(validation_alias="release.government.name")]
    fiscal_year: Annotated[int, Field(validation_alias="release.fiscal_year")]
    currency: Annotated[str, Field(validation_alias="release.currency")]
    row: Annotated[int, Field(validation_alias="row_number")]
    department: PartOut | None
    programme: PartOut | None
    functional_code: str
    functional: Annotated[str, Field(validation_alias="functional_name")]
    economic_code: str
    economic: Annotated[str, Field(validation_alias="economic_name")]
    fund: str
    note: str
    amounts: dict[str, int | None]
    url: Annotated[str, Field(validation_alias="get_absolute_url")]

    @staticmethod
    def resolve_amounts(line: Line) -> dict[str, int | None]:
        return {str(phase): getattr(line, phase) for phase in phases_of(line.release)}


class GovernmentsOut(ListOut):
    items: list[GovernmentOut]


class ReleasesOut(ListOut):
    items: list[ReleaseOut]


class DepartmentsOut(ListOut):
    items: list[DepartmentOut]


class ProgrammesOut(ListOut):
    items: list[ProgrammeOut]


class LinesOut(ListOut):
    items: list[LineOut]


class ReleaseFilters(Window):
    year: Year | None = None
    government: GovernmentName = ""
    versions: Annotated[
        Literal["newest", "all"], Field(description=_("Only the last version of each year, or all"))
    ] = "all"


class DepartmentFilters(Window):
    year: Year | None = None
    government: GovernmentName = ""
    q: Words = ""


class ProgrammeFilters(DepartmentFilters):
    department: UUID | None = None


class LineFilters(Window):
    department: UUID | None = None
    programme: UUID | None = None
    functional: Annotated[Code, Field(description=_("Beginning of the functional code: 205 finds 2050202"))] = ""
    economic: Annotated[Code, Field(description=_("Beginning of the economic code"))] = ""
    phase: Annotated[
        PhaseName | None, Field(description=_("Lines with an amount in it; what min and max are about"))
    ] = None
    min: MinorUnits | None = None
    max: MinorUnits | None = None
    q: Words = ""


class AllLineFilters(LineFilters):
    year: Year | None = None
    government: GovernmentName = ""
    versions: Annotated[
        Literal["newest", "all"],
        Field(description=_("`all` repeats the lines of years that were corrected")),
    ] = "newest"


@router.get("/governments", response=GovernmentsOut, summary=_("Governments that have published a budget"))
def governments(request: HttpRequest, response: HttpResponse, window: Query[Window]) -> dict[str, Any]:
    asked = Asked(request, window)
    found = Government.objects.filter(pk__in=asked.releases().values("government"))
    return asked.page(found, ("pk",), response)


@router.get("/releases", response=ReleasesOut, summary=_("Published budgets, newest year first"))
def releases(request: HttpRequest, response: HttpResponse, filters: Query[ReleaseFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = asked.releases(newest_only=filters.versions == "newest").select_related("government")
    found = of_government_and_year(found, filters.government, filters.year)
    return asked.page(found, ("-fiscal_year", "government_id", "-version", "pk"), response)


@router.get(
    "/releases/{uuid:row_id}",
    response=WholeReleaseOut,
    summary=_("One published budget"),
    url_name="release",
)
def release(request: HttpRequest, row_id: UUID) -> Release:
    return visible_release(row_id, reader_of(request))


@router.get(
    "/releases/{uuid:row_id}/lines",
    response=LinesOut,
    summary=_("The lines of a budget, in the order of its source"),
)
def lines_of_release(
    request: HttpRequest, response: HttpResponse, row_id: UUID, filters: Query[LineFilters]
) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = visible_release(row_id, asked.reader)
    lines = narrowed(Line.objects.filter(release=found), filters)
    return asked.page(lines, ("row_number",), response)


@router.get("/lines", response=LinesOut, summary=_("Lines of every budget, of the newest version of each year"))
def lines(request: HttpRequest, response: HttpResponse, filters: Query[AllLineFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = asked.releases(newest_only=filters.versions == "newest")
    found = of_government_and_year(found, filters.government, filters.year)
    return asked.page(narrowed(Line.objects.filter(release__in=found), filters), ("pk",), response)


@router.get("/lines/{uuid:row_id}", response=LineOut, summary=_("One line"))
def line(request: HttpRequest, row_id: UUID) -> Line:
    return visible_line(row_id, reader_of(request))


@router.get("/departments", response=DepartmentsOut, summary=_("Departments that have published a budget"))
def departments(request: HttpRequest, response: HttpResponse, filters: Query[DepartmentFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    shown = of_government_and_year(asked.releases(), filters.government, filters.year)
    in_lines = Line.objects.filter(department=OuterRef("pk"), release__in=shown)
    found = named_like(Department.objects.filter(Exists(in_lines)), filters.q).select_related("government")
    return asked.page(found, ("government_id", "code", "pk"), response)


@router.get("/departments/{uuid:row_id}", response=DepartmentOut, summary=_("One department"))
def department(request: HttpRequest, row_id: UUID) -> Department:
    return visible_department(row_id, reader_of(request))


@router.get("/programmes", response=ProgrammesOut, summary=_("Programmes, which keep their identity over the years"))
def programmes(request: HttpRequest, response: HttpResponse, filters: Query[ProgrammeFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    shown = of_government_and_year(asked.releases(), filters.government, filters.year)
    in_lines = Line.objects.filter(programme=OuterRef("pk"), release__in=shown)
    found = named_like(Programme.objects.filter(Exists(in_lines)), filters.q)
    if filters.department:
        found = found.filter(department__row_id=filters.department)
    return asked.page(found.select_related("department__government"), ("department_id", "code", "pk"), response)


@router.get("/programmes/{uuid:row_id}", response=ProgrammeOut, summary=_("One programme"))
def programme(request: HttpRequest, row_id: UUID) -> Programme:
    return visible_programme(row_id, reader_of(request))


def of_government_and_year(found: ReleaseQuerySet, government: str, year: int | None) -> ReleaseQuerySet:
    if government:
        found = found.filter(Q(government__name=government) | Q(government__name_en__iexact=government))
    return found if year is None else found.filter(fiscal_year=year)


def named_like(found: QuerySet[Any], text: str) -> QuerySet[Any]:
    for word in cleaned(text).split():
        found = found.filter(Q(name__icontains=word) | Q(name_en__icontains=word) | Q(code__icontains=word))
    return found


def narrowed(found: LineQuerySet, filters: LineFilters) -> LineQuerySet:
    """The facts among some lines that a question is about."""
    found = found.facts().select_related("release__government", "department", "programme")
    exact = {"department__row_id": filters.department, "programme__row_id": filters.programme}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    begins = {"functional_code__startswith": filters.functional, "economic_code__startswith": filters.economic}
    found = found.filter(**{name: value for name, value in begins.items() if value})
    if filters.phase is None and (filters.min is not None or filters.max is not None):
        message = gettext("min and max are about one phase: add phase=adopted, for example.")
        raise Invalid(message, problems=[{"field": "phase", "message": message}])
    if filters.phase:
        name = Phase(filters.phase).value
        bounds = {f"{name}__gte": filters.min, f"{name}__lte": filters.max}
        found = found.filter(**{f"{name}__isnull": False})
        found = found.filter(**{bound: value for bound, value in bounds.items() if value is not None})
    return search_lines(found, filters.q) if filters.q else found
