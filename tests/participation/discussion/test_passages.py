"""Messages about one paragraph of what is discussed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from participation.consultations.models import Consultation
from participation.discussion.actions import post_message
from participation.discussion.passages import KEPT, address_of, passages_of
from participation.discussion.queries import as_frame
from portal.errors import Invalid
from tests.factories import CITIZEN, make_consultation, make_task, make_user
from tests.participation.discussion.pages import opened

pytestmark = pytest.mark.django_db
PURPOSE = "第一段：钱从哪里来。\n\n第二段：钱到哪里去。"


def consultation() -> Consultation:
    return make_consultation(purpose=PURPOSE, limits="总额不能改。")


def test_the_paragraphs_of_a_record_are_offered_in_their_order() -> None:
    assert passages_of(consultation()) == ["第一段：钱从哪里来。", "第二段：钱到哪里去。", "总额不能改。"]


def test_a_long_paragraph_is_known_by_its_beginning() -> None:
    assert [len(text) for text in passages_of(make_consultation(purpose="长" * 900, limits=""))] == [KEPT]


def test_a_message_about_a_paragraph_quotes_it_and_leads_there() -> None:
    about = consultation()
    client = Client()
    client.force_login(make_user())
    address = reverse("participation:discussion:post", args=["consultation", about.row_id])
    form = {"cid": uuid4(), "body": "这一段看不懂", "passage": "第二段：钱到哪里去。", "organisation": ""}
    page = client.post(address, form, follow=True).content.decode()
    assert address_of(about, "第二段：钱到哪里去。") in page
    assert "<blockquote" in page.partition("这一段看不懂")[0]


def test_what_was_quoted_stays_when_the_record_is_changed() -> None:
    about = consultation()
    event, _is_duplicate = post_message(
        about,
        body="看不懂",
        client_id=uuid4(),
        standing=CITIZEN,
        passage="第一段：钱从哪里来。",
        acting_user=make_user(),
    )
    Consultation.objects.filter(pk=about.pk).update(purpose="新的说法")
    frame = as_frame(event, make_user())
    assert frame["passage"]["text"] == "第一段：钱从哪里来。"


def test_what_is_not_in_the_record_is_not_quoted_as_its_words() -> None:
    with pytest.raises(Invalid) as refused:
        post_message(
            consultation(), body="看", client_id=uuid4(), standing=CITIZEN, passage="捏造的话", acting_user=make_user()
        )
    assert refused.value.data["field"] == "passage"


def test_the_paragraphs_of_a_task_are_what_has_to_be_put_right_and_how() -> None:
    task = make_task(finding="补助晚到", recommendation="按名单预拨")
    assert passages_of(task) == ["补助晚到", "按名单预拨"]


@pytest.mark.django_db(transaction=True)
async def test_a_message_about_a_paragraph_reaches_open_pages_and_those_that_come_back() -> None:
    about, author = await sync_to_async(consultation)(), await sync_to_async(make_user)()
    async with opened(about) as page:
        await sync_to_async(post_message)(
            about,
            body="看不懂",
            client_id=uuid4(),
            standing=CITIZEN,
            passage="总额不能改。",
            acting_user=author,
        )
        assert (await page.next())["passage"]["text"] == "总额不能改。"
    async with opened(about) as later:
        assert (await later.next())["passage"]["url"] == address_of(about, "总额不能改。")
