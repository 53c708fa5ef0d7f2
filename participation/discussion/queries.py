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
    return _as_frames(list(reversed(newest)), user, consultation)


def frames_since(
    user: User | AnonymousUser, consultation: Consultation, since: int, *, limit: int = REPLAY_LIMIT
) -> list[dict[str, Any]]:
    """The events after ``since``, at most ``limit``, as frames."""
    return _as_frames(list(events_of(consultation).filter(seq__gt=since)[:limit]), user, consultation)


def _as_frames(events: list[Event], user: User | AnonymousUser, consultation: Consultation) -> list[dict[str, Any]]:
    reasons = reasons_of_hiding(consultation, {event.seq for event in events if event.is_hidden})
    authors = authors_of(consultation, {event.target_seq for event in events if event.target_seq is not None})
    return [
        as_frame(event, user, hidden_reason=reasons.get(event.seq, ""), target_author=authors.get(event.target_seq))
        for event in events
    ]


def reasons_of_hiding(consultation: Consultation, hidden: set[int]) -> dict[int | None, str]:
    """Number of each of the ``hidden`` messages -> the moderator's latest reason."""
    if not hidden:
        return {}
    hides = Event.objects.filter(room__consultation=consultation, kind=Event.Kind.HIDE, target_seq__in=hidden)
    return dict(hides.order_by("seq").values_list("target_seq", "body"))


def authors_of(consultation: Consultation, numbers: set[int]) -> dict[int | None, int]:
    """Number of each of these messages -> primary key of its author."""
    if not numbers:
        return {}
    messages = Event.objects.filter(room__consultation=consultation, seq__in=numbers)
    return dict(messages.values_list("seq", "actor_id"))


def as_frame(
    event: Event, user: User | AnonymousUser, *, hidden_reason: str = "", target_author: int | None = None
) -> dict[str, Any]:
    """One event for ``user``. A moderation names in ``target_author`` who said what it is about.

    The text of a hidden message and the reasons of moderators leave only for the author of the message and for
    those who check: a reason may well repeat what was hidden.
    """
    is_mine = event.actor_id == user.pk
    is_message = event.kind == Event.Kind.MESSAGE
    author = event.actor_id if is_message else target_author
    is_concerned = isinstance(user, User) and (user.pk == author or user.has_role("moderator", "auditor"))
    may_read = is_concerned or (is_message and not event.is_hidden)
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
        "hidden_reason": hidden_reason if event.is_hidden and is_concerned else "",
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
