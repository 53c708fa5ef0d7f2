"""The open API: what the pages show, for programs. Read only, and through the same queries as the pages.

Amounts are integers in the minor unit of the currency beside them (分, cent); null means that nothing was published.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError

from cms.open_data.api import budget, performance, reference
from cms.open_data.api.paging import ROWS, ROWS_AT_MOST
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

api = NinjaAPI(
    title="Gongzhi",
    version="1",
    description=__doc__ or "",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
)
for router in (budget.router, performance.router, reference.router):
    api.add_router("", router)
PROBLEMS = (Invalid, SignInRequired, NotAllowed, NotFound, Conflict, Closed, TooManyRequests)


@api.get("/", include_in_schema=False, url_name="home")
def home(request: HttpRequest) -> HttpResponse:
    """The operations on a plain page: the usual interactive ones need scripts that the site's policy forbids."""
    paths = api.get_openapi_schema()["paths"]
    operations = [
        {"method": method.upper(), "path": path, "summary": details["summary"], "parameters": details["parameters"]}
        for path, methods in paths.items()
        for method, details in methods.items()
    ]
    context = {"operations": operations, "limit": ROWS_AT_MOST, "usual": ROWS, "problems": PROBLEMS}
    return render(request, "portal/api.html", context)


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
