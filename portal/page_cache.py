"""Keeps pages that were made for visitors without an account, and says what other caches may do with them.

A page is kept only if nothing in it was made for one reader: no session was opened, no cookie set, no token given out,
and no view forbade it. It is found again by address, host and kind of answer, and only as long as the
public edition is the one that it was made in: the number rises with every write that a page may show, in whichever
process (``cms.open_data.edition``). What time alone changes shows after ``settings.PAGE_CACHE_SECONDS``.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import get_conditional_response

from cms.open_data import edition
from portal.front import MARK

KEPT_TYPES = ("text/html", "application/atom+xml", "application/rss+xml", "application/xml", "text/xml")
# Rooms of those who prepare what is shown; files and the API say for themselves what may be kept of them.
NEVER = ("/admin/", "/django-admin/", "/documents/", "/media/", "/static/", "/api/", "/data/")
# What the place of a kept page takes into account, or what cannot differ between visitors without a cookie.
KNOWN_TO_VARY = {"accept", "accept-encoding", "accept-language", "cookie", "hx-request", "hx-target"}
# Longer addresses are made up; keeping them would only push out others.
ADDRESS_AT_MOST = 512
# What public pages can be asked for by choosing. Words that visitors type, and what no page knows, have no end: such
# pages are made anew each time.
# fmt: off
PARAMETERS = {
    "alert", "base", "by", "code", "department", "departments", "economic", "edition", "evaluations", "figure",
    "from", "function", "government", "group", "in", "kind", "measure", "month", "of", "order", "outcome", "page",
    "pick", "programme", "show", "sort", "terms", "topic", "view", "year",
}
# fmt: on
VALUES_AT_MOST = 5
COMPRESSED_FROM = 500


@dataclass(frozen=True)
class Kept:
    """A page as it was made, and compressed. ``edition``: the public edition it was made in; ``until``: seconds since
    1970."""

    edition: int
    until: float
    status: int
    headers: dict[str, str]
    content: bytes
    compressed: bytes | None


class PageCacheMiddleware:
    """Stands right after the security middleware, outside of sessions, compression and everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.compress = GZipMiddleware(get_response).process_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = key_of(request)
        if key is None:
            return self.get_response(request)
        # Questions have a place of their own, so that not even known ones push out the pages themselves.
        cache = caches["asked_pages" if request.GET else "pages"]
        if (kept := cache.get(key)) is not None:
            return answer(request, kept, is_kept=True)
        if request.method == "HEAD":
            return self.get_response(request)
        takes = request.META.pop("HTTP_ACCEPT_ENCODING", None)
        try:
            response = self.get_response(request)
        finally:
            if takes is not None:
                request.META["HTTP_ACCEPT_ENCODING"] = takes
        if not isinstance(response, HttpResponse) or not may_keep(request, response):
            # It passed the middleware that compresses unseen.
            return self.compress(request, response)
        found = kept_of(response, edition.current())
        # Asked again: what changed while the page was made may or may not be in it.
        is_kept = key == key_of(request)
        if is_kept:
            cache.set(key, found, settings.PAGE_CACHE_SECONDS)
        return answer(request, found, is_kept=is_kept)


def key_of(request: HttpRequest) -> str | None:
    """Where the page that a request asks for is kept; None for whatever has to be made anew."""
    if not settings.PAGE_CACHE_SECONDS or request.method not in ("GET", "HEAD"):
        return None
    cookies = request.COOKIES
    if (
        settings.SESSION_COOKIE_NAME in cookies
        or "messages" in cookies
        or settings.LANGUAGE_COOKIE_NAME in cookies
        or "HTTP_AUTHORIZATION" in request.META
        or "HTTP_RANGE" in request.META
        # Parts of pages for htmx have the addresses of pages, and headers that anybody can make up.
        or "HTTP_HX_REQUEST" in request.META
        or "HTTP_HX_TARGET" in request.META
        or request.path_info.startswith(NEVER)
    ):
        return None
    address = request.get_full_path()
    if len(address) > ADDRESS_AT_MOST or not is_known(request.GET):
        return None
    try:
        place = f"{request.scheme} {request.get_host()} {address}"
    except DisallowedHost:
        return None
    # Answers for programs have the addresses of pages.
    wants = "json" if "json" in request.headers.get("Accept", "") else "html"
    digest = hashlib.sha256(f"{place}\n{wants}".encode()).hexdigest()
    return f"page.{edition.current()}.{digest}"


def is_known(asked: QueryDict) -> bool:
    """Whether a page is asked for nothing but what public pages know."""
    return asked.keys() <= PARAMETERS and sum(len(values) for _name, values in asked.lists()) <= VALUES_AT_MOST


def may_keep(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether nothing in the answer was made for one reader."""
    control = response.headers.get("Cache-Control", "").lower()
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        # A form with a token, whoever sets its cookie.
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and varies_on(response) <= KNOWN_TO_VARY
        and not any(word in control for word in ("private", "no-store", "no-cache", "max-age=0"))
        # A page that names its own scripts by a number that is used once.
        and "'nonce-" not in response.headers.get("Content-Security-Policy", "")
        and response.headers.get("Content-Type", "").partition(";")[0] in KEPT_TYPES
    )


def varies_on(response: HttpResponse) -> set[str]:
    return {name for part in response.headers.get("Vary", "").split(",") if (name := part.strip().lower())}


def kept_of(response: HttpResponse, made_in: int) -> Kept:
    # The language of a page is in its address, whatever the middleware of languages looked at; a cookie makes it a
    # page for somebody.
    others = sorted(varies_on(response) & {"accept", "hx-request", "hx-target"})
    response.headers["Vary"] = ", ".join(["Accept-Encoding", "Cookie", *others])
    response.headers["ETag"] = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if not response.has_header("Cache-Control"):
        # A browser asks each time and is mostly told "not modified"; a proxy may answer by itself for a while.
        response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={settings.PAGE_CACHE_SECONDS // 2}"
    content = response.content
    small = gzip.compress(content, 6, mtime=0) if len(content) >= COMPRESSED_FROM else None
    until = time.time() + settings.PAGE_CACHE_SECONDS
    return Kept(made_in, until, response.status_code, dict(response.headers.items()), content, small)


def answer(request: HttpRequest, kept: Kept, *, is_kept: bool) -> HttpResponseBase:
    """The page, marked for whoever stands in front where it may be given again (``portal.front``)."""
    takes_gzip = kept.compressed is not None and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    content = kept.compressed if takes_gzip and kept.compressed is not None else kept.content
    response = HttpResponse(content, status=kept.status, headers=kept.headers)
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(content))
    if is_kept:
        response.headers[MARK] = f"{kept.edition} {kept.until:.3f}"
    etag = response.headers["ETag"]
    return get_conditional_response(request, etag=etag, response=response) or response
