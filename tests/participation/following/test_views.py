"""The pages of notifications, the bell, and the button."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participation.consultations.actions import hide_contribution
from participation.following.actions import announce, follow
from participation.following.kinds import Kind
from participation.following.models import Follow, Notification
from participation.following.subjects import subject_of
from participation.following.tokens import unsubscribing
from participation.stakeholders.models import User
from tests.factories import (
    PASSWORD,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_release,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.login(email=user.email, password=PASSWORD)
    return client


def notify(user: User, *records: Any, kind: str = Kind.FEEDBACK) -> list[Notification]:
    return [
        Notification.objects.create(recipient=user, announcement=announce(kind, record), cadence="here")
        for record in records
    ]


def page_text(client: Client, address: str = "/en/notifications/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_page_tells_what_happened_the_newest_first() -> None:
    user = make_user()
    first, second = make_feedback(), make_feedback()
    notify(user, first, second)
    text = page_text(signed_in(user))
    assert 0 < text.index(second.reference) < text.index(first.reference)


def test_of_what_is_hidden_now_nothing_is_shown() -> None:
    user, feedback = make_user(), make_feedback()
    [row] = notify(user, feedback)
    hide_contribution(feedback, rule=1, reason="离题", acting_user=make_moderator())
    client = signed_in(user)
    text = page_text(client)
    assert (feedback.reference in text, "This is not public any more." in text) == (False, True)
    assert client.get(f"/notifications/{row.row_id}/").status_code == 404


def test_opening_one_reads_it_and_leads_there() -> None:
    user, feedback = make_user(), make_feedback()
    [row] = notify(user, feedback)
    response = signed_in(user).get(f"/en/notifications/{row.row_id}/")
    assert (response.status_code, response["Location"]) == (302, f"/en/feedback/{feedback.row_id}/")
    assert Notification.objects.unread().count() == 0


def test_somebody_elses_notification_is_not_there() -> None:
    [row] = notify(make_user(), make_feedback())
    client = signed_in(make_user())
    assert client.get(f"/notifications/{row.row_id}/").status_code == 404
    client.post("/notifications/read/")
    assert Notification.objects.unread().count() == 1


def test_everything_is_marked_as_read_at_once() -> None:
    user = make_user()
    notify(user, make_feedback(), make_feedback())
    signed_in(user).post("/notifications/read/")
    assert Notification.objects.unread().count() == 0


def test_the_list_is_narrowed_by_kind_and_to_what_is_unread() -> None:
    user = make_user()
    feedback, release = make_feedback(), make_release()
    notify(user, feedback)
    notify(user, release, kind=Kind.CORRECTION)
    client = signed_in(user)
    shown = [
        [row.kind for row in client.get(f"/notifications/?{query}").context["told"]]
        for query in ("", "kind=correction", "kind=nonsense")
    ]
    assert shown == [["correction", "feedback"], ["correction"], ["correction", "feedback"]]
    Notification.objects.filter(announcement__kind="correction").update(read_at="2026-01-01T00:00Z")
    assert [row.kind for row in client.get("/notifications/?unread=on").context["told"]] == ["feedback"]


def test_the_page_and_what_is_followed_take_the_same_queries_for_one_and_for_thirty() -> None:
    user, consultation = make_user(), make_consultation()
    client = signed_in(user)
    counts = []
    for number in (1, 29):
        said = [make_feedback(consultation) for _number in range(number)]
        notify(user, *said)
        for feedback in said:
            follow("feedback", feedback.row_id, acting_user=user)
        for address in ("/notifications/", "/notifications/following/"):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
    assert counts == [8, 8, 8, 8]


# The bell ----------------------------------------------------------------------------------------


def test_the_bell_counts_what_is_unread_with_one_query() -> None:
    user = make_user()
    notify(user, make_feedback(), make_feedback())
    client = signed_in(user)
    client.get("/log/")
    with CaptureQueriesContext(connection) as queries:
        text = page_text(client, "/en/consultations/")
    assert '<span class="tag now">2<' in text
    assert len([query for query in queries if "participation_notification" in query["sql"]]) == 1


def test_for_a_visitor_there_is_no_bell_no_query_and_no_cookie() -> None:
    client = Client()
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/en/consultations/")
    assert ("#bell" in response.content.decode(), len(response.cookies)) == (False, 0)
    assert [query for query in queries if "notification" in query["sql"] or "follow" in query["sql"]] == []


# The button --------------------------------------------------------------------------------------

PAGES: dict[str, Any] = {
    "release": make_release,
    "line": make_line,
    "programme": lambda: make_line().programme,
    "department": lambda: make_line().department,
    "consultation": make_consultation,
    "feedback": make_feedback,
    "evaluation": make_evaluation,
    "task": make_task,
}


@pytest.mark.parametrize("subject", PAGES)
def test_the_button_stands_on_the_page_and_works_without_scripts(subject: str) -> None:
    user, record = make_user(), PAGES[subject]()
    client, address = signed_in(user), f"/en/notifications/follow/{subject}/{record.row_id}/"
    there = f"/en{record.get_absolute_url()}"
    assert f'action="{address}"' in page_text(client, there)
    back = client.post(address)
    assert (back.status_code, back["Location"]) == (302, there)
    assert "Stop following" in page_text(client, there)
    client.post(address, {"end": "1"})
    assert Follow.objects.filter(person=user).count() == 0


@pytest.mark.parametrize("subject", PAGES)
def test_a_visitor_comes_to_the_button_by_signing_in_and_the_page_sets_no_cookie(subject: str) -> None:
    record = PAGES[subject]()
    response = Client().get(f"/en{record.get_absolute_url()}")
    address = f"/en/notifications/follow/{subject}/{record.row_id}/"
    assert (f'href="{address}"' in response.content.decode(), len(response.cookies)) == (True, 0)
    refused = Client().get(address)
    assert (refused.status_code, refused["Location"]) == (302, f"/en/accounts/login/?next={address}")


def test_what_cannot_be_seen_cannot_be_followed_by_its_address() -> None:
    draft = make_release(published=False)
    client = signed_in(make_user())
    addresses = [
        f"/notifications/follow/release/{draft.row_id}/",
        f"/notifications/follow/user/{make_user().row_id}/",
        f"/notifications/follow/message/{draft.row_id}/",
    ]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert [client.post(address).status_code for address in addresses] == [404, 404, 404]


def test_what_was_followed_and_is_hidden_now_can_be_ended_and_tells_nothing() -> None:
    user, feedback = make_user(), make_feedback()
    follow(*subject_of(feedback), acting_user=user)
    hide_contribution(feedback, rule=1, reason="离题", acting_user=make_moderator())
    client = signed_in(user)
    assert feedback.reference not in page_text(client, "/en/notifications/following/")
    client.post(f"/notifications/follow/feedback/{feedback.row_id}/", {"end": "1", "list": "1"})
    assert Follow.objects.filter(person=user).count() == 0


# Choices -----------------------------------------------------------------------------------------


def test_each_kind_has_its_choice() -> None:
    user = make_user()
    client = signed_in(user)
    form = client.get("/notifications/preferences/").context["form"]
    assert {*form.fields} == {*Kind.values}
    chosen = dict.fromkeys(Kind.values, "weekly") | {"task": "never"}
    assert client.post("/notifications/preferences/", chosen).status_code == 302
    assert dict(user.preferences.values_list("kind", "cadence")) == chosen


def test_a_choice_that_does_not_exist_comes_back() -> None:
    user = make_user()
    response = signed_in(user).post("/notifications/preferences/", {"task": "hourly"})
    assert (response.status_code, user.preferences.count()) == (400, 0)


@pytest.mark.parametrize("address", ["", "following/", "preferences/"])
def test_a_visitor_is_sent_to_sign_in(address: str) -> None:
    response = Client().get(f"/en/notifications/{address}")
    assert (response.status_code, response["Location"]) == (
        302,
        f"/en/accounts/login/?next=/en/notifications/{address}",
    )


def test_a_forged_address_ends_nobodys_mail() -> None:
    user = make_user()
    address = unsubscribing(user, "all")
    head, _dash, tail = address.rpartition(":")
    forged = f"{head}:{'A' if tail[0] != 'A' else 'B'}{tail[1:]}"
    assert (Client().post(forged).status_code, user.preferences.count()) == (404, 0)
    assert (Client().post(address).status_code, user.preferences.count()) == (200, len(Kind.values))
