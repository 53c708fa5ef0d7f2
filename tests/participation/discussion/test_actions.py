"""Speaking and moderating: numbers without gaps, one message for one client id, text that is never destroyed."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import override_settings

from participation.consultations.models import Consultation
from participation.discussion.actions import moderate_message, post_message
from participation.discussion.models import Event, Room
from participation.discussion.queries import as_frame, frames_since, messages_for
from participation.stakeholders.models import Role, StakeholderGroup
from participation.stakeholders.queries import Standing
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed, SignInRequired, TooLarge
from privacy.history.queries import history_of
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_user,
)
from tests.log_entries import entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def say(consultation: Consultation, body: str = "大家好", **fields: Any) -> Event:
    values = {"client_id": uuid4(), "standing": CITIZEN, **fields}
    values.setdefault("acting_user", None)
    values["acting_user"] = values["acting_user"] or make_user()
    return post_message(consultation, body=body, **values)[0]


def test_messages_are_numbered_from_one_without_gaps() -> None:
    consultation = make_consultation()
    assert [say(consultation).seq for _number in range(3)] == [1, 2, 3]


def test_rooms_count_apart() -> None:
    assert [say(make_consultation()).seq, say(make_consultation()).seq] == [1, 1]


def test_a_client_id_is_one_message_for_its_author_only() -> None:
    consultation, author, client_id = make_consultation(), make_user(), uuid4()
    first, again = (
        post_message(consultation, body="一", client_id=client_id, standing=CITIZEN, acting_user=author)
        for _number in range(2)
    )
    other = say(consultation, client_id=client_id)
    assert (again, first[1], other.seq) == ((first[0], True), False, 2)


def test_a_refused_message_takes_no_number() -> None:
    consultation = make_consultation()
    with pytest.raises(Invalid):
        say(consultation, " ")
    assert say(consultation).seq == 1


def test_a_message_keeps_for_whom_it_was_said() -> None:
    consultation, member = make_consultation(), make_user()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=member)
    event = say(consultation, standing=Standing(StakeholderGroup.ENTERPRISE, organisation), acting_user=member)
    assert (event.stakeholder_group, event.organisation) == ("enterprise", organisation)


@pytest.mark.parametrize(("body", "error"), [("", Invalid), (" \x00 ", Invalid), ("a" * 4001, TooLarge)])
def test_empty_and_endless_messages_are_refused(body: str, error: type[GongzhiError]) -> None:
    with pytest.raises(error):
        say(make_consultation(), body)


def test_a_locked_room_takes_no_messages() -> None:
    consultation = make_consultation()
    Room.objects.create(consultation=consultation, is_locked=True)
    with pytest.raises(Closed):
        say(consultation)


def test_the_log_commits_to_the_text_without_holding_it() -> None:
    event = say(make_consultation(), "只留承诺")
    found = entry(record_ref=event.row_id)
    assert (found.kind, "只留承诺" in found.leaf) == ("message.posted", False)


# Moderation --------------------------------------------------------------------------------------


def test_hiding_is_an_event_with_the_reason_and_keeps_the_text() -> None:
    message, moderator = say(make_consultation(), "某某住在三栋"), make_moderator()
    event = moderate_message(message, rule=1, reason=" 住址 ", acting_user=moderator)
    message.refresh_from_db()
    assert (event.kind, event.seq, event.target_seq, event.body) == ("hide", 2, 1, "住址")
    assert (message.is_hidden, message.body) == (True, "某某住在三栋")
    newest = history_of(message)[0]
    assert (newest.who, newest.reason) == (moderator.display_name, "住址")


def test_restoring_shows_the_text_again() -> None:
    message, moderator = say(make_consultation(), "一"), make_moderator()
    moderate_message(message, rule=1, reason="误会", acting_user=moderator)
    event = moderate_message(message, rule=None, reason="已核实", acting_user=moderator)
    message.refresh_from_db()
    assert (event.kind, event.seq, message.is_hidden) == ("restore", 3, False)


def test_hiding_what_is_hidden_is_a_conflict() -> None:
    message = say(make_consultation())
    moderate_message(message, rule=1, reason="一", acting_user=make_moderator())
    with pytest.raises(Conflict):
        moderate_message(message, rule=1, reason="二", acting_user=make_moderator())


def test_hiding_needs_a_reason() -> None:
    with pytest.raises(Invalid):
        moderate_message(say(make_consultation()), rule=1, reason=" ", acting_user=make_moderator())


def test_nobody_moderates_the_own_message() -> None:
    moderator = make_moderator()
    message = say(make_consultation(), acting_user=moderator)
    with pytest.raises(NotAllowed):
        moderate_message(message, rule=1, reason="一", acting_user=moderator)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("visitor", SignInRequired),
        ("citizen", NotAllowed),
        (Role.AUDITOR, NotAllowed),
        (Role.EDITOR, NotAllowed),
    ],
)
def test_only_moderators_moderate(who: str, error: type[GongzhiError]) -> None:
    message = say(make_consultation())
    user: Any = None if who == "visitor" else make_user() if who == "citizen" else make_officeholder(Role(who))
    with pytest.raises(error):
        moderate_message(message, rule=1, reason="一", acting_user=user)


# What is shown -------------------------------------------------------------------------------------


def test_a_hidden_message_is_a_tombstone_but_for_its_author_and_those_who_check() -> None:
    consultation, author = make_consultation(), make_user()
    message = say(consultation, "某某住在三栋", acting_user=author)
    moderate_message(message, rule=1, reason="住址", acting_user=make_moderator())
    message.refresh_from_db()
    readers = {
        "author": author,
        "moderator": make_moderator(),
        "auditor": make_officeholder(Role.AUDITOR),
        "citizen": make_user(),
    }
    shown = {name: as_frame(message, user)["body"] for name, user in readers.items()}
    assert shown == {"author": "某某住在三栋", "moderator": "某某住在三栋", "auditor": "某某住在三栋", "citizen": ""}


@pytest.mark.parametrize("kind", ["hide", "restore"])
def test_the_reason_of_a_moderation_goes_to_the_author_and_to_those_who_check(kind: str) -> None:
    consultation, author = make_consultation(), make_user()
    message = say(consultation, "某某住在三栋", acting_user=author)
    moderate_message(message, rule=1, reason="住址", acting_user=make_moderator())
    if kind == "restore":
        moderate_message(message, rule=None, reason="住址", acting_user=make_moderator())
    readers = {
        "author": author,
        "moderator": make_moderator(),
        "auditor": make_officeholder(Role.AUDITOR),
        "citizen": make_user(),
        "visitor": AnonymousUser(),
    }
    shown = {name: frames_since(user, consultation, 0)[-1] for name, user in readers.items()}
    assert {name: (frame["kind"], frame["body"]) for name, frame in shown.items()} == {
        "author": (kind, "住址"),
        "moderator": (kind, "住址"),
        "auditor": (kind, "住址"),
        "citizen": (kind, ""),
        "visitor": (kind, ""),
    }


def test_the_reason_beside_a_hidden_message_goes_to_the_same_readers() -> None:
    consultation, author = make_consultation(), make_user()
    message = say(consultation, acting_user=author)
    for hide, reason in [(True, "旧"), (False, "误会"), (True, "新")]:
        message.refresh_from_db()
        moderate_message(message, rule=1 if hide else None, reason=reason, acting_user=make_moderator())
    readers = [author, make_moderator(), make_user(), AnonymousUser()]
    shown = [messages_for(user, consultation)[0]["hidden_reason"] for user in readers]
    assert shown == ["新", "新", "", ""]


def test_a_replay_costs_the_same_whatever_was_moderated(django_assert_num_queries: Any) -> None:
    consultation, reader = make_consultation(), make_user()
    for _number in range(3):
        moderate_message(say(consultation), rule=1, reason="一", acting_user=make_moderator())
    with django_assert_num_queries(6):  # the room, the offices (twice), the events, the reasons, the authors
        frames_since(reader, consultation, 0)


def test_replay_and_page_show_the_same() -> None:
    consultation, reader = make_consultation(), make_user()
    for body in ("一", "二"):
        say(consultation, body)
    replayed = [frame for frame in frames_since(reader, consultation, 0) if frame["kind"] == "message"]
    assert messages_for(reader, consultation) == replayed


def test_the_page_shows_the_newest_in_the_order_in_which_they_were_said() -> None:
    consultation, author = make_consultation(), make_user()
    for body in ("一", "二", "三"):
        say(consultation, body, acting_user=author)
    assert [frame["body"] for frame in messages_for(author, consultation, last=2)] == ["二", "三"]


@pytest.mark.django_db(transaction=True)
def test_messages_said_at_once_get_numbers_without_gaps_or_doubles() -> None:
    consultation = make_consultation()
    authors = [make_user() for _number in range(6)]
    faults: list[BaseException] = []

    def speak(author: Any) -> None:
        try:
            for _number in range(3):
                say(consultation, acting_user=author)
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=speak, args=(author,)) for author in authors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 19))


@pytest.mark.django_db(transaction=True)
def test_what_was_said_is_kept_when_open_pages_cannot_be_told() -> None:
    nowhere = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["redis://127.0.0.1:1"]}}
    with override_settings(CHANNEL_LAYERS={"default": nowhere}):
        say(make_consultation(), "有人在听吗？")
    assert list(Event.objects.values_list("body", flat=True)) == ["有人在听吗？"]
