"""What a moderator does to a room: its rules, what stands on top, who is silent for a while."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.discussion.models import Event, Mute, Room
from participation.discussion.numbering import append_event, locked_message
from participation.discussion.places import require_moderator_of
from participation.live import announce_person
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_uninvolved
from portal.errors import Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

SLOWEST_SECONDS = 3600
LONGEST_MUTE_HOURS = 30 * 24


def _reason(text: str) -> str:
    return typed_text(text, field="reason", limit=1000, missing=_("Please give the reason: it is public."))


@transaction.atomic
def change_rules(
    room: Room, *, is_locked: bool, slow_seconds: int, holds: str, reason: str, acting_user: User
) -> Event:
    """Lock a room or open it, slow it down, hold messages back until a moderator has looked at them.

    The reason is public. Raises ``Conflict`` where nothing would change.
    """
    moderator = require_moderator_of(acting_user, room.about)
    reason = _reason(reason)
    if not 0 <= slow_seconds <= SLOWEST_SECONDS:
        raise Invalid(_("Between 0 and %(most)d seconds.") % {"most": SLOWEST_SECONDS}, field="slow_seconds")
    if holds not in Room.Holds.values:
        raise Invalid(field="holds")
    locked = Room.objects.select_for_update().get(pk=room.pk)
    rules = {"is_locked": is_locked, "slow_seconds": slow_seconds, "holds": holds}
    if all(getattr(locked, name) == value for name, value in rules.items()):
        raise Conflict(_("These rules hold already."))
    Room.objects.filter(pk=locked.pk).update(**rules)
    event = append_event(locked, actor=moderator, kind=Event.Kind.STATE, rules=rules, body=reason)
    append_leaf(
        LeafKind.DISCUSSION_RULES,
        event,
        public={
            "seq": event.seq,
            "state": "locked" if is_locked else "open",
            "slow_seconds": slow_seconds,
            "holds": holds or "none",
        },
        committed={"reason": reason},
    )
    return event


@transaction.atomic
def pin_message(message: Event, *, acting_user: User) -> Event:
    """Put a message on top of its room; the one that stood there goes."""
    moderator = require_moderator_of(acting_user, message.room.about)
    room, locked = locked_message(message)
    if locked.is_hidden:
        raise Conflict(_("A moderator has hidden this."))
    if room.pinned_seq == locked.seq:
        raise Conflict(_("It stands on top already."))
    return _pin(room, Event.Kind.PIN, locked.seq, moderator)


@transaction.atomic
def unpin_message(room: Room, *, acting_user: User) -> Event:
    moderator = require_moderator_of(acting_user, room.about)
    locked = Room.objects.select_for_update().get(pk=room.pk)
    if locked.pinned_seq is None:
        raise Conflict(_("Nothing stands on top."))
    return _pin(locked, Event.Kind.UNPIN, locked.pinned_seq, moderator)


def _pin(room: Room, kind: Event.Kind, seq: int, moderator: User) -> Event:
    Room.objects.filter(pk=room.pk).update(pinned_seq=seq if kind == Event.Kind.PIN else None)
    event = append_event(room, actor=moderator, kind=kind, target_seq=seq)
    append_leaf(LeafKind.MESSAGE_PINNED, event, public={"seq": event.seq, "target_seq": seq}, committed={})
    return event


@transaction.atomic
def mute_author(message: Event, *, hours: int, reason: str, acting_user: User) -> Mute:
    """Have the author of a message be silent in its room for some hours. They read the reason, nobody else does."""
    moderator = require_moderator_of(acting_user, message.room.about)
    reason = _reason(reason)
    if not 1 <= hours <= LONGEST_MUTE_HOURS:
        raise Invalid(_("Between 1 hour and %(most)d hours.") % {"most": LONGEST_MUTE_HOURS}, field="hours")
    room, locked = locked_message(message)
    require_uninvolved(moderator, author_id=locked.actor_id, organisation=locked.organisation)
    if Mute.objects.current().filter(room=room, person=locked.actor).exists():
        raise Conflict(_("They have been asked to be silent already."))
    mute = Mute(
        room=room,
        person=locked.actor,
        until=timezone.now() + timedelta(hours=hours),
        reason=reason,
        muted_by=moderator,
    )
    with acting(moderator, reason=reason):
        mute.save()
    append_leaf(LeafKind.PERSON_MUTED, mute, public={"room": str(room.row_id)}, committed={"reason": reason})
    announce_person(mute.person_id)
    return mute


@transaction.atomic
def lift_mute(mute: Mute, *, reason: str, acting_user: User) -> Mute:
    moderator = require_moderator_of(acting_user, mute.room.about)
    reason = _reason(reason)
    locked = Mute.objects.select_for_update().get(pk=mute.pk)
    if locked.lifted_at is not None or locked.until <= timezone.now():
        raise Conflict(_("They may speak again already."))
    locked.lifted_at = timezone.now()
    with acting(moderator, reason=reason):
        locked.save()
    append_leaf(LeafKind.PERSON_UNMUTED, locked, public={"room": str(locked.room.row_id)}, committed={"reason": reason})
    announce_person(locked.person_id)
    return locked
