"""The same events without a socket: by long polling and as a stream."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from channels.testing import HttpCommunicator

from participation.consultations.models import Consultation
from participation.discussion import streams
from participation.discussion.streams import Streams
from tests.participation.discussion.pages import (
    consultation_made,
    cookie_of,
    hidden,
    said,
    signed_in,
    user_made,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def asked(consultation: Consultation | str, query: str = "", **headers: str) -> HttpCommunicator:
    row_id = consultation if isinstance(consultation, str) else consultation.row_id
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HttpCommunicator(Streams(elsewhere), "GET", f"/live/rooms/consultation/{row_id}/?{query}", headers=given)


async def test_what_was_missed_is_answered_at_once() -> None:
    consultation = await consultation_made()
    for body in ("一", "二", "三"):
        await said(consultation, body)
    response = await asked(consultation, "since=1").get_response(timeout=5)
    answer = json.loads(response["body"])
    assert (response["status"], answer["head"], answer["recovered"]) == (200, 3, True)
    assert [frame["body"] for frame in answer["events"]] == ["二", "三"]


async def test_who_has_everything_waits_for_the_next_event() -> None:
    consultation = await consultation_made()
    await said(consultation, "一")
    waiting = asyncio.ensure_future(asked(consultation, "since=1").get_response(timeout=5))
    while not waiting.done():
        await asyncio.sleep(0.05)
        if not any(topic.listeners for topic in streams.hub().topics.values()):
            continue
        await said(consultation, "二")
        break
    answer = json.loads((await waiting)["body"])
    assert [frame["body"] for frame in answer["events"]] == ["二"]


async def test_a_stream_goes_on_after_the_last_event_that_was_seen() -> None:
    consultation, author = await consultation_made(), await user_made()
    message = await said(consultation, "某某住在三栋", author)
    await hidden(message, "住址")
    cookie = cookie_of(await signed_in(author)).decode()
    reading = asked(consultation, "", accept="text/event-stream", last_event_id="1", cookie=cookie)
    await reading.send_input({"type": "http.request", "body": b""})
    start, first = await reading.receive_output(5), await reading.receive_output(5)
    assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, b"text/event-stream; charset=utf-8")
    number, data, *_rest = first["body"].decode().split("\n")
    assert (number, json.loads(data.removeprefix("data: "))["body"]) == ("id: 2", "住址")
    await reading.send_input({"type": "http.disconnect"})
    assert (await reading.receive_output(5))["type"] == "http.response.body"
    await reading.wait()


@pytest.mark.parametrize("query", ["since=-1", "since=x", "since=99999999999999999999"])
async def test_a_malformed_number_is_refused(query: str) -> None:
    response = await asked(await consultation_made(), query).get_response(timeout=5)
    assert (response["status"], json.loads(response["body"])["error"]["code"]) == (400, "invalid")


async def test_what_is_not_there_is_not_found() -> None:
    response = await asked("00000000-0000-4000-8000-000000000000").get_response(timeout=5)
    assert response["status"] == 404


async def test_other_addresses_are_left_to_the_site() -> None:
    response = await HttpCommunicator(Streams(elsewhere), "GET", "/consultations/").get_response(timeout=5)
    assert response["status"] == 418
