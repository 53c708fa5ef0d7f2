"""The open API: what the pages show, for programs. Read only, and through the same queries as the pages.

Amounts are integers in the minor unit of the currency beside them (分, cent); null means that nothing was published.
"""

from copy import deepcopy
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema

from cms.open_data.api import analysis, budget, performance, reference
from cms.open_data.api.paging import ROWS, ROWS_AT_MOST
from participation import open_api as participation
from portal.errors import (
    Closed,
    Conflict,
    GongzhiError,
    Invalid,
    NotAllowed,
    NotFound,
    SignInRequired,
    TooManyRequests,
    problem_response,
)


class OpenApi(NinjaAPI):
    """Describes itself in the language of the request."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = deepcopy(super().get_openapi_schema(**options))
        for methods in schema["paths"].values():
            for operation in methods.values():
                parts = [operation, *operation["parameters"], *(found["schema"] for found in operation["parameters"])]
                for part in parts:
                    part.update({name: _(part[name]) for name in ("summary", "description") if part.get(name)})
        return schema


api = OpenApi(
    title="Gongzhi",
    version="1",
    description=__doc__ or "",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)
for router in (budget.router, performance.router, reference.router, analysis.router, participation.router):
    api.add_router("", router)
PROBLEMS = (Invalid, SignInRequired, NotAllowed, NotFound, Conflict, Closed, TooManyRequests)


@api.get("/", include_in_schema=False, url_name="home")
def home(request: HttpRequest) -> HttpResponse:
    """The operations on a plain page: the usual interactive ones need scripts that the site's policy forbids."""
    with override(_language(request)):
        return _described(request)


def _described(request: HttpRequest) -> HttpResponse:
    paths = api.get_openapi_schema()["paths"]
    operations = [
        {"method": method.upper(), "path": path, "summary": details["summary"], "parameters": details["parameters"]}
        for path, methods in paths.items()
        for method, details in methods.items()
    ]
    context = {"operations": operations, "limit": ROWS_AT_MOST, "usual": ROWS, "problems": PROBLEMS}
    return render(request, "portal/api.html", context)


def _language(request: HttpRequest) -> str | None:
    """What ``language`` asks for; the page has one address, and a browser's own choice may not be its reader's."""
    asked = request.GET.get("language")
    return asked if asked in dict(settings.LANGUAGES) else get_language()


@api.exception_handler(GongzhiError)
def refused(request: HttpRequest, error: GongzhiError) -> HttpResponse:
    return problem_response(request, error)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refused(request, NotFound())


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = [{"field": str(problem["loc"][-1]), "message": in_words(problem)} for problem in error.errors]
    return refused(request, Invalid(_("A parameter of the request is not right."), problems=problems))


def in_words(problem: Any) -> str:
    """What is wrong with a parameter, in the reader's language; what we have no words for as the library says it."""
    limits = problem.get("ctx", {})
    match problem["type"]:
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return _("A whole number is wanted here.")
        case "greater_than_equal":
            return _("At least %(limit)s is wanted here.") % {"limit": limits.get("ge")}
        case "less_than_equal":
            return _("At most %(limit)s is possible here.") % {"limit": limits.get("le")}
        case "uuid_parsing" | "uuid_type":
            return _("A row_id is wanted here, as the answers of this API have them.")
        case "literal_error" | "enum":
            return _("One of these is wanted here: %(values)s.") % {"values": limits.get("expected")}
        case "string_too_long":
            return _("At most %(limit)s characters are possible here.") % {"limit": limits.get("max_length")}
    return str(problem["msg"])
