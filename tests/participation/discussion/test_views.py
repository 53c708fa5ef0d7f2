"""The discussion without sockets and without scripts."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from participation.consultations.models import Consultation
from participation.discussion.actions import moderate_message, post_message
from participation.discussion.models import Event
from participation.discussion.queries import frames_since
from tests.factories import CITIZEN, make_consultation, make_moderator, make_organisation, make_user

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
    }


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
    moderate_message(message, hide=True, reason="含有住址", acting_user=make_moderator())
    others = Client().get(consultation.get_absolute_url()).content.decode()
    own = signed_in(author).get(consultation.get_absolute_url()).content.decode()
    assert ("某某住在三栋" in others, "含有住址" in others) == (False, False)
    assert ("某某住在三栋" in own, "含有住址" in own) == (True, True)
    frames = Client().get(url("events", consultation)).json()["events"]
    assert ("某某住在三栋" in str(frames), "含有住址" in str(frames)) == (False, False)


@pytest.mark.parametrize("name", ["hide", "restore"])
@pytest.mark.parametrize(("who", "status"), [("visitor", 401), ("citizen", 403)])
def test_only_moderators_moderate(name: str, who: str, status: int) -> None:
    message = say(make_consultation())
    client = Client() if who == "visitor" else signed_in(make_user())
    assert [client.get(url(name, message)).status_code, client.post(url(name, message)).status_code] == [status, status]


def test_a_moderator_hides_with_a_reason_and_restores() -> None:
    message, client = say(make_consultation()), signed_in(make_moderator())
    assert client.get(url("hide", message)).status_code == 200
    assert client.post(url("hide", message), {"reason": " "}).status_code == 400
    assert client.post(url("hide", message), {"reason": "含有住址"}).status_code == 302
    message.refresh_from_db()
    assert message.is_hidden is True
    assert client.post(url("hide", message), {"reason": "再来一次"}).status_code == 409
    assert client.post(url("restore", message), {"reason": "误会"}).status_code == 302
    message.refresh_from_db()
    assert message.is_hidden is False


def test_a_moderation_is_not_a_message_to_be_moderated() -> None:
    message, client = say(make_consultation()), signed_in(make_moderator())
    event = moderate_message(message, hide=True, reason="含有住址", acting_user=make_moderator())
    assert client.post(url("restore", event), {"reason": "误会"}).status_code == 404
