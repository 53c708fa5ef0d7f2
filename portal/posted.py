"""Addresses that take what a form sends, and are asked for as if they were pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse

NOT_ALLOWED = 405


class PostedAddressMiddleware:
    """Lead a reader who comes to such an address to the page above it, in the same room.

    It happens after signing in: whoever sent a form without being signed in comes back to where it was sent. Programs
    are told that the address does not do this.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_read = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        return redirect(page_above(request)) if response.status_code == NOT_ALLOWED and is_read else response


def page_above(request: HttpRequest) -> str:
    """The nearest address above that its room knows, else the front page. One that takes no reader leads further up."""
    match = request.resolver_match
    path = request.path_info.rstrip("/")
    while match is not None and "/" in path:
        path = path.rpartition("/")[0]
        try:
            found = resolve(f"{path}/", getattr(request, "urlconf", None))
        except Resolver404:
            continue
        if found.namespace and found.namespace == match.namespace:
            return f"{path}/"
    return reverse("wagtail_serve", args=[""])
