"""Pages that only listen: the home page, and the live room of a meeting."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from participation.discussion.hub import hub
from participation.live import SITE
from participation.meetings.session.actions import ask_to_speak, call_next, close_poll, open_poll
from tests.factories import make_meeting, make_moderator
from tests.participation.discussion.pages import application
from tests.participation.meetings.people import live_meeting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


@asynccontextmanager
async def watching(path: str) -> AsyncIterator[WebsocketCommunicator]:
    socket = WebsocketCommunicator(application, f"/ws/{path}/?lang=en")
    assert (await socket.connect())[0]
    yield socket
    await socket.disconnect()


async def hint_heard(socket: WebsocketCommunicator) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(await socket.receive_from(timeout=5))
        if frame["type"] == "hint":
            return frame


async def topic_of(row_id: Any) -> Any:
    while row_id not in hub().topics:
        await sync_to_async(lambda: None)()
    return hub().topics[row_id]


async def test_the_rights_of_whoever_looks_at_the_home_page_are_asked_again_without_harm() -> None:
    async with watching("live"):
        topic = await topic_of(SITE)
        await topic.recheck(topic.listeners)
        assert len(topic.listeners) == 1


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(lambda keeper, meeting, own: ask_to_speak(meeting, acting_user=own.person), id="asked"),
        pytest.param(lambda keeper, meeting, own: call_next(meeting, acting_user=keeper), id="called"),
        pytest.param(
            lambda keeper, meeting, own: close_poll(
                open_poll(meeting, question="先修哪条路？", options="东路\n西路", acting_user=keeper),
                acting_user=keeper,
            ),
            id="poll",
        ),
    ],
)
async def test_the_live_room_hears_what_happens_in_its_meeting(happens: Callable[..., Any]) -> None:
    keeper = await sync_to_async(make_moderator)()
    meeting, people = await sync_to_async(live_meeting)(keeper, 1)
    async with watching(f"rooms/meeting/{meeting.row_id}") as socket:
        await topic_of(meeting.row_id)
        await sync_to_async(happens)(keeper, meeting, people[0])
        assert await hint_heard(socket) == {"type": "hint", "kind": "meeting", "row_id": str(meeting.row_id)}


async def test_nobody_speaks_through_the_socket_of_a_meeting() -> None:
    meeting = await sync_to_async(make_meeting)()
    async with watching(f"rooms/meeting/{meeting.row_id}") as socket:
        await socket.send_to(text_data=json.dumps({"type": "typing"}))
        frame = json.loads(await socket.receive_from(timeout=5))
        while frame["type"] != "error":
            frame = json.loads(await socket.receive_from(timeout=5))
        assert frame["code"] == "invalid"
