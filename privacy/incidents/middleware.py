"""Read-only mode: everything can be read, nothing is written, until whoever works on the incident ends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from privacy.incidents.containing import is_read_only

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
RETRY_AFTER_SECONDS = 600


class ReadOnlyMiddleware:
    """Stands before everything that writes. Signing in and out, and the pages of incidents, go on working: without
    them nobody could end it."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._answer_async(request)
        if _may_write(request) or not is_read_only():
            response: HttpResponseBase = self.get_response(request)
            return response
        return _refusal(request)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        if _may_write(request) or not await sync_to_async(is_read_only)():
            response: HttpResponseBase = await self.get_response(request)
            return response
        return await sync_to_async(_refusal)(request)


def _may_write(request: HttpRequest) -> bool:
    if request.method in _SAFE:
        return True
    try:
        name = resolve(request.path_info).view_name or ""
    except Resolver404:
        return True
    return name.startswith("privacy:incidents:") or name in settings.WRITABLE_WHEN_READ_ONLY


def _refusal(request: HttpRequest) -> HttpResponse:
    message = _("Nothing can be written here at the moment. Reading goes on working; please try again later.")
    response: HttpResponse
    if request.path.startswith("/api/") or request.get_preferred_type(["text/html", "application/json"]) == (
        "application/json"
    ):
        response = JsonResponse({"error": {"code": "read_only", "message": message}}, status=503)
    else:
        response = render(request, "privacy/incidents/read_only.html", {"message": message}, status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
