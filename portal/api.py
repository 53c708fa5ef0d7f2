"""The open API: what the pages show, for programs. Read only, and through the same queries as the pages.

Amounts are integers in the minor unit of the currency beside them (分, cent); null means that nothing was published.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Query, Schema
from ninja.errors import ValidationError
from pydantic import Field

from cms.budget.models import Department, Line, Release
from cms.budget.queries import phases_of, releases_for, visible_release
from cms.budget.requests import reader_of
from portal.errors import GongzhiError, Invalid, NotFound

LINES_AT_ONCE = 500

api = NinjaAPI(
    title="Gongzhi",
    version="1",
    description=__doc__ or "",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)


class Window(Schema):
    """Which part of a list: ``limit`` rows after the first ``offset``."""

    limit: Annotated[int, Field(ge=1, le=LINES_AT_ONCE)] = 100
    offset: Annotated[int, Field(ge=0, le=2**31)] = 0


class GovernmentOut(Schema):
    name: str
    name_en: str
    is_fictitious: bool


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
    imported_at: datetime
    published_at: datetime | None
    url: Annotated[str, Field(validation_alias="get_absolute_url")]


class DepartmentOut(Schema):
    row_id: UUID
    government: GovernmentOut
    code: str
    name: str
    name_en: str
    url: Annotated[str, Field(validation_alias="get_absolute_url")]


class PartOut(Schema):
    """The department or programme of a line."""

    row_id: UUID
    code: str
    name: str
    name_en: str


class LineOut(Schema):
    row_id: UUID
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


class ReleasesOut(Schema):
    count: int
    items: list[ReleaseOut]


class DepartmentsOut(Schema):
    count: int
    items: list[DepartmentOut]


class LinesOut(Schema):
    count: int
    currency: str
    items: list[LineOut]


@api.get("/releases", response=ReleasesOut, summary="Published budgets, newest year first")
def releases(request: HttpRequest, window: Query[Window]) -> dict[str, Any]:
    found = releases_for(reader_of(request))
    return {"count": found.count(), "items": found[window.offset : window.offset + window.limit]}


@api.get("/releases/{uuid:row_id}", response=ReleaseOut, summary="One published budget")
def release(request: HttpRequest, row_id: UUID) -> Release:
    return visible_release(row_id, reader_of(request))


@api.get(
    "/releases/{uuid:row_id}/lines", response=LinesOut, summary="The lines of a budget, in the order of its source"
)
def lines(request: HttpRequest, row_id: UUID, window: Query[Window]) -> dict[str, Any]:
    found = visible_release(row_id, reader_of(request))
    facts = found.lines.filter(is_leaf=True).select_related("release", "department", "programme").order_by("row_number")
    return {
        "count": facts.count(),
        "currency": found.currency,
        "items": facts[window.offset : window.offset + window.limit],
    }


@api.get("/departments", response=DepartmentsOut, summary="Departments that have published a budget")
def departments(request: HttpRequest, window: Query[Window]) -> dict[str, Any]:
    found = (
        Department.objects.visible_to(reader_of(request))
        .select_related("government")
        .order_by("government", "code", "pk")
    )
    return {"count": found.count(), "items": found[window.offset : window.offset + window.limit]}


@api.get("/", include_in_schema=False, url_name="home")
def home(request: HttpRequest) -> HttpResponse:
    """The operations on a plain page: the usual interactive ones need scripts that the site's policy forbids."""
    paths = api.get_openapi_schema()["paths"]
    operations = [
        {"method": method.upper(), "path": path, "summary": details["summary"], "parameters": details["parameters"]}
        for path, methods in paths.items()
        for method, details in methods.items()
    ]
    return render(request, "portal/api.html", {"operations": operations, "limit": LINES_AT_ONCE})


@api.exception_handler(GongzhiError)
def refused(request: HttpRequest, error: GongzhiError) -> HttpResponse:
    return api.create_response(request, error.as_json(), status=error.status)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refused(request, NotFound())


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = [{"field": str(problem["loc"][-1]), "message": problem["msg"]} for problem in error.errors]
    return refused(request, Invalid(_("A parameter of the request is not right."), problems=problems))
