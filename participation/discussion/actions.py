"""Speaking in a room, and moderating it. Every act is an event with the next number of the room."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation
from participation.consultations.stages import Deed, require
from participation.discussion.models import Event, Room
from participation.live import announce
from participation.stakeholders.models import User
from participation.stakeholders.queries import Standing
from portal.errors import Closed, Conflict, Invalid, NotAllowed, TooLarge
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


def _room_of(consultation: Consultation) -> Room:
    return Room.objects.get_or_create(consultation=consultation)[0]


def _append(room: Room, *, actor: User, **fields: Any) -> Event:
    """Give the event the room's next number. The row lock makes the order of commits the order of numbers."""
    Room.objects.filter(pk=room.pk).update(last_seq=F("last_seq") + 1)
    room.refresh_from_db(fields=["last_seq"])
    with acting(actor, reason=fields.get("body", "") if fields["kind"] != Event.Kind.MESSAGE else ""):
        event = Event.objects.create(room=room, seq=room.last_seq, actor=actor, **fields)
    announce(room.consultation.row_id, {"kind": "event", "seq": event.seq})
    return event


@transaction.atomic
def post_message(
    consultation: Consultation, *, body: str, client_id: UUID, standing: Standing, acting_user: User
) -> tuple[Event, bool]:
    """Say something. Returns the event, and whether it had been stored before under the same ``client_id``."""
    author = require(acting_user, Deed.POST_MESSAGE, consultation, group=standing.group)
    # PostgreSQL cannot store NUL, and nobody means to write it.
    body = body.replace("\x00", "").strip()
    if not body:
        raise Invalid(_("Please write a message."), field="body")
    if len(body) > settings.MESSAGE_MAX_CHARS:
        raise TooLarge(
            _("Please shorten your text to %(limit)d characters.") % {"limit": settings.MESSAGE_MAX_CHARS}, field="body"
        )
    room = Room.objects.select_for_update().get(pk=_room_of(consultation).pk)
    earlier = Event.objects.filter(room=room, actor=author, client_id=client_id).first()
    if earlier is not None:
        return earlier, True
    if room.is_locked:
        raise Closed(_("A moderator has locked this discussion."))
    event = _append(
        room,
        actor=author,
        kind=Event.Kind.MESSAGE,
        stakeholder_group=standing.group,
        organisation=standing.organisation,
        client_id=client_id,
        body=body,
    )
    append_leaf(
        LeafKind.MESSAGE_POSTED,
        event,
        public={"room": str(room.row_id), "seq": event.seq, "stakeholder_group": standing.group},
        committed={"body": body},
    )
    return event, False


@transaction.atomic
def moderate_message(message: Event, *, hide: bool, reason: str, acting_user: User) -> Event:
    """Hide a message or show it again. The moderation is an event of its own; the text is never destroyed."""
    consultation = message.room.consultation
    require(acting_user, Deed.MODERATE, consultation)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reason: the author will read it."), field="reason")
    room = Room.objects.select_for_update().get(pk=message.room_id)
    locked = Event.objects.select_for_update().get(pk=message.pk, kind=Event.Kind.MESSAGE)
    if locked.actor_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if locked.is_hidden == hide:
        raise Conflict
    locked.is_hidden = hide
    with acting(acting_user, reason=reason):
        locked.save()
    event = _append(
        room,
        actor=acting_user,
        kind=Event.Kind.HIDE if hide else Event.Kind.RESTORE,
        target_seq=locked.seq,
        body=reason,
    )
    kind = LeafKind.MESSAGE_HIDDEN if hide else LeafKind.MESSAGE_RESTORED
    append_leaf(
        kind,
        locked,
        public={"seq": event.seq, "target_seq": locked.seq},
        committed={"reason": reason},
        also=[event],
    )
    return event
