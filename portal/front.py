"""Hands out pages that are kept, before Django is woken: one look into a dictionary for a page that everybody reads.

Which pages may be kept, and for whom, is decided by ``portal.page_cache`` alone: it marks an answer with the public
edition that it was made in and the moment until which it holds. Here such an answer is remembered as it went out, for
exactly the same question, and given again as long as this process knows that the edition is still the same. Whether it
does is known without asking the database; once a second a question goes through and looks (``cms.open_data.edition``).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from cms.open_data import edition

# The header that ``portal.page_cache`` marks a kept page with: "edition until", until in seconds since 1970.
MARK = "Gongzhi-Kept"
_MARK = MARK.lower().encode()
PAGES_AT_MOST = 500
BYTES_AT_MOST = 512 * 1024
# Whoever sends one of these is answered by Django: the answer depends on it, or it is not about a whole page.
ASKING_MORE = {b"authorization", b"range", b"hx-request", b"hx-target"}
# What the answer to the same address may differ by.
TELLING = (b"host", b"x-forwarded-proto", b"x-forwarded-host")
NOT_MODIFIED = {b"cache-control", b"content-location", b"date", b"etag", b"expires", b"vary"}

Headers = list[tuple[bytes, bytes]]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Page:
    edition: int
    until: float
    etag: bytes
    headers: Headers
    body: bytes


class KeptPages:
    """Stands before Django's ASGI application, for GET only."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application
        self.pages: OrderedDict[Key, Page] = OrderedDict()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.application(scope, receive, unmarked(send))
            return
        headers = dict(scope["headers"])
        key = key_of(scope, headers)
        page = self.pages.get(key) if key else None
        if key and page is not None:
            if page.edition == edition.known() and page.until > time.time():
                await answer(page, headers.get(b"if-none-match", b""), send)
                return
            if page.until <= time.time() or edition.known() is not None:
                del self.pages[key]
        await self.application(scope, receive, self.remembering(key, send) if key else unmarked(send))

    def remembering(self, key: Key, send: Any) -> Any:
        """``send`` that keeps a marked answer as it goes out."""
        started: dict[str, Any] = {}
        parts: list[bytes] = []

        async def passed(message: Any) -> None:
            if message["type"] == "http.response.start":
                mark, message["headers"] = without_mark(message["headers"])
                if mark and message["status"] == 200:
                    started.update(mark=mark, headers=list(message["headers"]))
            elif started:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    self.keep(key, started["mark"], started["headers"], b"".join(parts))
            await send(message)

        return passed

    def keep(self, key: Key, mark: bytes, headers: Headers, body: bytes) -> None:
        made_in, _space, until = mark.decode().partition(" ")
        etag = next((value for name, value in headers if name.lower() == b"etag"), b"")
        if len(body) > BYTES_AT_MOST or not etag:
            return
        self.pages[key] = Page(int(made_in), float(until), etag, headers, body)
        if len(self.pages) > PAGES_AT_MOST:
            self.pages.popitem(last=False)


def key_of(scope: Any, headers: dict[bytes, bytes]) -> Key | None:
    """What tells one question from another; None for questions that Django answers."""
    if not ASKING_MORE.isdisjoint(headers) or carries_ours(headers.get(b"cookie", b"")):
        return None
    return (
        scope.get("scheme"),
        scope["path"],
        scope["query_string"],
        *(headers.get(name, b"") for name in TELLING),
        b"json" in headers.get(b"accept", b""),
        b"gzip" in headers.get(b"accept-encoding", b""),
    )


def carries_ours(cookie: bytes) -> bool:
    """Whether the reader has a session, a message, or a language of their own."""
    if not cookie:
        return False
    ours = {settings.SESSION_COOKIE_NAME, "messages", settings.LANGUAGE_COOKIE_NAME}
    return any(part.partition("=")[0].strip() in ours for part in cookie.decode("latin1").split(";"))


async def answer(page: Page, known: bytes, send: Any) -> None:
    if known and is_known(page.etag, known):
        headers = [(name, value) for name, value in page.headers if name.lower() in NOT_MODIFIED]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": page.headers})
    await send({"type": "http.response.body", "body": page.body})


def is_known(etag: bytes, known: bytes) -> bool:
    """Weak comparison (RFC 9110, 13.1.2) with what a reader says to have."""
    tags = {tag.strip().removeprefix(b"W/") for tag in known.split(b",")}
    return b"*" in tags or etag.removeprefix(b"W/") in tags


def without_mark(headers: Any) -> tuple[bytes, Headers]:
    """The mark, and the headers that the world sees."""
    mark, others = b"", []
    for name, value in headers:
        if name.lower() == _MARK:
            mark = value
        else:
            others.append((name, value))
    return mark, others


def unmarked(send: Any) -> Any:
    async def passed(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = without_mark(message["headers"])[1]
        await send(message)

    return passed
