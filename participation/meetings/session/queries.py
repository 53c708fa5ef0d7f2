"""The live room: who speaks, who is next, how the time is shared, what polls say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from participation.meetings.models import Meeting
from participation.meetings.session.models import MeetingPoll, MeetingVote, SpeakingTurn
from participation.small_cells import Published, without_small_cells


@dataclass(frozen=True)
class Speaking:
    """The queue. ``waiting`` in the order in which people are called; ``spoken``: group -> seconds, all who spoke."""

    now: SpeakingTurn | None
    waiting: list[SpeakingTurn]
    spoken: dict[str, int]
    asked: datetime

    @property
    def seconds_left(self) -> int | None:
        if self.now is None or self.now.called_at is None:
            return None
        return self.now.seconds - int((self.asked - self.now.called_at).total_seconds())

    @property
    def is_over_time(self) -> bool:
        return (self.seconds_left or 0) < 0

    @property
    def seconds_over(self) -> int:
        return max(0, -(self.seconds_left or 0))


def speaking_in(meeting: Meeting, now: datetime | None = None) -> Speaking:
    """One query. The side that has spoken the shortest time is next, and in it who asked first: sides are heard
    alike, however many of each ask."""
    now = now or timezone.now()
    turns = list(meeting.turns.select_related("registration__person", "registration__organisation", "item"))
    spoken: dict[str, int] = {}
    for turn in turns:
        if turn.called_at is not None:
            seconds = int(((turn.ended_at or now) - turn.called_at).total_seconds())
            spoken[turn.registration.group] = spoken.get(turn.registration.group, 0) + seconds
    present = next((turn for turn in turns if turn.called_at is not None and turn.ended_at is None), None)
    return Speaking(
        present,
        in_turn([turn for turn in turns if turn.called_at is None and turn.ended_at is None], spoken),
        spoken,
        now,
    )


def in_turn(waiting: Sequence[SpeakingTurn], spoken: dict[str, int]) -> list[SpeakingTurn]:
    """The order of the queue, where each who is called would use the whole turn."""
    used, left, order = dict(spoken), sorted(waiting, key=lambda turn: (turn.asked_at, turn.pk)), []
    while left:
        following = min(left, key=lambda turn: used.get(turn.registration.group, 0))
        left.remove(following)
        order.append(following)
        group = following.registration.group
        used[group] = used.get(group, 0) + following.seconds
    return order


def counts_of_poll(poll: MeetingPoll) -> Published[int]:
    """Place of each option -> how many chose it, small numbers withheld; one query."""
    return _published(poll, dict(poll.votes.values_list("choice").annotate(Count("pk")).order_by()))


def _published(poll: MeetingPoll, found: dict[int, int]) -> Published[int]:
    return without_small_cells({place: found.get(place, 0) for place in range(len(poll.choices))})


@dataclass(frozen=True)
class PollShown:
    """A poll as somebody sees it. ``rows``: (option, number or None); only once it is closed."""

    poll: MeetingPoll
    rows: list[tuple[str, int | None]]
    total: int | None
    chosen: int | None


def polls_in(meeting: Meeting, registration_pk: int | None) -> list[PollShown]:
    """The polls, the newest first; three queries."""
    polls = list(meeting.polls.all())
    votes = MeetingVote.objects.filter(poll__meeting=meeting)
    found: dict[int, dict[int, int]] = {}
    for poll, choice, number in votes.values_list("poll", "choice").annotate(Count("pk")).order_by():
        found.setdefault(poll, {})[choice] = number
    chosen = dict(votes.filter(registration=registration_pk).values_list("poll", "choice"))
    shown = []
    for poll in polls:
        counts = _published(poll, found.get(poll.pk, {})) if poll.closed_at is not None else None
        rows = [(option, counts.cells[place] if counts else None) for place, option in enumerate(poll.choices)]
        shown.append(PollShown(poll, rows, counts.total if counts else None, chosen.get(poll.pk)))
    return shown
