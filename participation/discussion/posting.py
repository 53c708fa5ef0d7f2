"""Messages are stored many at a time: the lock of the room, the numbers and the commit are paid for once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line
from participation.discussion.models import Event, Mute, Room
from participation.discussion.notices import announce_message
from participation.discussion.numbering import assign_numbers, clean_body
from participation.discussion.passages import passages_of
from participation.discussion.places import (
    consultation_of,
    holds_everything,
    kind_of,
    place_found,
    public_place,
    require_moderator_of,
    require_speaker,
)
from participation.stakeholders.models import User
from participation.stakeholders.pace import is_new
from participation.stakeholders.permissions import require_writing
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.errors import Closed, GongzhiError, Invalid, NotAllowed, TooManyRequests
from privacy import statements
from privacy.history.records import create_recorded
from privacy.incidents.containing import is_read_only
from privacy.log.kinds import LeafKind
from privacy.log.outbox import Told, append_leaves

LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


@dataclass(frozen=True)
class Draft:
    """What somebody wants to say. ``client_id`` stays the same when it is sent again."""

    author: User
    standing: Standing
    body: str
    client_id: UUID
    reply_to: int | None = None
    line: UUID | None = None
    form: str = ""
    # The beginning of a paragraph, as ``passages_of`` gives it.
    passage: str = ""


@dataclass(frozen=True)
class Said:
    event: Event
    is_duplicate: bool = False


@transaction.atomic
def post_messages(about: Any, drafts: Sequence[Draft]) -> list[Said | GongzhiError]:
    """Say several things about one record in one transaction: for each what was stored, or why it was not.

    A refused one takes no number and keeps no other from being stored. Whoever calls tells the open pages.
    """
    room, kind = _locked(about), kind_of(about)
    # Read anew, once for all: what each message asks of it stands beside it.
    public = public_place(kind, about.pk)
    known = _sent_before(room, drafts)
    pace = _Pace(room, {draft.author.pk for draft in drafts})
    answered = _messages(room, {draft.reply_to for draft in drafts if draft.reply_to is not None})
    is_closed = is_read_only()
    outcomes: list[Said | GongzhiError] = []
    new: list[Event] = []
    for draft in drafts:
        key = (draft.author.pk, draft.client_id)
        try:
            if is_closed:
                require_writing()
            # What not everybody may see is asked for by each of those who speak there.
            there = public or place_found(draft.author, kind, about.row_id)
            author = require_speaker(draft.author, there, draft.standing.group)
            if key not in known:
                known[key] = _event(there, room, draft, author, pace, answered)
                new.append(known[key])
                outcomes.append(Said(known[key]))
            else:
                outcomes.append(Said(known[key], is_duplicate=True))
        except GongzhiError as error:
            outcomes.append(error)
    _store(room, new)
    return outcomes


def _locked(about: Any) -> Room:
    rooms = Room.objects.select_for_update().filter(**{kind_of(about): about})
    room = rooms.first()
    if room is None:
        Room.objects.get_or_create(**{kind_of(about): about})
        room = rooms.get()
    return room


def _sent_before(room: Room, drafts: Sequence[Draft]) -> dict[tuple[int, UUID | None], Event]:
    earlier = statements.rows(Event, room_id=[room.pk], client_id={draft.client_id for draft in drafts})
    return {(event.actor_id, event.client_id): event for event in earlier}


def _messages(room: Room, numbers: set[int]) -> set[int]:
    if not numbers:
        return set()
    return set(Event.objects.filter(room=room, kind=Event.Kind.MESSAGE, seq__in=numbers).values_list("seq", flat=True))


def require_not_muted(mute: Mute | None) -> None:
    """``mute``: the one that holds now. Raises ``NotAllowed`` with its reason."""
    if mute is not None:
        raise NotAllowed(
            _("A moderator asked you to be silent here until %(until)s: %(reason)s")
            % {"until": timezone.localtime(mute.until).strftime("%Y-%m-%d %H:%M"), "reason": mute.reason}
        )


class _Pace:
    """How fast each author may speak in the room, and who may not at all."""

    def __init__(self, room: Room, authors: set[int]) -> None:
        self.room = room
        mutes = statements.rows(Mute, room_id=[room.pk], person_id=authors)
        self.muted = {mute.person_id: mute for mute in mutes if mute.is_current}
        self.last: dict[int, Any] = {}
        if room.slow_seconds:
            spoken = Event.objects.filter(room=room, kind=Event.Kind.MESSAGE, actor__in=authors)
            self.last = dict(spoken.order_by().values_list("actor").annotate(last=Max("created")))

    def require(self, author: User, *, may_moderate: bool) -> None:
        require_not_muted(self.muted.get(author.pk))
        if may_moderate:
            return
        if self.room.is_locked:
            raise Closed(_("A moderator has locked this discussion."))
        if self.room.slow_seconds and author.pk in self.last:
            over = self.last[author.pk] + timedelta(seconds=self.room.slow_seconds) - timezone.now()
            if over > timedelta():
                raise TooManyRequests(
                    _("Everybody speaks slowly here: one message in %(seconds)d seconds. Yours is kept.")
                    % {"seconds": self.room.slow_seconds},
                    retry_after=int(over.total_seconds()) + 1,
                )
        self.last[author.pk] = timezone.now()


def _event(about: Any, room: Room, draft: Draft, author: User, pace: _Pace, answered: set[int]) -> Event:
    body = clean_body(draft.body)
    may_moderate = False
    if draft.form:
        if draft.form not in Event.Form.values:
            raise Invalid(field="form")
        require_moderator_of(author, about)
        may_moderate = True
    pace.require(author, may_moderate=may_moderate)
    if draft.reply_to is not None and draft.reply_to not in answered:
        raise Invalid(_("What you answer to is not in this discussion."), field="reply_to")
    line = None
    if draft.line is not None:
        line = Line.objects.visible_to(author).filter(row_id=draft.line).first()
        if line is None:
            raise Invalid(_("That line is not in a published budget."), field="line")
    if draft.passage and draft.passage not in passages_of(about):
        raise Invalid(_("That paragraph is not there any more. Please choose again."), field="passage")
    consultation = consultation_of(kind_of(about), about)
    if consultation is not None and author.sides_taken.get(consultation.pk) != draft.standing.group:
        take_side(author, consultation, draft.standing.group)
    is_held = not may_moderate and must_be_held(about, room, author, body)
    return Event(
        room=room,
        actor=author,
        kind=Event.Kind.MESSAGE,
        form=draft.form,
        stakeholder_group=draft.standing.group,
        organisation=draft.standing.organisation,
        client_id=draft.client_id,
        reply_to=draft.reply_to,
        line=line,
        passage=draft.passage,
        body=body,
        is_hidden=is_held,
        is_held=is_held,
    )


def must_be_held(about: Any, room: Room, author: User, body: str) -> bool:
    if room.holds == Room.Holds.ALL or holds_everything(about):
        return True
    return room.holds == Room.Holds.LINKS and (is_new(author) or LINK.search(body) is not None)


def _store(room: Room, events: list[Event]) -> None:
    if not events:
        return
    assign_numbers(room, events)
    for event in events:
        # Each row of history has its own author; one statement writes them all.
        event._history_user = event.actor  # type: ignore[attr-defined]
    create_recorded(events)
    append_leaves(LeafKind.MESSAGE_POSTED, [_told(room, event) for event in events])
    for event in events:
        announce_message(event)


def _told(room: Room, event: Event) -> Told:
    public = {"room": str(room.row_id), "seq": event.seq, "stakeholder_group": event.stakeholder_group}
    return Told(event, public, {"body": event.body})
