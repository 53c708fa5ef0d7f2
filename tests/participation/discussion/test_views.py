"""The discussion without sockets and without scripts."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from django.test import Client
from django.urls import reverse

from participation.consultations.models import Consultation
from participation.discussion.actions import moderate_message, post_message
from participation.discussion.asyncapi import asyncapi
from participation.discussion.models import Event, Mute
from participation.discussion.queries import frames_since, opinions_of
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_evaluation,
    make_line,
    make_moderator,
    make_organisation,
    make_release,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


def url(name: str, record: Any) -> str:
    return reverse(f"participation:discussion:{name}", args=[record.row_id])


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def say(consultation: Consultation, body: str = "大家好", author: Any = None) -> Event:
    return post_message(
        consultation, body=body, client_id=uuid4(), standing=CITIZEN, acting_user=author or make_user()
    )[0]


def test_posting_leads_to_the_message_on_the_page() -> None:
    consultation = make_consultation()
    response = signed_in(make_user()).post(url("post", consultation), {"cid": str(uuid4()), "body": "大家好"})
    assert (response.status_code, response["Location"]) == (302, f"{consultation.get_absolute_url()}?said=1#m1")
    assert 'id="m1"' in Client().get(consultation.get_absolute_url()).content.decode()


def test_a_form_sent_twice_says_its_message_once() -> None:
    consultation, client, data = make_consultation(), signed_in(make_user()), {"cid": str(uuid4()), "body": "一次"}
    places = [client.post(url("post", consultation), data)["Location"] for _number in range(2)]
    assert (places[0], Event.objects.count()) == (places[1], 1)


def test_what_a_visitor_typed_is_still_there_after_signing_in() -> None:
    consultation, citizen, client = make_consultation(), make_user(), Client()
    refused = client.post(url("post", consultation), {"cid": str(uuid4()), "body": "先写好的话"})
    assert (refused.status_code, "先写好的话" in refused.content.decode()) == (401, True)
    client.post(reverse("account_login"), {"login": citizen.email, "password": "correct horse battery"})
    assert "先写好的话" in client.get(url("post", consultation)).content.decode()


@pytest.mark.parametrize(
    ("make", "data", "status"),
    [
        ({}, {"body": " "}, 400),
        ({}, {"cid": "not-a-uuid"}, 400),
        ({}, {"organisation": str(uuid4())}, 400),
        ({"stage": "balance"}, {}, 409),
        ({"ways_in": [("discussion", "enterprise")]}, {}, 403),
    ],
)
def test_a_refused_message_is_kept_in_the_form(make: dict[str, Any], data: dict[str, str], status: int) -> None:
    consultation = make_consultation(**make)
    given = {"cid": str(uuid4()), "body": "请保留这句话", **data}
    response = signed_in(make_user()).post(url("post", consultation), given)
    assert (response.status_code, Event.objects.count()) == (status, 0)
    assert response.context["form"]["body"].value() == given["body"]


def test_a_member_speaks_for_an_organisation() -> None:
    consultation, member = make_consultation(), make_user()
    organisation = make_organisation(member=member)
    data = {"cid": str(uuid4()), "body": "样本不足", "organisation": str(organisation.row_id)}
    assert signed_in(member).post(url("post", consultation), data).status_code == 302
    assert Event.objects.get().organisation == organisation


def test_asking_for_events_gives_the_frames_of_the_socket() -> None:
    consultation, reader = make_consultation(), make_user()
    for body in ("一", "二", "三"):
        say(consultation, body)
    answer = signed_in(reader).get(url("events", consultation), {"since": "1"}).json()
    assert answer == {
        "head": 3,
        "epoch": str(consultation.room.epoch),
        "recovered": True,
        "events": frames_since(reader, consultation, 1),
        "opinions": {},
    }


def test_who_has_the_events_already_is_answered_without_them() -> None:
    consultation = make_consultation()
    say(consultation)
    first = Client().get(url("events", consultation))
    again = Client().get(url("events", consultation), headers={"If-None-Match": first["ETag"]})
    say(consultation, "二")
    later = Client().get(url("events", consultation), headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content, later.status_code) == (200, 304, b"", 200)


def test_earlier_messages_are_given_before_a_number() -> None:
    consultation = make_consultation()
    for body in ("一", "二", "三"):
        say(consultation, body)
    answer = Client().get(url("events", consultation), {"before": "3", "limit": "1"}).json()
    assert [frame["body"] for frame in answer["events"]] == ["二"]


def test_asking_for_one_event_gives_one() -> None:
    consultation = make_consultation()
    for body in ("一", "二", "三"):
        say(consultation, body)
    answer = Client().get(url("events", consultation), {"since": "1", "limit": "1"}).json()
    assert [frame["body"] for frame in answer["events"]] == ["二"]


@pytest.mark.parametrize("since", ["-1", "abc", "1e3", "９", "9" * 30])
def test_a_malformed_number_is_refused(since: str) -> None:
    response = Client().get(url("events", make_consultation()), {"since": since})
    assert response.status_code == 400


def test_a_hidden_message_is_a_tombstone_for_others_and_readable_for_its_author() -> None:
    consultation, author = make_consultation(), make_user()
    message = say(consultation, "某某住在三栋", author)
    moderate_message(message, rule=1, reason="含有住址", acting_user=make_moderator())
    others = Client().get(consultation.get_absolute_url()).content.decode()
    own = signed_in(author).get(consultation.get_absolute_url()).content.decode()
    assert ("某某住在三栋" in others, "含有住址" in others) == (False, False)
    assert ("某某住在三栋" in own, "含有住址" in own) == (True, True)
    frames = Client().get(url("events", consultation)).json()["events"]
    assert ("某某住在三栋" in str(frames), "含有住址" in str(frames)) == (False, False)


# Rooms of everything ---------------------------------------------------------------------------------


def make_place(kind: str) -> Any:
    if kind == "programme":
        return make_line().programme
    return {
        "consultation": make_consultation,
        "release": make_release,
        "evaluation": make_evaluation,
        "task": make_task,
    }[kind]()


@pytest.mark.parametrize("kind", ["consultation", "release", "programme", "evaluation", "task"])
def test_every_kind_of_record_has_a_discussion_that_is_read_and_spoken_in(kind: str) -> None:
    about, client = make_place(kind), signed_in(make_user())
    address = reverse("participation:discussion:post", args=[kind, about.row_id])
    response = client.post(address, {"cid": str(uuid4()), "body": "一句话"})
    assert response.status_code == 302
    assert "一句话" in Client().get(response["Location"]).content.decode()
    assert Event.objects.get().room.kind == kind


@pytest.mark.parametrize("kind", ["release", "nonsense"])
def test_what_is_not_public_has_no_public_discussion(kind: str) -> None:
    draft = make_release(published=False)
    for name in ("room", "events", "post", "transcript", "transcript_csv", "transcript_json"):
        address = reverse(f"participation:discussion:{name}", args=[kind, draft.row_id])
        assert Client().get(address).status_code == 404


def test_an_answer_shows_what_it_answers() -> None:
    consultation = make_consultation()
    say(consultation, "问题在哪？")
    client = signed_in(make_user())
    page = client.get(url("post", consultation), {"reply_to": "1"}).content.decode()
    client.post(url("post", consultation), {"cid": str(uuid4()), "body": "在第三行", "reply_to": "1"})
    assert ("问题在哪？" in page, Event.objects.get(seq=2).reply_to) == (True, 1)


@pytest.mark.parametrize("reply_to", ["2", "999999999", "-1", "x"])
def test_an_answer_to_what_is_not_in_the_room_is_refused(reply_to: str) -> None:
    consultation = make_consultation()
    say(consultation)
    say(make_consultation(), "别处")
    data = {"cid": str(uuid4()), "body": "答", "reply_to": reply_to}
    assert signed_in(make_user()).post(url("post", consultation), data).status_code == 400


def test_a_message_leads_to_the_line_that_it_is_about() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)
    data = {"cid": str(uuid4()), "body": "这一行", "line": str(line.row_id)}
    signed_in(make_user()).post(url("post", consultation), data)
    assert f'href="{line.get_absolute_url()}"' in Client().get(consultation.get_absolute_url()).content.decode()


def test_messages_are_found_by_their_words_and_hidden_ones_are_not() -> None:
    consultation = make_consultation()
    say(consultation, "电梯什么时候装")
    moderate_message(say(consultation, "电梯公司的人住三栋"), rule=1, reason="住址", acting_user=make_moderator())
    say(consultation, "操场")
    page = Client().get(consultation.get_absolute_url(), {"find": "电梯"}).content.decode()
    assert ("什么时候装" in page, "住三栋" in page, "操场" in page) == (True, False, False)


def test_the_author_changes_a_message_and_nobody_else_does() -> None:
    author = make_user()
    message = say(make_consultation(), "写错了", author)
    assert signed_in(make_user()).post(url("edit", message), {"body": "改"}).status_code == 403
    assert signed_in(author).post(url("edit", message), {"body": "写对了"}).status_code == 302
    message.refresh_from_db()
    assert (message.body, message.edited is not None) == ("写对了", True)


def test_reactions_are_numbers_and_small_ones_are_withheld() -> None:
    message = say(make_consultation())
    for _number in range(5):
        client = signed_in(make_user())
        answer = client.post(url("opinion", message), {"kind": "agree"}, headers={"Accept": "application/json"})
    client = signed_in(make_user())
    client.post(url("opinion", message), {"kind": "disagree"})
    counts = opinions_of(message.room, [1])[1]
    assert (answer.json()["opinions"]["agree"], counts["disagree"]) == (5, None)


def test_one_reacts_to_what_another_side_said() -> None:
    consultation, member = make_consultation(), make_user()
    say(consultation, "我是市民", member)
    organisation = Standing(StakeholderGroup.SOCIAL_ORGANISATION, make_organisation())
    message, _is_duplicate = post_message(
        consultation, body="我们评估过", client_id=uuid4(), standing=organisation, acting_user=make_user()
    )
    answer = signed_in(member).post(url("opinion", message), {"kind": "evidence"})
    assert (answer.status_code, message.opinions.get().person) == (302, member)


def test_a_transcript_shows_changes_in_a_copy_by_its_hashes() -> None:
    consultation = make_consultation()
    for body in ("一", "=cmd()", "三"):
        say(consultation, body)
    address = reverse("participation:discussion:transcript_json", args=["consultation", consultation.row_id])
    copy = Client().get(address).json()
    before = ""
    for row in copy["events"]:
        told = row.pop("sha256")
        before = hashlib.sha256(before.encode() + b"\n" + rfc8785.dumps(row)).hexdigest()
        assert told == before
    assert copy["sha256"] == before


def test_a_transcript_holds_no_hidden_text_and_nothing_that_a_spreadsheet_runs() -> None:
    consultation = make_consultation()
    say(consultation, "=HYPERLINK(1)")
    moderate_message(say(consultation, "某某住在三栋"), rule=1, reason="住址", acting_user=make_moderator())
    text = ""
    for name in ("transcript", "transcript_csv", "transcript_json"):
        response = Client().get(reverse(f"participation:discussion:{name}", args=["consultation", consultation.row_id]))
        text = b"".join(response).decode()
        assert ("某某住在三栋" in text, "HYPERLINK" in text) == (False, True)
        if name == "transcript_csv":
            assert ",=HYPERLINK" not in text


# Moderators ------------------------------------------------------------------------------------------


def test_a_moderator_changes_the_rules_of_a_room_and_the_reason_is_public() -> None:
    consultation, client = make_consultation(), signed_in(make_moderator())
    say(consultation)
    address = reverse("participation:discussion:keep", args=["consultation", consultation.row_id])
    assert signed_in(make_user()).get(address).status_code == 403
    assert client.get(address).status_code == 200
    data = {"is_locked": "on", "slow_seconds": "30", "holds": "links", "reason": ""}
    assert client.post(address, data).status_code == 400
    assert client.post(address, {**data, "reason": "吵起来了"}).status_code == 302
    frames = Client().get(url("events", consultation)).json()["events"]
    assert frames[-1]["rules"] == {"is_locked": True, "slow_seconds": 30, "holds": "links"}
    assert (frames[-1]["kind"], frames[-1]["body"]) == ("state", "吵起来了")


def test_a_moderator_puts_a_message_on_top_and_takes_it_from_there() -> None:
    consultation, client = make_consultation(), signed_in(make_moderator())
    message = say(consultation, "先看这里")
    client.post(url("pin", message))
    assert "data-live-pinned>" in Client().get(consultation.get_absolute_url()).content.decode()
    client.post(reverse("participation:discussion:unpin", args=["consultation", consultation.row_id]))
    assert "data-live-pinned hidden>" in Client().get(consultation.get_absolute_url()).content.decode()


def test_a_moderator_asks_somebody_to_be_silent_and_lets_them_speak_again() -> None:
    consultation, member, client = make_consultation(), make_user(), signed_in(make_moderator())
    message = say(consultation, "一", member)
    assert client.get(url("mute", message)).status_code == 200
    assert client.post(url("mute", message), {"hours": "1", "reason": "请冷静"}).status_code == 302
    refused = signed_in(member).post(url("post", consultation), {"cid": str(uuid4()), "body": "我偏要说"})
    assert (refused.status_code, "请冷静" in refused.content.decode()) == (403, True)
    assert "请冷静" not in Client().get(consultation.get_absolute_url()).content.decode()
    assert client.post(url("lift", Mute.objects.get()), {"reason": "冷静了"}).status_code == 302
    assert signed_in(member).post(url("post", consultation), {"cid": str(uuid4()), "body": "谢谢"}).status_code == 302


def test_whoever_is_asked_to_be_silent_speaks_by_no_change_of_an_old_message_either() -> None:
    consultation, member, client = make_consultation(), make_user(), signed_in(make_moderator())
    message = say(consultation, "一", member)
    client.post(url("mute", message), {"hours": "1", "reason": "请冷静"})
    refused = signed_in(member).post(url("edit", message), {"body": "我偏要说"})
    message.refresh_from_db()
    assert (refused.status_code, "请冷静" in refused.content.decode(), message.body) == (403, True, "一")


@pytest.mark.parametrize("form", ["summary", "announcement", "closing", "question"])
def test_only_moderators_write_summaries_and_announcements(form: str) -> None:
    consultation = make_consultation()
    data = {"body": "到目前为止", "form": form}
    for who, expected in ((make_user(), ""), (make_moderator(), form)):
        signed_in(who).post(url("post", consultation), {**data, "cid": str(uuid4())})
        assert Event.objects.order_by("seq").last().form == expected  # type: ignore[union-attr]


# The protocol for other programs -----------------------------------------------------------------------


def test_the_document_describes_every_frame_that_the_server_reads_or_sends() -> None:
    document = Client().get(reverse("participation:discussion:asyncapi")).json()
    described = {message["name"] for message in document["components"]["messages"].values()}
    assert described == {
        *("hello", "send", "edit", "moderate", "typing", "read", "ping"),
        *("welcome", "ev", "ack", "head", "eph", "counter", "hint", "you", "resync", "pong", "error"),
    }


def test_a_frame_of_the_server_fits_the_schema_of_the_document() -> None:
    consultation = make_consultation()
    say(consultation)
    schemas = asyncapi()["components"]["schemas"]
    frame = frames_since(make_user(), consultation, 0)[0]
    assert set(frame) == set(schemas["Ev"]["properties"]) == set(schemas["Ev"]["required"])
