"""Policies of the whole site: what a page may load and keep, who may sign in where, whose sockets are taken."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from channels.security.websocket import AllowedHostsOriginValidator, OriginValidator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from portal.errors import NotAllowed

ADMIN_PATHS = ("/admin/", "/django-admin/")
READING_METHODS = ("GET", "HEAD", "OPTIONS")


class AdminPolicyMiddleware:
    """Give the editors' administration its own content security policy; the strict one stays on every other page.

    It stands after ``csp.middleware.CSPMiddleware`` in the list, so that the response passes here first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(ADMIN_PATHS):
            # The preview of a page is answered by the page itself, with the policy that forbids to frame it.
            response.headers.pop("Content-Security-Policy", None)
            # django-csp reads this attribute instead of its setting; its decorator sets the same.
            response._csp_config = settings.WAGTAIL_ADMIN_CSP  # type: ignore[attr-defined]
        return response


class PrivatePagesMiddleware:
    """Forbid every cache to keep a page made for somebody who is signed in, unless the view said otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control") and self._is_personal(request):
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def _is_personal(self, request: HttpRequest) -> bool:
        # Without the cookie nobody is signed in, and asking for the user would open a session for nothing.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info.startswith(settings.MEDIA_URL):
            return False
        return hasattr(request, "user") and request.user.is_authenticated


def sign_in_elsewhere(request: HttpRequest) -> HttpResponse:
    """Stands where Wagtail has sign-in pages of its own, which know no rate limits; keeps ``?next=``.

    Somebody who is signed in already came here because the page wanted is not for them: the sign-in page would send
    them straight back to it.
    """
    if not request.user.is_authenticated:
        return _redirect(request, "account_login")
    if request.path == reverse("admin_sign_in") and request.user.has_perm("wagtailadmin.access_admin"):
        return redirect("wagtailadmin_home")
    raise NotAllowed


def reset_password_elsewhere(request: HttpRequest) -> HttpResponse:
    return _redirect(request, "account_reset_password")


def _redirect(request: HttpRequest, name: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse(name) + (f"?{query}" if query else ""))


def undone_when_refused(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view that writes take everything back when one of our rules refuses half-way through.

    Wagtail saves a page, and puts it live, before it tells those who may object.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in READING_METHODS:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return answer


def from_this_site(application: Any) -> Any:
    """Take sockets from ``settings.SOCKET_ORIGINS`` (scheme, host and port), or where it is empty from our hosts."""
    if settings.SOCKET_ORIGINS:
        return OriginValidator(application, settings.SOCKET_ORIGINS)
    return AllowedHostsOriginValidator(application)
