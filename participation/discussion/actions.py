"""Speaking in a room. Every act is an event with the next number of the room."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.discussion.models import Event, Opinion, ReadMark, Room
from participation.discussion.notices import announce_message
from participation.discussion.numbering import append_event, clean_body, locked_message
from participation.discussion.permissions import require_author
from participation.discussion.places import (
    kind_of,
    offer_for,
    require_moderator_of,
    require_speaker,
)
from participation.discussion.posting import Draft, must_be_held, post_messages, require_not_muted
from participation.discussion.queries import mute_of
from participation.live import announce
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person, require_uninvolved
from participation.stakeholders.queries import Standing
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

# How long an author may change a message.
EDIT_MINUTES = 15


@transaction.atomic
def post_message(
    about: Any,
    *,
    body: str,
    client_id: UUID,
    standing: Standing,
    acting_user: User,
    reply_to: int | None = None,
    line: UUID | None = None,
    form: str = "",
    passage: str = "",
) -> tuple[Event, bool]:
    """Say something. Returns the event, and whether it had been stored before under the same ``client_id``."""
    draft = Draft(acting_user, standing, body, client_id, reply_to, line, form, passage)
    said = post_messages(about, [draft])[0]
    if isinstance(said, GongzhiError):
        raise said
    announce(about.row_id, {"kind": "event", "seq": said.event.seq})
    return said.event, said.is_duplicate


@transaction.atomic
def edit_message(message: Event, *, body: str, acting_user: User) -> Event:
    """Change what one said, within ``EDIT_MINUTES`` and while it is public. The history keeps what it said before."""
    author = require_author(acting_user, message)
    require_speaker(author, message.room.about, message.stakeholder_group)
    body = clean_body(body)
    room, locked = locked_message(message)
    if locked.is_hidden:
        raise Conflict(_("A moderator has hidden this. It can no longer be changed."))
    if timezone.now() - locked.created > timedelta(minutes=EDIT_MINUTES):
        raise Closed(_("A message can be changed within %(minutes)d minutes.") % {"minutes": EDIT_MINUTES})
    require_not_muted(mute_of(author, room))
    if room.is_locked:
        raise Closed(_("A moderator has locked this discussion."))
    if body == locked.body:
        raise Conflict(_("It says this already."))
    locked.body, locked.edited = body, timezone.now()
    if must_be_held(room.about, room, author, body):
        locked.is_hidden = locked.is_held = True
    with acting(author):
        locked.save()
    event = append_event(room, actor=author, kind=Event.Kind.EDIT, target_seq=locked.seq, body=body)
    append_leaf(
        LeafKind.MESSAGE_EDITED,
        locked,
        public={"seq": event.seq, "target_seq": locked.seq},
        committed={"body": body},
        also=[event],
    )
    return event


@transaction.atomic
def moderate_message(message: Event, *, rule: int | None, reason: str, acting_user: User) -> Event:
    """Hide a message under the house rule of this number, or with None show it again.

    The moderation is an event of its own; the text is never destroyed. A step of the actions of ``moderation``, as
    ``hide_contribution`` is.
    """
    hide = rule is not None
    require_moderator_of(acting_user, message.room.about)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason: the author will read it."), field="reason")
    room, locked = locked_message(message)
    require_uninvolved(acting_user, author_id=locked.actor_id, organisation=locked.organisation)
    if locked.is_hidden == hide and not locked.is_held:
        raise Conflict
    locked.is_hidden, locked.is_held = hide, False
    with acting(acting_user, reason=reason):
        locked.save()
    event = append_event(
        room,
        actor=acting_user,
        kind=Event.Kind.HIDE if hide else Event.Kind.RESTORE,
        target_seq=locked.seq,
        rules={"rule": rule} if hide else None,
        body=reason,
    )
    kind = LeafKind.MESSAGE_HIDDEN if hide else LeafKind.MESSAGE_RESTORED
    append_leaf(
        kind,
        locked,
        public={"seq": event.seq, "target_seq": locked.seq, **({"rule": rule} if hide else {})},
        committed={"reason": reason},
        also=[event],
    )
    announce_message(locked)
    return event


@transaction.atomic
def give_opinion(message: Event, *, kind: str, acting_user: User) -> None:
    """Agree, disagree or ask for evidence; the same again takes it back. Never on one's own words."""
    person = require_person(acting_user)
    # For any side of one's own, whichever side the message is of.
    if (error := offer_for(person, message.room.about).verdict.error) is not None:
        raise error
    if kind not in Opinion.Kind.values:
        raise Invalid(field="kind")
    if message.actor_id == person.pk:
        raise NotAllowed(_("This is your own. Let others say what they think of it."))
    if message.is_hidden:
        raise Conflict(_("A moderator has hidden this."))
    held = Opinion.objects.select_for_update().filter(message=message, person=person).first()
    if held is not None and held.kind == kind:
        held.delete()
    else:
        Opinion.objects.update_or_create(
            message=message, person=person, defaults={"kind": kind, "changed": timezone.now()}
        )
    announce(message.room.about.row_id, {"kind": "opinions", "seq": message.seq})


@transaction.atomic
def mark_read(about: Any, *, seq: int, acting_user: User) -> None:
    """Remember how far somebody has read. It only goes forward."""
    room = Room.objects.filter(**{kind_of(about): about}).first()
    if room is None:
        return
    mark, is_new_mark = ReadMark.objects.get_or_create(
        room=room, person=acting_user, defaults={"seq": min(seq, room.last_seq)}
    )
    if not is_new_mark:
        ReadMark.objects.filter(pk=mark.pk, seq__lt=min(seq, room.last_seq)).update(seq=min(seq, room.last_seq))
