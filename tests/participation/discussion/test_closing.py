"""With which words and code the server closes a page that did nothing wrong, so that it comes back rightly."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from participation.discussion.asyncapi import asyncapi
from participation.discussion.closing import FINAL, MEANING
from participation.discussion.hub import hub
from participation.discussion.models import Event, Room
from tests.participation.discussion.pages import consultation_made, opened, said

pytestmark = [pytest.mark.django_db(transaction=True)]


def renew_epoch() -> None:
    Room.objects.update(epoch=uuid4())


def set_back() -> None:
    Event.objects.filter(seq=2).delete()
    Room.objects.update(last_seq=1)


@pytest.mark.parametrize("change", [renew_epoch, set_back], ids=["epoch", "numbers"])
async def test_a_room_that_was_set_back_sends_its_pages_for_the_whole(change: Any) -> None:
    consultation = await consultation_made()
    await said(consultation, "一")
    await said(consultation, "二")
    async with opened(consultation, hello=False) as page:
        assert (await page.hello(since=2))["head"] == 2
        await sync_to_async(change)()
        await hub().catch_up()
        assert await page.next() == {"type": "resync"}
        assert await page.is_closed_with(4001)
        async with opened(consultation, hello=False) as again:
            assert (await again.hello())["head"] == await sync_to_async(lambda: Room.objects.get().last_seq)()


async def test_a_server_that_ends_says_that_it_restarts() -> None:
    consultation = await consultation_made()
    with suppress(asyncio.CancelledError):
        async with opened(consultation) as page:
            # As the server ends it.
            page.socket.future.cancel()
            assert await page.is_closed_with(4000)


async def test_uvicorn_says_so_too() -> None:
    async def listen(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    server = uvicorn.Server(
        uvicorn.Config(
            listen, port=0, ws="portal.uvicorn_sockets:Sockets", lifespan="off", log_config=None, log_level="critical"
        )
    )
    serving = asyncio.ensure_future(server._serve())
    while not server.started:
        await asyncio.sleep(0.001)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with connect(f"ws://127.0.0.1:{port}/") as link:
        server.should_exit = True
        with pytest.raises(ConnectionClosed) as closed:
            await link.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4000
    await serving


def test_every_code_is_in_the_document_for_other_programs() -> None:
    description = asyncapi()["info"]["description"]
    assert [code for code in MEANING if f"{code} {MEANING[code]}" not in description] == []
    assert f"After {', '.join(map(str, sorted(FINAL)))} a page stays away" in description
