"""What holds for every answer of the open API: language, limits, other sites, methods, and "nothing has changed".

Sources: problem details by RFC 9457; conditional requests by RFC 9110; CORS by the Fetch standard; the headers
``RateLimit`` and ``RateLimit-Policy`` by draft-ietf-httpapi-ratelimit-headers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _

from portal.errors import GongzhiError, NotFound, problem_response
from portal.rates import Budget, budget_of, client_address, spend
from portal.ui.navigation import is_signed_in

PATH = "/api/v1/"
METHODS = ("GET", "HEAD", "OPTIONS")
FRESH_FOR_SECONDS = 60
EXPOSED = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
ASKED_WITH = "Accept, Accept-Language, Content-Type, If-None-Match"
ONE_DAY = 86_400


class NoSuchMethod(GongzhiError):
    code = "method_not_allowed"
    status = 405


class ApiRulesMiddleware:
    """Stands inside the middleware of languages, which knows those of pages, and around everything that answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PATH):
            return self.get_response(request)
        # Addresses of the API are the same in every language; what it says is in the reader's.
        translation.activate(translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        response = self.answer(request)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return allowed() if is_ours(request) else problem_response(request, NotFound())
        who = client_address(request)
        try:
            spend("api", who)
            if not is_ours(request):
                raise NotFound
            if request.method not in METHODS:
                raise NoSuchMethod(_("The open API is for reading: GET, HEAD and OPTIONS."))
            response = self.read(request)
        except GongzhiError as error:
            response = problem_response(request, error)
        if response.status_code == 405:
            response.headers["Allow"] = ", ".join(METHODS)
        state(response, budget_of("api", who))
        return response

    def read(self, request: HttpRequest) -> HttpResponseBase:
        asked, request.method = request.method, "GET"
        response = self.get_response(request)
        request.method = asked
        if response.status_code != 200 or not isinstance(response, HttpResponse) or response.streaming:
            return response
        etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = etag
        if not response.has_header("Cache-Control") and not is_signed_in(request):
            response.headers["Cache-Control"] = f"public, max-age={FRESH_FOR_SECONDS}"
        return get_conditional_response(request, etag=etag, response=response) or response


def is_ours(request: HttpRequest) -> bool:
    """Whether the API serves an address at all; the pages would look for it among theirs."""
    try:
        return "api" in resolve(request.path_info).namespaces
    except Resolver404:
        return False


def allowed() -> HttpResponse:
    """What may be asked, for browsers that ask before they ask (preflight). Costs nothing of the rate."""
    response = HttpResponse(status=204)
    response.headers["Allow"] = ", ".join(METHODS)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
    response.headers["Access-Control-Allow-Headers"] = ASKED_WITH
    response.headers["Access-Control-Max-Age"] = str(ONE_DAY)
    return response


def state(response: HttpResponseBase, budget: Budget) -> None:
    """Say how many questions are left, and for how long."""
    response.headers["RateLimit-Policy"] = f'"api";q={budget.quota};w={budget.window}'
    response.headers["RateLimit"] = f'"api";r={budget.remaining};t={budget.reset}'
