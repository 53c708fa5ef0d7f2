"""The socket of a consultation's page, over the real consumer, channel layer and database."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import override_settings

from participation.consultations.actions import hide_contribution
from participation.discussion.models import Event
from participation.discussion.queries import REPLAY_LIMIT
from participation.stakeholders.models import StakeholderGroup
from tests.factories import (
    make_evaluation,
    make_feedback,
    make_moderator,
    make_organisation,
)
from tests.participation.discussion.pages import (
    consultation_made,
    hidden,
    opened,
    said,
    stored,
    user_made,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


async def test_a_visitor_listens_but_cannot_speak() -> None:
    consultation = await consultation_made()
    async with opened(consultation) as page:
        cid = await page.say("我也想说")
        refused = await page.next()
        assert (refused["type"], refused["code"], refused["cid"]) == ("error", "sign_in_required", str(cid))
        await said(consultation, "大家好")
        heard = await page.next()
        assert (heard["type"], heard["kind"], heard["body"], heard["mine"]) == ("ev", "message", "大家好", False)
    assert await stored() == ["大家好"]


async def test_what_a_member_says_reaches_both() -> None:
    consultation, member = await consultation_made(), await user_made(display_name="河西居民")
    async with opened(consultation, member) as own, opened(consultation) as other:
        cid = await own.say("电梯什么时候装？")
        got, heard = await own.two(), await other.next()
    assert got["ack"] == {"type": "ack", "cid": str(cid), "seq": 1, "dup": False}
    assert (got["ev"]["mine"], heard["mine"]) == (True, False)
    assert {**got["ev"], "mine": None} == {**heard, "mine": None}
    assert (heard["seq"], heard["author"], heard["group"]) == (1, "河西居民", "citizen")


async def test_the_same_message_sent_again_is_stored_once_and_keeps_its_number() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        cid = await page.say("一次")
        await page.two()
        await page.say("一次", cid)
        assert await page.next() == {"type": "ack", "cid": str(cid), "seq": 1, "dup": True}
        assert await page.hears_nothing()
    assert await stored() == ["一次"]


async def test_a_member_speaks_for_an_organisation() -> None:
    consultation, member = await consultation_made(), await user_made()
    organisation = await sync_to_async(make_organisation)(member=member, name="云川公益评估中心", name_en="Assessors")
    async with opened(consultation, member, language="en") as page:
        await page.say("样本不足", organisation=str(organisation.row_id))
        frames = await page.two()
        assert (frames["ev"]["group"], frames["ev"]["organisation"]) == ("social_organisation", "Assessors")
        await page.say("冒名", organisation=str(uuid4()))
        assert (await page.next())["code"] == "not_allowed"


@pytest.mark.parametrize(("language", "word"), [("zh-hans", None), ("en", "Please confirm your e-mail address first")])
async def test_an_unconfirmed_address_is_refused_in_the_language_of_the_page(language: str, word: str | None) -> None:
    consultation, member = await consultation_made(), await user_made(verified=False)
    async with opened(consultation, member, language=language) as page:
        await page.say("未确认")
        refused = await page.next()
    assert refused["code"] == "not_allowed"
    assert word is None or refused["message"].startswith(word)
    assert await stored() == []


@pytest.mark.parametrize("stage", ["announced", "balance", "closed"])
async def test_a_consultation_that_is_not_open_takes_no_messages(stage: str) -> None:
    consultation, member = await consultation_made(stage=stage), await user_made()
    async with opened(consultation, member) as page:
        await page.say("来晚了")
        assert (await page.next())["code"] == "closed"
    assert await stored() == []


async def test_a_side_that_is_not_invited_is_told_who_is() -> None:
    consultation = await consultation_made(ways_in=[("discussion", StakeholderGroup.ENTERPRISE)])
    async with opened(consultation, await user_made(), language="en") as page:
        await page.say("我是市民")
        refused = await page.next()
    assert (refused["code"], refused["message"]) == (
        "not_allowed",
        "This way of taking part is open to: Enterprise.",
    )


async def test_a_consultation_that_closes_while_the_page_is_open_takes_no_more() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await sync_to_async(consultation.stages.filter(kind="open").delete)()
        await page.say("刚刚关闭")
        assert (await page.next())["code"] == "closed"


@pytest.mark.parametrize("body", ["", "   \n", "\x00"])
async def test_an_empty_message_is_refused_beside_its_field(body: str) -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await page.say(body)
        refused = await page.next()
    assert (refused["code"], refused["field"]) == ("invalid", "body")


async def test_a_message_over_the_limit_is_refused_and_the_socket_stays_open() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await page.say("a" * 4001)
        assert (await page.next())["code"] == "too_large"
        await page.say("短一点")
        assert set(await page.two()) == {"ack", "ev"}


async def test_a_megabyte_is_refused_in_words_and_ends_the_connection() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await page.say("a" * 1_000_000)
        assert (await page.next())["code"] == "too_large"
        assert await page.socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4413}
    assert await stored() == []


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "{",
        "[]",
        "null",
        '"hello"',
        '{"type": "shout"}',
        '{"type": "send", "cid": "1", "body": "x"}',
        '{"type": "hello"}',
    ],
)
async def test_a_frame_of_another_shape_is_refused_and_the_socket_stays_open(text: str) -> None:
    consultation = await consultation_made()
    async with opened(consultation) as page:
        await page.socket.send_to(text_data=text)
        assert (await page.next())["code"] == "invalid"
        await page.send(type="ping")
        assert await page.next() == {"type": "pong"}


async def test_an_unknown_member_of_a_frame_is_refused() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await page.say("以主持人身份", role="moderator")
        assert (await page.next())["code"] == "invalid"


@pytest.mark.parametrize("stage", [None, "announced"])
async def test_an_unknown_or_unannounced_consultation_is_not_found(stage: str | None) -> None:
    row_id = uuid4()
    if stage is not None:
        consultation = await consultation_made()
        await sync_to_async(consultation.stages.filter(kind="announced").delete)()
        row_id = consultation.row_id
    async with opened(row_id, hello=False) as page:
        assert (await page.next())["code"] == "not_found"
        assert await page.socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4404}


@override_settings(WRITE_RATES={**settings.WRITE_RATES, "connect": "3/minute"})
async def test_somebody_who_connects_too_often_is_asked_to_wait() -> None:
    consultation = await consultation_made()
    for _number in range(3):
        async with opened(consultation, hello=False):
            pass
    async with opened(consultation, hello=False) as page:
        refused = await page.next()
        assert (refused["code"], refused["retry_after"] > 0) == ("too_many_requests", True)
        assert await page.socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4029}


async def test_somebody_who_speaks_too_fast_is_asked_to_wait_and_keeps_the_message() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        for number in range(5):
            await page.say(str(number))
            await page.two()
        cid = await page.say("太快")
        refused = await page.next()
    assert (refused["code"], refused["cid"], refused["retry_after"] > 0) == ("too_many_requests", str(cid), True)


async def test_a_page_that_comes_back_gets_what_it_missed_and_nothing_twice() -> None:
    consultation = await consultation_made()
    for body in ("一", "二", "三"):
        await said(consultation, body)
    async with opened(consultation, hello=False) as page:
        welcome = await page.hello(since=1)
        assert (welcome["type"], welcome["head"], welcome["recovered"]) == ("welcome", 3, True)
        assert [(frame["seq"], frame["body"]) for frame in [await page.next(), await page.next()]] == [
            (2, "二"),
            (3, "三"),
        ]
        assert await page.hears_nothing()


async def test_a_page_that_was_away_too_long_is_told_to_reload() -> None:
    consultation, author = await consultation_made(), await user_made()
    await said(consultation, "一", author)

    @sync_to_async
    def fill() -> None:
        first = Event.objects.get()
        Event.objects.bulk_create(
            Event(room=first.room, seq=number, kind="message", actor=author, client_id=uuid4(), body=str(number))
            for number in range(2, REPLAY_LIMIT + 3)
        )
        first.room.last_seq = REPLAY_LIMIT + 2
        first.room.save()

    await fill()
    async with opened(consultation, hello=False) as page:
        welcome = await page.hello(since=1)
        assert (welcome["recovered"], welcome["head"]) == (False, REPLAY_LIMIT + 2)
        assert await page.hears_nothing()


async def test_numbers_of_another_epoch_do_not_count() -> None:
    consultation = await consultation_made()
    await said(consultation, "一")
    async with opened(consultation, hello=False) as page:
        await page.hello(since=1, epoch=str(uuid4()))
        assert (await page.next())["body"] == "一"


async def test_a_page_that_has_not_said_hello_is_sent_nothing() -> None:
    consultation = await consultation_made()
    async with opened(consultation, hello=False) as page:
        await said(consultation, "一")
        assert await page.hears_nothing()
        assert (await page.hello())["head"] == 1
        assert (await page.next())["body"] == "一"


async def test_hiding_reaches_open_pages_as_an_event_and_a_replay_is_a_tombstone() -> None:
    consultation, author = await consultation_made(), await user_made()
    message = await said(consultation, "某某住在三栋二零一", author)
    async with opened(consultation) as page:
        await page.next()
        await hidden(message, "含有他人住址")
        event = await page.next()
        assert (event["kind"], event["target_seq"], event["body"]) == ("hide", 1, "")
    async with opened(consultation) as later:
        replayed = await later.next()
        assert (replayed["body"], replayed["hidden"], replayed["hidden_reason"]) == ("", True, "")
    async with opened(consultation, author) as own:
        replayed, event = await own.next(), await own.next()
        assert (replayed["body"], replayed["hidden_reason"]) == ("某某住在三栋二零一", "含有他人住址")
        assert (event["kind"], event["body"]) == ("hide", "含有他人住址")


@pytest.mark.parametrize(
    ("make", "kind", "address"),
    [(make_feedback, "feedback", "/en/feedback/"), (make_evaluation, "evaluation", "/en/evaluations/")],
)
async def test_a_contribution_is_announced_with_the_address_of_its_card(make: Any, kind: str, address: str) -> None:
    consultation = await consultation_made()
    async with opened(consultation, language="en") as page:
        record = await sync_to_async(make)(consultation)
        hint = await page.next()
    assert hint == {
        "type": "hint",
        "kind": kind,
        "row_id": str(record.row_id),
        "html_url": f"{address}{record.row_id}/card/",
    }


async def test_hidden_feedback_is_announced_without_an_address() -> None:
    consultation = await consultation_made()
    feedback = await sync_to_async(make_feedback)(consultation)
    async with opened(consultation) as page:
        moderator = await sync_to_async(make_moderator)()
        await sync_to_async(hide_contribution)(feedback, rule=1, reason="重复", acting_user=moderator)
        assert await page.next() == {"type": "hint", "kind": "hidden", "row_id": str(feedback.row_id)}


async def test_pages_of_another_consultation_hear_nothing() -> None:
    mine, other = await consultation_made(), await consultation_made()
    async with opened(mine) as page:
        await said(other, "别处的话")
        await sync_to_async(make_feedback)(other)
        assert await page.hears_nothing()
