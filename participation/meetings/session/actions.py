"""While a meeting goes on: opening and closing it, speaking in turn, quick polls."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.meetings.live import tell_room
from participation.meetings.models import AgendaItem, Meeting
from participation.meetings.permissions import require_meeting_keeper, require_present
from participation.meetings.session.models import MeetingPoll, MeetingVote, SpeakingTurn
from participation.meetings.session.queries import counts_of_poll, speaking_in
from participation.small_cells import LEAST
from participation.stakeholders.models import User
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

OPTIONS_LEAST, OPTIONS_MOST = 2, 6


def _live(meeting: Meeting) -> Meeting:
    """The meeting, locked. Whoever looks at its room is told that something changed there."""
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state != "live":
        raise Closed(_("The meeting does not go on now."))
    tell_room(locked)
    return locked


@transaction.atomic
def open_meeting(meeting: Meeting, *, acting_user: User) -> Meeting:
    keeper = require_meeting_keeper(acting_user, meeting)
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state != "coming":
        raise Conflict
    locked.opened_at = timezone.now()
    with acting(keeper):
        locked.save()
    append_leaf(LeafKind.MEETING_SESSION, locked, public={"state": "opened", "attended": None}, committed={})
    tell_room(locked)
    return locked


@transaction.atomic
def close_meeting(meeting: Meeting, *, acting_user: User) -> Meeting:
    """End it, and the turns and polls that are open. The log tells how many came, unless they are fewer than five."""
    keeper = require_meeting_keeper(acting_user, meeting)
    locked = _live(meeting)
    for poll in locked.polls.filter(closed_at__isnull=True):
        close_poll(poll, acting_user=keeper)
    locked.closed_at = timezone.now()
    locked.turns.filter(ended_at__isnull=True).update(ended_at=locked.closed_at)
    with acting(keeper):
        locked.save()
    attended = locked.registrations.filter(attended_at__isnull=False).count()
    told = {"state": "closed", "attended": attended if attended >= LEAST else None}
    append_leaf(LeafKind.MEETING_SESSION, locked, public=told, committed={})
    return locked


# Speaking in turn ------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_to_speak(meeting: Meeting, *, item: AgendaItem | None = None, acting_user: User) -> SpeakingTurn:
    registration = require_present(acting_user, meeting)
    locked = _live(meeting)
    if item is not None and item.meeting_id != locked.pk:
        raise Invalid(field="item")
    if registration.turns.filter(ended_at__isnull=True).exists():
        raise Conflict(_("You are in the queue already."))
    turn = SpeakingTurn.objects.create(
        meeting=locked, registration=registration, item=item, seconds=locked.turn_seconds
    )
    return turn


@transaction.atomic
def leave_queue(turn: SpeakingTurn, *, acting_user: User) -> None:
    """Step back before being called, or end the own turn."""
    if turn.registration.person_id != acting_user.pk:
        raise NotAllowed
    _live(turn.meeting)
    SpeakingTurn.objects.filter(pk=turn.pk, ended_at__isnull=True).update(ended_at=timezone.now())


@transaction.atomic
def call_next(meeting: Meeting, *, acting_user: User) -> SpeakingTurn | None:
    """End the present turn and call whose turn it is; None where nobody waits."""
    require_meeting_keeper(acting_user, meeting)
    locked = _live(meeting)
    now = timezone.now()
    locked.turns.filter(called_at__isnull=False, ended_at__isnull=True).update(ended_at=now)
    waiting = speaking_in(locked, now).waiting
    turn = waiting[0] if waiting else None
    if turn is not None:
        turn.called_at = now
        turn.save(update_fields=["called_at"])
    return turn


# Quick polls -----------------------------------------------------------------------------------------------------


@transaction.atomic
def open_poll(
    meeting: Meeting, *, question: str, options: str, question_en: str = "", acting_user: User
) -> MeetingPoll:
    """``options``: one a line, two to six."""
    keeper = require_meeting_keeper(acting_user, meeting)
    question = typed_text(question, field="question", limit=300, missing=_("Please write the question."))
    lines = [line.strip() for line in typed_text(options, field="options", limit=1000).splitlines() if line.strip()]
    if not OPTIONS_LEAST <= len(lines) <= OPTIONS_MOST or len(set(lines)) < len(lines):
        raise Invalid(_("Please give two to six different answers, one a line."), field="options")
    locked = _live(meeting)
    with acting(keeper):
        poll = MeetingPoll.objects.create(
            meeting=locked, question=question, question_en=question_en, options="\n".join(lines), asked_by=keeper
        )
    _record_poll(poll, "opened", "")
    return poll


def _record_poll(poll: MeetingPoll, state: str, result: str) -> None:
    told = {"meeting": str(poll.meeting.row_id), "state": state}
    append_leaf(LeafKind.MEETING_POLL, poll, public=told, committed={"question": poll.question, "result": result})


@transaction.atomic
def vote_in_poll(poll: MeetingPoll, *, choice: int, acting_user: User) -> MeetingVote:
    """Choose, or choose anew, while the poll is open. ``choice``: the place of the option, from 0."""
    registration = require_present(acting_user, poll.meeting)
    locked = MeetingPoll.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=poll.pk)
    if locked.closed_at is not None:
        raise Closed(_("This poll is closed."))
    if not 0 <= choice < len(locked.choices):
        raise Invalid(_("Please choose one of the answers."), field="choice")
    return MeetingVote.objects.update_or_create(poll=locked, registration=registration, defaults={"choice": choice})[0]


@transaction.atomic
def close_poll(poll: MeetingPoll, *, acting_user: User) -> MeetingPoll:
    keeper = require_meeting_keeper(acting_user, poll.meeting)
    locked = MeetingPoll.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=poll.pk)
    if locked.closed_at is not None:
        raise Conflict(_("This poll is closed."))
    locked.closed_at = timezone.now()
    with acting(keeper):
        locked.save()
    tell_room(locked.meeting)
    counts = counts_of_poll(locked)
    _record_poll(locked, "closed", canonical({str(place): number for place, number in counts.cells.items()}))
    return locked
