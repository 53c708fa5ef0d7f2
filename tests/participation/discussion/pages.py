"""An open page of a consultation: a socket over the real consumer, channel layer, session and database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from participation.consultations.models import Consultation
from participation.discussion.actions import moderate_message, post_message
from participation.discussion.frames import OUTGOING
from participation.discussion.models import Event
from participation.discussion.writer import writer
from participation.stakeholders.models import User
from portal.routing import websocket_urlpatterns
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_moderator,
    make_user,
)

application = URLRouter(websocket_urlpatterns)
consultation_made = sync_to_async(make_consultation)
user_made = sync_to_async(make_user)


class Page:
    """One open page: a socket that has said hello. Every frame is held against the protocol."""

    # What holds for a moment only comes in between, whenever it has changed.
    PASSING = ("eph", "counter", "head")

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.passed: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(frame))

    async def say(self, body: str, cid: UUID | None = None, **more: Any) -> UUID:
        cid = cid or uuid4()
        await self.send(type="send", cid=str(cid), body=body, **more)
        return cid

    async def next(self) -> dict[str, Any]:
        while not self.frames:
            await self._take()
        return self.frames.pop(0)

    async def _take(self) -> None:
        text = await self.socket.receive_from(timeout=5)
        for frame in [json.loads(text)] if text[0] == "{" else json.loads(text):
            OUTGOING.validate_json(json.dumps(frame))
            (self.passed if frame["type"] in self.PASSING else self.frames).append(frame)

    async def passing(self, kind: str) -> dict[str, Any]:
        """The next frame of a kind that ``next`` leaves out."""
        while not any(frame["type"] == kind for frame in self.passed):
            await self._take()
        found = next(frame for frame in self.passed if frame["type"] == kind)
        self.passed.remove(found)
        return found

    async def two(self) -> dict[str, dict[str, Any]]:
        """The next two frames by type: the author's ack and event may come in either order."""
        frames = [await self.next(), await self.next()]
        return {frame["type"]: frame for frame in frames}

    async def hello(self, since: int = 0, **more: Any) -> dict[str, Any]:
        await self.send(type="hello", v=1, since=since, **more)
        return await self.next()

    async def hears_nothing(self) -> bool:
        while not self.frames:
            if await self.socket.receive_nothing(timeout=0.2):
                return True
            await self._take()
        return False

    async def is_closed_with(self, code: int) -> bool:
        while (output := await self.socket.receive_output(timeout=5))["type"] == "websocket.send":
            assert json.loads(output["text"])["type"] in self.PASSING
        return bool(output == {"type": "websocket.close", "code": code})


@sync_to_async
def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def cookie_of(browser: Client) -> bytes:
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}".encode()


@asynccontextmanager
async def opened(
    consultation: Consultation | UUID,
    user: User | None = None,
    *,
    browser: Client | None = None,
    language: str = "zh-hans",
    hello: bool = True,
) -> AsyncIterator[Page]:
    """The page in the ``browser``, or in a new one where ``user`` is signed in."""
    row_id = consultation if isinstance(consultation, UUID) else consultation.row_id
    browser = await signed_in(user) if user else browser
    headers = [(b"cookie", cookie_of(browser))] if browser else []
    socket = WebsocketCommunicator(application, f"/ws/consultations/{row_id}/?lang={language}", headers=headers)
    connected, _protocol = await socket.connect()
    assert connected
    page = Page(socket)
    if hello:
        assert (await page.hello())["type"] == "welcome"
    try:
        yield page
    finally:
        await socket.disconnect()
        # What was said last may still be on its way; the database is emptied after the test.
        if (writing := writer().task) is not None:
            await asyncio.wait([writing], timeout=10)


@sync_to_async
def said(consultation: Consultation, body: str, author: Any = None) -> Event:
    return post_message(
        consultation, body=body, client_id=uuid4(), standing=CITIZEN, acting_user=author or make_user()
    )[0]


@sync_to_async
def hidden(message: Event, reason: str) -> Event:
    return moderate_message(message, rule=1, reason=reason, acting_user=make_moderator())


@sync_to_async
def stored() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("body", flat=True))
