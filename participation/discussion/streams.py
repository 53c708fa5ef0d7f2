"""The events of a room without a socket, for as long as somebody asks: long polling and server-sent events.

Plain ASGI, in front of Django: a view that waits would hold a thread for each reader. What is sent is what the socket
sends, over the same hub.

``GET /live/rooms/<kind>/<id>/?since=7`` answers as soon as there is an event after number 7, after 25 seconds at the
latest: ``{"head": 9, "events": [...]}``. Who accepts ``text/event-stream`` gets a stream instead; ``Last-Event-ID``
stands for ``since``.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import translation

from participation.discussion.closing import NOT_FOUND
from participation.discussion.entries import encoded
from participation.discussion.hub import hub
from participation.discussion.outlets import LET_GO, Message, Outlet
from participation.discussion.places import place_found
from participation.discussion.sessions import Somebody, person_of_session, session_key_of
from participation.discussion.topics import LANGUAGES, Listener
from participation.stakeholders.models import User
from portal.errors import GongzhiError, Invalid, NotFound
from portal.rates import client_address_of_scope, spend

ADDRESS = re.compile(r"/live/rooms/(?P<kind>[a-z]{1,16})/(?P<row_id>[0-9a-f-]{36})/")
WAIT_SECONDS = 25.0
STREAM_SECONDS = 600.0


class Gathering(Outlet):
    """Keeps what a socket would send until somebody takes it."""

    def __init__(self) -> None:
        super().__init__(_nowhere)
        self.came = asyncio.Event()
        self.frames: list[dict[str, Any]] = []

    def send(self, message: Message, *, is_hint: bool = False) -> None:
        if not is_hint and self.is_open:
            found = json.loads(message.text)
            self.frames += found if isinstance(found, list) else [found]
            self.bytes_waiting += len(message.data)
            self.is_open = self.bytes_waiting < LET_GO
            self.came.set()

    def close(self, code: int) -> None:
        self.is_open = False
        self.came.set()

    async def take(self, seconds: float) -> list[dict[str, Any]]:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.came.wait(), seconds)
        self.came.clear()
        found, self.frames, self.bytes_waiting = self.frames, [], 0
        return found


async def _nowhere(message: dict[str, Any]) -> None:
    return None


class Streams:
    """Answers its own addresses and leaves the others to ``application``."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        match = ADDRESS.fullmatch(scope["path"]) if scope["method"] == "GET" else None
        if match is None:
            await self.application(scope, receive, send)
            return
        try:
            await Reading(scope, receive, send, match["kind"], UUID(match["row_id"])).answer()
        except (GongzhiError, ValueError) as error:
            known = error if isinstance(error, GongzhiError) else NotFound()
            await _respond(send, known.status, encoded(known.as_json()).encode())


class Reading:
    def __init__(self, scope: Any, receive: Callable[[], Any], send: Any, kind: str, row_id: UUID) -> None:
        self.scope, self.receive, self.send, self.kind, self.row_id = scope, receive, send, kind, row_id
        self.headers = {name.lower(): value for name, value in scope["headers"]}
        query = parse_qs(scope["query_string"].decode("latin1"))
        since = self.headers.get(b"last-event-id", b"").decode("latin1") or query.get("since", ["0"])[0]
        if not since.isascii() or not since.isdigit() or len(since) > 15:
            raise Invalid
        self.since = int(since)
        asked = query.get("lang", [""])[0]
        self.language = asked if asked in LANGUAGES else settings.LANGUAGE_CODE

    async def answer(self) -> None:
        user, about = await database_sync_to_async(self._present)()
        outlet = Gathering()
        is_checker = isinstance(user, User) and await database_sync_to_async(user.has_role)("moderator", "auditor")
        listener = Listener(outlet, self.language, user.pk, is_checker=is_checker)
        listener.recheck = lambda: self._recheck(user.pk, outlet)
        topic = await hub().join(about, self.row_id, listener)
        gone = asyncio.ensure_future(self._gone(outlet))
        try:
            if topic.room is None:
                await topic.fetch()
            is_recovered = await topic.replay(listener, min(self.since, topic.head))
            if b"text/event-stream" in self.headers.get(b"accept", b""):
                await self._stream(outlet)
            else:
                seconds = WAIT_SECONDS if topic.head <= self.since and is_recovered else 0.01
                found = [frame for frame in await outlet.take(seconds) if frame["type"] == "ev"]
                body = {"head": topic.head, "recovered": is_recovered, "events": found}
                await _respond(self.send, 200, encoded(body).encode())
        finally:
            gone.cancel()
            await hub().leave(topic, listener)

    async def _stream(self, outlet: Gathering) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})
        loop = asyncio.get_running_loop()
        ends = loop.time() + STREAM_SECONDS
        while outlet.is_open and loop.time() < ends:
            lines = [
                (f"id: {frame['seq']}\n" if "seq" in frame else "") + f"data: {encoded(frame)}\n\n"
                for frame in await outlet.take(WAIT_SECONDS)
            ]
            # A line now and then, so that what lies in between does not take the connection for dead.
            body = "".join(lines) or ": \n\n"
            await self.send({"type": "http.response.body", "body": body.encode(), "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})

    async def _gone(self, outlet: Gathering) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        outlet.close(NOT_FOUND)

    async def _recheck(self, person: int | None, outlet: Gathering) -> None:
        try:
            user, _about = await database_sync_to_async(self._present)(again=True)
        except GongzhiError:
            outlet.close(NOT_FOUND)
            return
        # Whose rights have changed in any way asks again, as who they are now.
        if person is not None or user.pk != person:
            outlet.close(NOT_FOUND)

    def _present(self, *, again: bool = False) -> tuple[Somebody, Any]:
        if not again:
            spend("connect", client_address_of_scope(self.scope))
        user = person_of_session(session_key_of(self.scope))
        with translation.override(self.language):
            return user, place_found(user, self.kind, self.row_id)


async def _respond(send: Any, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
