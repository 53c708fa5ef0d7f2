"""Reads of a room. Pages, sockets and exports show the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from participation.consultations.models import Consultation
from participation.discussion.models import Event, Room
from participation.stakeholders.models import User
from portal.errors import NotFound
from portal.ui.furniture import local

REPLAY_LIMIT = 300


def events_of(consultation: Consultation) -> QuerySet[Event]:
    """All events of the consultation's room, oldest first. The caller has found the consultation to be visible."""
    return Event.objects.filter(room__consultation=consultation).select_related("actor", "organisation").order_by("seq")


def head_of(consultation: Consultation) -> tuple[int, Room | None]:
    """The number of the last event, and the room if anybody has spoken yet."""
    room = Room.objects.filter(consultation=consultation).first()
    return (room.last_seq if room else 0), room


def messages_for(user: User | AnonymousUser, consultation: Consultation, *, last: int = 100) -> list[dict[str, Any]]:
    """The newest ``last`` messages, oldest first, each as the page and the socket show it to ``user``."""
    newest = events_of(consultation).filter(kind=Event.Kind.MESSAGE).order_by("-seq")[:last]
    reasons = reasons_of_hiding(consultation)
    return [as_frame(event, user, reasons.get(event.seq, "")) for event in reversed(newest)]


def reasons_of_hiding(consultation: Consultation) -> dict[int, str]:
    """Sequence number of a hidden message -> the moderator's latest reason."""
    hides = events_of(consultation).filter(kind=Event.Kind.HIDE)
    return {event.target_seq: event.body for event in hides if event.target_seq is not None}


def frames_since(
    user: User | AnonymousUser, consultation: Consultation, since: int, *, limit: int = REPLAY_LIMIT
) -> list[dict[str, Any]]:
    """The events after ``since``, at most ``limit``, as frames."""
    events = list(events_of(consultation).filter(seq__gt=since)[:limit])
    reasons = reasons_of_hiding(consultation) if any(event.is_hidden for event in events) else {}
    return [as_frame(event, user, reasons.get(event.seq, "")) for event in events]


def as_frame(event: Event, user: User | AnonymousUser, hidden_reason: str = "") -> dict[str, Any]:
    """One event for ``user``. The text of a hidden message leaves only for its author and for moderators."""
    is_mine = event.actor_id == user.pk
    may_read = not event.is_hidden or is_mine or (isinstance(user, User) and user.has_role("moderator", "auditor"))
    return {
        "type": "ev",
        "seq": event.seq,
        "kind": event.kind,
        "row_id": str(event.row_id),
        "author": event.actor.display_name,
        "group": event.stakeholder_group,
        "organisation": local(event.organisation, "name") if event.organisation else "",
        "body": event.body if may_read else "",
        "hidden": event.is_hidden,
        "hidden_reason": hidden_reason if event.is_hidden else "",
        "mine": is_mine,
        "target_seq": event.target_seq,
        "created": event.created.isoformat(),
    }


def message_found(user: User | AnonymousUser, row_id: UUID) -> Event:
    """One message. Raises ``NotFound`` where ``user`` may not see the consultation that it was said in."""
    visible = Consultation.objects.visible_to(user)
    try:
        return Event.objects.select_related("room__consultation", "actor", "organisation").get(
            row_id=row_id, kind=Event.Kind.MESSAGE, room__consultation__in=visible
        )
    except Event.DoesNotExist:
        raise NotFound from None
