"""What an open socket may say and hear when rights end, and how much it may ask for."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from participation.discussion.keeping import lift_mute, mute_author
from participation.stakeholders.models import Appointment, User
from tests.factories import make_moderator
from tests.participation.discussion.pages import (
    consultation_made,
    hidden,
    opened,
    said,
    signed_in,
    stored,
    user_made,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


# Authority is asked for anew -----------------------------------------------------------------------


async def test_a_moderator_whose_office_has_ended_no_longer_reads_what_is_hidden() -> None:
    consultation, moderator = await consultation_made(), await sync_to_async(make_moderator)()
    message = await said(consultation, "某某住在三栋二零一")
    async with opened(consultation, moderator, hello=False) as page:
        await sync_to_async(Appointment.objects.filter(person=moderator).delete)()
        await hidden(message, "含有他人住址")
        assert (await page.hello())["type"] == "welcome"
        replayed = await page.next()
        assert (replayed["hidden"], replayed["body"], replayed["hidden_reason"]) == (True, "", "")


async def test_news_reach_a_moderator_as_the_person_that_he_is_now() -> None:
    consultation, moderator = await consultation_made(), await sync_to_async(make_moderator)()
    messages = [await said(consultation, body) for body in ("一", "二")]
    async with opened(consultation, moderator) as page:
        assert [(await page.next())["body"] for _number in range(2)] == ["一", "二"]
        await hidden(messages[0], "在任时")
        assert (await page.next())["body"] == "在任时"
        await sync_to_async(Appointment.objects.filter(person=moderator).delete)()
        told = await page.next()
        assert (told["type"], told["role"]) == ("you", "member")
        await hidden(messages[1], "离任后")
        assert (await page.next())["body"] == ""


def suspend(user: User, browser: Client) -> None:
    user.is_active = False
    user.save()


def sign_out(user: User, browser: Client) -> None:
    browser.logout()


def change_password(user: User, browser: Client) -> None:
    user.set_password("another horse battery")
    user.save()


@pytest.mark.parametrize(
    ("end", "code", "closed"),
    [
        (suspend, "not_allowed", 4403),
        (sign_out, "sign_in_required", 4401),
        (change_password, "sign_in_required", 4401),
    ],
    ids=["suspended", "signed-out", "password-changed"],
)
async def test_a_page_that_is_no_longer_signed_in_is_told_at_once_and_closed(end: Any, code: str, closed: int) -> None:
    consultation, member = await consultation_made(), await user_made()
    browser = await signed_in(member)
    async with opened(consultation, browser=browser) as page:
        await sync_to_async(end)(member, browser)
        assert (await page.next())["code"] == code
        assert await page.is_closed_with(closed)
        await said(consultation, "新消息")
        assert await page.hears_nothing()


async def test_a_message_of_an_account_that_was_suspended_unheard_is_refused_and_the_page_closed() -> None:
    consultation, member = await consultation_made(), await user_made()
    async with opened(consultation, member) as page:
        await sync_to_async(User.objects.filter(pk=member.pk).update)(is_active=False)
        cid = await page.say("以谁的名义？")
        refused = await page.next()
        assert (refused["type"], refused["code"], refused["cid"]) == ("error", "not_allowed", str(cid))
        assert await page.is_closed_with(4403)
    assert await stored() == []


async def test_somebody_asked_to_be_silent_is_told_on_the_open_page_and_cannot_speak() -> None:
    consultation, member = await consultation_made(), await user_made()
    message = await said(consultation, "一", member)
    async with opened(consultation, member) as page:
        await page.next()
        moderator = await sync_to_async(make_moderator)()
        await sync_to_async(mute_author)(message, hours=1, reason="请冷静", acting_user=moderator)
        told = await page.next()
        assert (told["type"], told["role"], told["message"]) == ("you", "reader", "请冷静")
        await page.say("我偏要说")
        assert (await page.next())["code"] == "not_allowed"
    assert await stored() == ["一"]


async def test_somebody_who_may_speak_again_is_told_on_the_open_page() -> None:
    consultation, member = await consultation_made(), await user_made()
    message, moderator = await said(consultation, "一", member), await sync_to_async(make_moderator)()
    mute = await sync_to_async(mute_author)(message, hours=1, reason="请冷静", acting_user=moderator)
    async with opened(consultation, member) as page:
        assert {(await page.next())["type"], (await page.next())["type"]} == {"you", "ev"}
        await sync_to_async(lift_mute)(mute, reason="冷静了", acting_user=moderator)
        assert await page.next() == {"type": "you", "role": "member", "message": ""}


async def test_a_moderator_locks_the_room_from_the_page_and_nobody_else_speaks() -> None:
    consultation, moderator = await consultation_made(), await sync_to_async(make_moderator)()
    await said(consultation, "一")
    member = await user_made()
    async with opened(consultation, moderator) as own, opened(consultation, member) as page:
        await own.next(), await page.next()
        cid = str(uuid4())
        await own.send(type="moderate", cid=cid, deed="lock", reason="太晚了")
        got, heard = await own.two(), await page.next()
        assert got["ack"] == {"type": "ack", "cid": cid, "seq": 2, "dup": False}
        assert (heard["kind"], heard["rules"]["is_locked"], heard["body"]) == ("state", True, "太晚了")
        await page.say("还有一句")
        assert (await page.next())["code"] == "closed"


async def test_only_moderators_moderate_from_the_page() -> None:
    consultation, member = await consultation_made(), await user_made()
    await said(consultation, "一")
    async with opened(consultation, member) as page:
        await page.next()
        await page.send(type="moderate", cid=str(uuid4()), deed="lock", reason="我来")
        assert (await page.next())["code"] == "not_allowed"


async def test_a_consultation_that_is_no_longer_visible_closes_its_pages() -> None:
    consultation = await consultation_made()
    message = await said(consultation, "一")
    async with opened(consultation) as page:
        await page.next()
        await sync_to_async(consultation.stages.filter(kind="announced").delete)()
        await hidden(message, "重复")
        assert (await page.next())["code"] == "not_found"
        assert await page.is_closed_with(4404)


# Limits --------------------------------------------------------------------------------------------


async def test_a_page_says_hello_once() -> None:
    consultation = await consultation_made()
    await said(consultation, "一")
    async with opened(consultation) as page:
        await page.next()
        assert (await page.hello())["code"] == "invalid"
        assert await page.hears_nothing()


async def test_a_number_above_the_last_is_not_answered_with_everything() -> None:
    consultation = await consultation_made()
    for body in ("一", "二"):
        await said(consultation, body)
    async with opened(consultation, hello=False) as page:
        welcome = await page.hello(since=99)
        assert (welcome["head"], welcome["recovered"]) == (2, True)
        assert await page.hears_nothing()
        await said(consultation, "三")
        assert (await page.next())["seq"] == 3


async def test_a_page_that_waited_for_the_first_message_keeps_its_place() -> None:
    consultation = await consultation_made()
    async with opened(consultation, hello=False) as page:
        epoch = (await page.hello())["epoch"]
    await said(consultation, "一")
    async with opened(consultation, hello=False) as page:
        await page.hello(since=1, epoch=epoch)
        assert await page.hears_nothing()


async def test_a_page_that_sends_frame_upon_frame_is_asked_to_wait_and_closed() -> None:
    consultation = await consultation_made()
    async with opened(consultation, hello=False) as page:
        for _number in range(60):
            await page.send(type="ping")
            assert await page.next() == {"type": "pong"}
        await page.send(type="ping")
        refused = await page.next()
        assert (refused["code"], refused["retry_after"] > 0) == ("too_many_requests", True)
        assert await page.is_closed_with(4029)
