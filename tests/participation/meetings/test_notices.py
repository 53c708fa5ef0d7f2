"""What those who have a place are told, and what comes with it."""

from __future__ import annotations

import pytest
from django.utils import translation
from icalendar import Calendar

from participation.following.kinds import PERSONAL, SENTENCES
from participation.meetings.actions import cancel_meeting, change_meeting
from participation.meetings.models import Meeting
from participation.stakeholders.models import User
from tests.factories import make_meeting, make_moderator
from tests.participation.following.mailbox import Committing, committed, mails_to, make_follower, told
from tests.participation.meetings.people import register

pytestmark = pytest.mark.django_db
LINK = "https://meet.example.org/42"


def one_place() -> Meeting:
    return make_meeting(places={"citizen": (1, False)}, details={"online_link": LINK})


def enclosed(person: User) -> list[tuple[str, str, int, bool]]:
    """(method, status, sequence, whether the address for taking part is there) of each calendar file, oldest first."""
    found = []
    for message in mails_to(person):
        for name, content, media_type in message.attachments:
            assert name == "invitation.ics"
            calendar = Calendar.from_ical(content)
            event = calendar.walk("VEVENT")[0]
            assert media_type == f"text/calendar; method={calendar['METHOD']}"
            found.append(
                (str(calendar["METHOD"]), str(event["STATUS"]), event["SEQUENCE"], LINK in event["DESCRIPTION"])
            )
    return found


def test_whoever_has_a_place_is_sent_the_invitation_and_whoever_waits_is_not(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    meeting = one_place()
    with committed(django_capture_on_commit_callbacks):
        first, second = register(meeting).person, register(meeting).person
    assert (enclosed(first), enclosed(second)) == ([("REQUEST", "CONFIRMED", 0, True)], [])
    assert [told(first), told(second)] == [[("meeting_place", "place")], [("meeting_place", "waiting")]]


def test_a_changed_and_a_cancelled_meeting_change_the_calendar_of_those_who_have_a_place(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    meeting, keeper = one_place(), make_moderator()
    person = register(meeting).person
    with committed(django_capture_on_commit_callbacks):
        change_meeting(meeting, reason="场地变更", changes={"place": "图书馆"}, acting_user=keeper)
    with committed(django_capture_on_commit_callbacks):
        cancel_meeting(meeting, reason="台风", acting_user=keeper)
    assert enclosed(person) == [("REQUEST", "CONFIRMED", 1, True), ("CANCEL", "CANCELLED", 2, True)]


def test_whoever_waits_is_told_of_a_change_too_and_who_gains_or_loses_a_place_of_that(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    meeting, keeper = one_place(), make_moderator()
    with committed(django_capture_on_commit_callbacks):
        first, second = register(meeting).person, register(meeting).person
    for places in (2, 1):
        with committed(django_capture_on_commit_callbacks):
            change_meeting(meeting, reason="换房间", changes={}, places={"citizen": places}, acting_user=keeper)
    steps = [[step for _kind, step in told(person)] for person in (first, second)]
    assert [sorted(each) for each in steps] == [
        ["changed", "changed", "place"],
        ["changed", "changed", "place", "waiting", "waiting"],
    ]


def test_followers_are_told_of_the_meeting_and_not_of_the_places_of_others(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    meeting, keeper = one_place(), make_moderator()
    follower = make_follower(meeting)
    with committed(django_capture_on_commit_callbacks):
        register(meeting)
        change_meeting(meeting, reason="场地变更", changes={"place": "图书馆"}, acting_user=keeper)
    assert told(follower) == [("meeting", "changed")]


def test_whatever_addresses_somebody_is_told_to_them_alone() -> None:
    addressing = ("You ", "Your ", "Please ", "Somebody ")
    with translation.override("en"):
        english = {key: str(words) for key, words in SENTENCES.items()}
    addressed = {key for key, words in english.items() if words.startswith(addressing) or " your" in words}
    assert ("meeting_place", "place") in addressed
    assert addressed - PERSONAL == set()
    assert PERSONAL - SENTENCES.keys() == set()
