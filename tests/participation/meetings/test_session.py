"""While a meeting goes on: sides are heard alike, polls are only counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from participation.meetings.models import Meeting
from participation.meetings.seats.actions import check_in
from participation.meetings.session.actions import (
    ask_to_speak,
    call_next,
    close_meeting,
    close_poll,
    leave_queue,
    open_meeting,
    open_poll,
    vote_in_poll,
)
from participation.meetings.session.models import MeetingVote, SpeakingTurn
from participation.meetings.session.queries import counts_of_poll, polls_in, speaking_in
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from tests.factories import make_meeting, make_moderator, make_user
from tests.log_entries import entries
from tests.participation.meetings.people import live_meeting, register

pytestmark = [pytest.mark.django_db, pytest.mark.both]

OPTIONS = "先装电梯\n先修管道\n"


def test_a_meeting_is_opened_and_closed_once_by_those_who_keep_it() -> None:
    meeting, keeper = make_meeting(), make_moderator()
    with pytest.raises(NotAllowed):
        open_meeting(meeting, acting_user=make_user())
    open_meeting(meeting, acting_user=keeper)
    with pytest.raises(Conflict):
        open_meeting(meeting, acting_user=keeper)
    close_meeting(meeting, acting_user=keeper)
    with pytest.raises(Closed):
        close_meeting(meeting, acting_user=keeper)
    assert [entry.kind for entry in entries(record_ref=meeting.row_id)] == [
        "meeting.convened",
        "meeting.session",
        "meeting.session",
    ]


def test_the_log_does_not_tell_how_many_came_where_they_are_few() -> None:
    keeper = make_moderator()
    meeting, _there = live_meeting(keeper)
    close_meeting(meeting, acting_user=keeper)
    assert '"attended":null' in entries(record_ref=meeting.row_id)[-1].leaf


def test_only_who_has_checked_in_asks_to_speak() -> None:
    keeper = make_moderator()
    meeting = make_meeting(places={"citizen": (1, False)})
    one = register(meeting)
    open_meeting(meeting, acting_user=keeper)
    with pytest.raises(NotAllowed):
        ask_to_speak(meeting, acting_user=one.person)
    check_in(one, acting_user=keeper)
    assert ask_to_speak(meeting, acting_user=one.person).seconds == meeting.turn_seconds
    with pytest.raises(Conflict):
        ask_to_speak(meeting, acting_user=one.person)
    with pytest.raises(NotAllowed):
        ask_to_speak(meeting, acting_user=make_user())


def test_the_side_that_has_spoken_least_is_next_however_many_of_the_other_ask() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper, people=3)
    for registration in there:
        ask_to_speak(meeting, acting_user=registration.person)
    order = [turn.registration.group for turn in speaking_in(meeting).waiting]
    assert order == ["citizen", "social_organisation", "citizen", "citizen"]


def test_calling_the_next_ends_the_turn_before() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper)
    for registration in there[:2]:
        ask_to_speak(meeting, acting_user=registration.person)
    first = call_next(meeting, acting_user=keeper)
    second = call_next(meeting, acting_user=keeper)
    assert first is not None
    assert second is not None
    first.refresh_from_db()
    assert (first.ended_at is not None, speaking_in(meeting).now, call_next(meeting, acting_user=keeper)) == (
        True,
        second,
        None,
    )


def test_time_is_counted_for_each_side_and_a_turn_runs_out() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper)
    ask_to_speak(meeting, acting_user=there[0].person)
    turn = call_next(meeting, acting_user=keeper)
    assert turn is not None
    now = timezone.now()
    SpeakingTurn.objects.filter(pk=turn.pk).update(called_at=now - timedelta(seconds=200))
    shown = speaking_in(meeting, now)
    assert (shown.spoken, shown.seconds_left, shown.is_over_time, shown.seconds_over) == (
        {"citizen": 200},
        -20,
        True,
        20,
    )


def test_whoever_waits_may_step_back_and_nobody_does_it_for_another() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper)
    turn = ask_to_speak(meeting, acting_user=there[0].person)
    with pytest.raises(NotAllowed):
        leave_queue(turn, acting_user=there[1].person)
    leave_queue(turn, acting_user=there[0].person)
    assert speaking_in(meeting).waiting == []


def test_a_poll_takes_one_vote_a_person_and_shows_numbers_only_when_it_is_closed() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper, people=5)
    poll = open_poll(meeting, question="先做哪个？", options=OPTIONS, acting_user=keeper)
    for registration in there:
        vote_in_poll(poll, choice=1, acting_user=registration.person)
        vote_in_poll(poll, choice=0, acting_user=registration.person)
    assert [row for _option, row in polls_in(meeting, None)[0].rows] == [None, None]
    close_poll(poll, acting_user=keeper)
    shown = polls_in(meeting, there[0].pk)[0]
    assert (shown.rows, shown.total, shown.chosen) == ([("先装电梯", 6), ("先修管道", 0)], 6, 0)
    assert MeetingVote.objects.filter(poll=poll).count() == 6
    with pytest.raises(Closed):
        vote_in_poll(poll, choice=0, acting_user=there[0].person)


def test_few_votes_are_not_told() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper)
    poll = open_poll(meeting, question="先做哪个？", options=OPTIONS, acting_user=keeper)
    vote_in_poll(poll, choice=0, acting_user=there[0].person)
    assert (counts_of_poll(poll).cells, counts_of_poll(poll).total) == ({0: None, 1: 0}, None)


@pytest.mark.parametrize("options", ["", "只有一个", "同\n同", "\n".join("abcdefg")], ids=["none", "one", "same", "7"])
def test_a_poll_has_two_to_six_different_answers(options: str) -> None:
    keeper = make_moderator()
    meeting, _there = live_meeting(keeper, people=0)
    with pytest.raises(Invalid):
        open_poll(meeting, question="先做哪个？", options=options, acting_user=keeper)


def test_closing_the_meeting_closes_queue_and_polls() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper)
    ask_to_speak(meeting, acting_user=there[0].person)
    poll = open_poll(meeting, question="先做哪个？", options=OPTIONS, acting_user=keeper)
    close_meeting(meeting, acting_user=keeper)
    poll.refresh_from_db()
    assert (poll.closed_at is not None, speaking_in(meeting).waiting) == (True, [])
    assert Meeting.objects.get(pk=meeting.pk).state == "held"
