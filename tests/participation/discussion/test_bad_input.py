"""What a page must never be able to do: each is answered by a coded error or a clean close."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import override_settings

from participation.discussion.consumers import SOCKETS_OF_ONE
from participation.discussion.keeping import change_rules
from participation.stakeholders.models import User
from portal.routing import websocket_urlpatterns
from portal.security import from_this_site
from tests.factories import make_moderator
from tests.participation.discussion.pages import application, consultation_made, opened, said, stored, user_made

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]

CID = "00000000-0000-4000-8000-000000000001"
SEND = '{"type":"send","cid":"%s","body":"x"%s}'


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param({"bytes_data": b"\x00\xff"}, id="binary"),
        pytest.param({"bytes_data": b'{"type":"ping"}'}, id="binary-json"),
        pytest.param({"text_data": "[" * 1000 + "]" * 1000}, id="depth-1000"),
        pytest.param({"text_data": '{"type":' * 1000 + "1" + "}" * 1000}, id="objects-1000-deep"),
        pytest.param({"text_data": '{"type":"shout"}'}, id="unknown-type"),
        pytest.param({"text_data": '{"type":"ev","seq":1}'}, id="frame-of-the-server"),
        pytest.param({"text_data": '{"type":"hello","v":1,"since":-1}'}, id="since-negative"),
        pytest.param({"text_data": '{"type":"hello","v":1,"since":1e400}'}, id="since-infinite"),
        pytest.param({"text_data": '{"type":"hello","v":1,"since":99999999999999999999}'}, id="since-huge"),
        pytest.param({"text_data": '{"type":"hello","v":2}'}, id="another-version"),
        pytest.param({"text_data": '{"type":"read","seq":-1}'}, id="read-negative"),
        pytest.param({"text_data": SEND % (CID, ',"reply_to":7')}, id="reply-to-nothing"),
        pytest.param({"text_data": SEND % (CID, f',"line":"{CID}"')}, id="line-of-nothing"),
        pytest.param({"text_data": SEND % ("1", "")}, id="cid-no-uuid"),
        pytest.param({"text_data": '{"type":"ping","type":"ping","x":NaN}'}, id="no-json"),
        pytest.param({"text_data": (SEND % (CID, "")).replace('"x"', '"\\ud800"')}, id="half-a-character"),
        pytest.param({"text_data": f'{{"type":"edit","cid":"{CID}","seq":5,"body":"x"}}'}, id="edit-of-nothing"),
    ],
)
async def test_it_is_refused_in_a_coded_error_and_the_socket_stays_open(frame: dict[str, Any]) -> None:
    consultation, member = await consultation_made(), await user_made()
    await said(consultation, "一")
    async with opened(consultation, member, hello=False) as page:
        await page.socket.send_to(**frame)
        assert (await page.next())["code"] == "invalid"
        await page.send(type="ping")
        assert await page.next() == {"type": "pong"}
    assert await stored() == ["一"]


async def test_a_number_of_another_room_says_nothing_about_that_room() -> None:
    mine, other = await consultation_made(), await consultation_made()
    author = await user_made()
    for body in ("甲", "乙", "丙"):
        await said(other, body, author)
    async with opened(mine, author, hello=False) as page:
        welcome = await page.hello(since=3)
        assert (welcome["head"], welcome["recovered"]) == (0, True)
        await page.send(type="edit", cid=str(uuid4()), seq=1, body="改别处的")
        assert (await page.next())["code"] in ("invalid", "not_found")
    assert await stored() == ["甲", "乙", "丙"]


async def test_an_old_client_id_with_another_text_gets_the_old_number_and_changes_nothing() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        cid = await page.say("原话")
        await page.two()
        await page.say("另一句", cid)
        assert await page.next() == {"type": "ack", "cid": str(cid), "seq": 1, "dup": True}
    assert await stored() == ["原话"]


async def test_the_client_id_of_somebody_else_is_no_way_to_their_message() -> None:
    consultation, cid = await consultation_made(), uuid4()
    async with opened(consultation, await user_made()) as first, opened(consultation, await user_made()) as second:
        await first.say("甲", cid)
        await first.two(), await second.next()
        await second.say("乙", cid)
        assert (await second.two())["ack"]["seq"] == 2


async def test_a_locked_room_takes_nothing() -> None:
    consultation, member = await consultation_made(), await user_made()
    first = await said(consultation, "一")
    rules = {"is_locked": True, "slow_seconds": 0, "holds": "", "reason": "太晚了"}
    await sync_to_async(lambda: change_rules(first.room, acting_user=make_moderator(), **rules))()
    async with opened(consultation, member, hello=False) as page:
        await page.say("还有")
        assert (await page.next())["code"] == "closed"
    assert await stored() == ["一", "太晚了"]


async def test_a_hundred_posts_in_a_second_store_a_few_and_end_the_connection() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member, hello=False) as page:
        for number in range(100):
            await page.say(str(number))
        answers = []
        while (output := await page.socket.receive_output(timeout=5))["type"] == "websocket.send":
            answers.append(output["text"])
        assert output["code"] == 4029
    assert len(await stored()) <= 5


async def test_nobody_opens_a_page_two_hundred_times() -> None:
    consultation, member = await consultation_made(), await user_made()
    pages = [opened(consultation, member, hello=False) for _number in range(SOCKETS_OF_ONE + 1)]
    entered = [await page.__aenter__() for page in pages]
    assert (await entered[-1].next())["code"] == "too_many_requests"
    assert await entered[-1].is_closed_with(4029)
    await entered[0].send(type="ping")
    assert await entered[0].next() == {"type": "pong"}
    for page in pages:
        await page.__aexit__(None, None, None)


async def test_a_message_on_its_way_when_the_session_ends_is_stored_or_refused_and_nothing_else() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await page.say("正在路上")
        await sync_to_async(User.objects.filter(pk=member.pk).update)(is_active=False)
        await page.say("已经晚了")
        while (output := await page.socket.receive_output(timeout=5))["type"] == "websocket.send":
            assert json.loads(output["text"])["type"] in ("ack", "ev", "error", *page.PASSING)
        assert output["code"] == 4403
    assert "已经晚了" not in await stored()


@override_settings(ALLOWED_HOSTS=["gongzhi.test"])
@pytest.mark.parametrize(("origin", "is_taken"), [("https://gongzhi.test", True), ("https://evil.example", False)])
async def test_a_foreign_page_opens_no_socket(origin: str, is_taken: bool) -> None:
    consultation = await consultation_made()
    headers = [(b"origin", origin.encode()), (b"host", b"gongzhi.test")]
    guarded = from_this_site(application)
    socket = WebsocketCommunicator(guarded, f"/ws/consultations/{consultation.row_id}/", headers=headers)
    connected, _code = await socket.connect()
    assert connected is is_taken
    await socket.disconnect()


@pytest.mark.parametrize("kind", ["release", "user", "nonsense"])
async def test_a_room_of_what_is_not_there_is_not_found(kind: str) -> None:
    socket = WebsocketCommunicator(application, f"/ws/rooms/{kind}/{uuid4()}/")
    assert (await socket.connect())[0]
    assert '"not_found"' in await socket.receive_from(timeout=5)
    assert await socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4404}


def test_every_address_is_listed() -> None:
    assert [str(route.pattern) for route in websocket_urlpatterns] == [
        "ws/consultations/<uuid:row_id>/",
        "ws/rooms/<slug:kind>/<uuid:row_id>/",
        "ws/live/",
        "",
    ]
