"""The small tree of errors that actions raise, and the one place that turns them into an answer.

Every error carries a stable ``code``, an HTTP ``status``, a translated ``message`` that says what to do, and
``data`` for programs. Forms show the message beside what was typed; anything that reaches the middleware becomes
a page or, for API callers, JSON. Sockets send ``as_frame()``.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class GongzhiError(Exception):
    """Something a person asked for cannot be done, and can be told why."""

    code = "error"
    status = 400
    default_message: str | Promise = _("That did not work. Please check what you entered and try again.")

    def __init__(self, message: str | Promise | None = None, **data: Any) -> None:
        self.message = message if message is not None else self.default_message
        self.data = data
        super().__init__(str(self.message))

    def as_json(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": str(self.message), **self.data}}

    def as_problem(self) -> dict[str, Any]:
        """Problem details (RFC 9457), with our stable code beside the members that every client knows."""
        return {
            "type": f"/api/v1/#{self.code}",
            "title": str(self.default_message),
            "status": self.status,
            "detail": str(self.message),
            "code": self.code,
            **self.data,
        }

    def as_frame(self, cid: str | None = None) -> dict[str, Any]:
        return {"type": "error", "code": self.code, "message": str(self.message), "cid": cid, **self.data}


class Invalid(GongzhiError):
    """The input itself is at fault. ``data["field"]`` names the form field where there is one."""

    code = "invalid"
    status = 400


class TooLarge(Invalid):
    code = "too_large"
    status = 413


class SignInRequired(GongzhiError):
    code = "sign_in_required"
    status = 401
    default_message = _("Please sign in first. What you typed is kept on this page.")


class NotAllowed(GongzhiError):
    code = "not_allowed"
    status = 403
    default_message = _("Your role does not allow this.")


class NotFound(GongzhiError):
    """The object does not exist, or is not for this person: the two must look alike."""

    code = "not_found"
    status = 404
    default_message = _("We could not find that. It may have moved, or the address may be mistyped.")


class Conflict(GongzhiError):
    """Somebody else was first, or the record has moved on since it was read."""

    code = "conflict"
    status = 409
    default_message = _("Somebody else changed this in the meantime. Reload to see the current state.")


class Closed(GongzhiError):
    """The stage of the process does not allow this now."""

    code = "closed"
    status = 409
    default_message = _("This is not open at the moment.")


class TooManyRequests(GongzhiError):
    """``data["retry_after"]``: whole seconds until the next attempt may succeed."""

    code = "too_many_requests"
    status = 429
    default_message = _("That was a little fast. Please wait a moment and try again; nothing you typed is lost.")


# Where programs ask, whatever they say they accept.
API = "/api/"


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith(API) or request.get_preferred_type(["text/html", "application/json"]) == (
        "application/json"
    )


def problem_response(request: HttpRequest, error: GongzhiError) -> HttpResponse:
    """The answer of the open API to what it cannot answer."""
    problem = {**error.as_problem(), "instance": request.path}
    response = JsonResponse(problem, status=error.status, content_type="application/problem+json")
    if "retry_after" in error.data:
        response["Retry-After"] = str(error.data["retry_after"])
    return response


def error_response(request: HttpRequest, error: GongzhiError) -> HttpResponse:
    """Answer with the error's status: JSON for programs, a page in the reader's language for people."""
    response: HttpResponse
    if request.path.startswith(API):
        return problem_response(request, error)
    if wants_json(request):
        response = JsonResponse(error.as_json(), status=error.status)
    else:
        response = render(request, "errors/error.html", {"error": error, "status": error.status}, status=error.status)
    if "retry_after" in error.data:
        response["Retry-After"] = str(error.data["retry_after"])
    return response


class ErrorPageMiddleware:
    """Turn a ``GongzhiError`` that a view let through into a page or JSON."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request)  # type: ignore[no-any-return]

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return error_response(request, exception) if isinstance(exception, GongzhiError) else None


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return error_response(
            request, TooLarge(_("This is too long to send. Go back: your browser still has your text."))
        )
    return error_response(request, Invalid())


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, NotAllowed())


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(
        request,
        NotAllowed(_("This form was open for too long. Go back, reload the page and send it again.")),
    )


class ServerFault(GongzhiError):
    code = "server_fault"
    status = 500
    default_message = _("Something broke on our side and has been reported. Nothing you saved is lost.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without the database or context processors: either may be what broke."""
    error = ServerFault()
    if request.path.startswith(API):
        return problem_response(request, error)
    if wants_json(request):
        return JsonResponse(error.as_json(), status=500)
    return render(None, "errors/500.html", {"error": error}, status=500)
