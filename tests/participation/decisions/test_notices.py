"""What people are told, what stands in the calendar, and the regular work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from participation.decisions.models import DecisionRoom
from participation.decisions.notices import look_after_decisions, remind_of_ratings
from participation.decisions.queries import decision_dates
from participation.decisions.voting.models import DecisionRound
from participation.following.models import Announcement
from tests.participation.decisions.rooms import BALLOTS, end, make_decision_room, open_round, rate_all

pytestmark = pytest.mark.django_db


def told(room: DecisionRoom) -> list[str]:
    found = Announcement.objects.filter(kind="decision", row_id=room.row_id).order_by("pk")
    return [announcement.words["step"] for announcement in found]


def test_opening_end_and_result_are_told_and_the_roster_is_asked() -> None:
    room = make_decision_room(seats=2)
    round_ = open_round(room)
    asked = Announcement.objects.get(kind="decision", words__step="opened")
    assert len(asked.people) == 2
    rate_all(round_, BALLOTS)
    end(round_)
    assert told(room) == ["options", "opened", "counted"]


def test_of_a_near_end_everybody_is_reminded_once() -> None:
    round_ = open_round(make_decision_room(seats=0))
    remind_of_ratings()
    DecisionRound.objects.filter(pk=round_.pk).update(ends_at=timezone.now() + timedelta(days=1))
    remind_of_ratings()
    remind_of_ratings()
    assert told(round_.room) == ["options", "opened", "closing"]


def test_regular_work_closes_what_has_ended() -> None:
    round_ = open_round(make_decision_room(seats=0))
    DecisionRound.objects.filter(pk=round_.pk).update(ends_at=timezone.now() - timedelta(minutes=1))
    look_after_decisions()
    round_.refresh_from_db()
    assert (round_.closed_at is not None, DecisionRoom.objects.get().state) == (True, "closed")


def test_the_time_for_ratings_stands_in_the_calendar() -> None:
    round_ = open_round(make_decision_room(seats=0))
    today = timezone.localdate()
    (entry,) = decision_dates(AnonymousUser(), today, today)
    assert (entry.title, entry.ends) == (round_.room.title, round_.ends_at)
