"""The next number of a room, and what every act on one of its messages begins with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from participation.discussion.models import Event, Room
from participation.live import announce
from participation.stakeholders.models import User
from portal.errors import Invalid, TooLarge
from privacy import statements
from privacy.history.actor import acting


def clean_body(body: str) -> str:
    # PostgreSQL cannot store NUL, and nobody means to write it.
    body = body.replace("\x00", "").strip()
    if not body:
        raise Invalid(_("Please write a message."), field="body")
    if len(body) > settings.MESSAGE_MAX_CHARS:
        raise TooLarge(
            _("Please shorten your text to %(limit)d characters.") % {"limit": settings.MESSAGE_MAX_CHARS}, field="body"
        )
    return body


def assign_numbers(room: Room, events: list[Event]) -> None:
    """Give each event the next number. The row lock makes the order of commits the order of numbers."""
    for number, event in enumerate(events, start=room.last_seq + 1):
        event.seq = number
    statements.add(Room, room.pk, "last_seq", len(events))
    room.last_seq += len(events)


def append_event(room: Room, *, actor: User, **fields: Any) -> Event:
    """One event that is not a message. The caller holds the lock of the room."""
    event = Event(room=room, actor=actor, **fields)
    assign_numbers(room, [event])
    with acting(actor, reason=event.body):
        event.save()
    announce(room.about.row_id, {"kind": "event", "seq": event.seq})
    return event


def locked_message(message: Event) -> tuple[Room, Event]:
    """The room and the message, in the order in which everybody locks them."""
    room = Room.objects.select_for_update().get(pk=message.room_id)
    return room, Event.objects.select_for_update().get(pk=message.pk, kind=Event.Kind.MESSAGE)
