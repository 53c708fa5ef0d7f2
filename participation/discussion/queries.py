"""Reads of a room. Pages, sockets and exports show the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from participation.discussion.entries import Entry, entries_of
from participation.discussion.models import Event, Mute, Opinion, ReadMark, Room
from participation.discussion.places import Reader, room_of
from participation.small_cells import without_small_cells
from portal.errors import NotFound

REPLAY_LIMIT = 300
SHOWN_FOUND = 100


def events_of(room: Room) -> QuerySet[Event]:
    """All events of a room, oldest first. The caller has found it to be visible."""
    return Event.objects.filter(room=room).select_related("actor", "organisation", "line__release").order_by("seq")


def head_of(about: Any) -> tuple[int, Room | None]:
    """The number of the last event, and the room if anybody has spoken yet."""
    room = room_of(about)
    return (room.last_seq if room else 0), room


def entries_since(room: Room, since: int, *, until: int | None = None, limit: int = REPLAY_LIMIT) -> list[Entry]:
    found = events_of(room).filter(seq__gt=since)
    if until is not None:
        found = found.filter(seq__lte=until)
    return entries_of(room, list(found[:limit]))


def entries_of_numbers(room: Room, numbers: Iterable[int]) -> dict[int, Entry]:
    return {entry.seq: entry for entry in entries_of(room, list(events_of(room).filter(seq__in=set(numbers))))}


def entry_of(room: Room, seq: int) -> Entry | None:
    return entries_of_numbers(room, [seq]).get(seq)


def frames_since(user: Reader, about: Any, since: int, *, limit: int = REPLAY_LIMIT) -> list[dict[str, Any]]:
    """The events after ``since``, at most ``limit``, as frames."""
    room = room_of(about)
    return [entry.for_user(user) for entry in entries_since(room, since, limit=limit)] if room else []


def as_frame(event: Event, user: Reader) -> dict[str, Any]:
    return entries_of(event.room, [event])[0].for_user(user)


def messages_for(user: Reader, about: Any, *, last: int = 100, before: int | None = None) -> list[dict[str, Any]]:
    """The newest ``last`` messages (with ``before``: of those with a smaller number), oldest first, as ``user`` sees
    them on the page and through the socket."""
    room = room_of(about)
    if room is None:
        return []
    newest = events_of(room).filter(kind=Event.Kind.MESSAGE).order_by("-seq")
    if before is not None:
        newest = newest.filter(seq__lt=before)
    return [entry.for_user(user) for entry in entries_of(room, list(reversed(newest[:last])))]


def messages_found(user: Reader, about: Any, words: str) -> list[dict[str, Any]]:
    """The newest messages that hold every one of the ``words`` and that ``user`` may read, newest first."""
    room = room_of(about)
    terms = words.split()
    if room is None or not terms:
        return []
    wanted = Q()
    for term in terms[:8]:
        wanted &= Q(body__icontains=term)
    visible = Event.objects.visible_to(user).filter(wanted, room=room, kind=Event.Kind.MESSAGE).values("pk")
    found = list(events_of(room).filter(pk__in=visible).order_by("-seq")[:SHOWN_FOUND])
    return [entry.for_user(user) for entry in entries_of(room, found)]


def pinned_message(user: Reader, room: Room) -> dict[str, Any] | None:
    """What stands on top of the room, unless it is hidden from ``user``."""
    entry = entry_of(room, room.pinned_seq) if room.pinned_seq is not None else None
    frame = entry.for_user(user) if entry else None
    return frame if frame and (frame["body"] or not frame["hidden"]) else None


def opinions_of(room: Room, numbers: Iterable[int]) -> dict[int, dict[str, int | None]]:
    """Number of each message with reactions -> reaction -> how many; None for fewer than five. One query."""
    rows = (
        Opinion.objects.filter(message__room=room, message__seq__in=set(numbers))
        .values_list("message__seq", "kind")
        .annotate(number=Count("pk"))
        .order_by()
    )
    counts: dict[int, dict[str, int]] = {}
    for seq, kind, number in rows:
        counts.setdefault(seq, dict.fromkeys(Opinion.Kind.values, 0))[kind] = number
    return {seq: without_small_cells(cells).cells for seq, cells in counts.items()}


def own_opinions(user: Reader, room: Room) -> dict[int, str]:
    if not user.is_authenticated:
        return {}
    return dict(Opinion.objects.filter(message__room=room, person=user.pk).values_list("message__seq", "kind"))


def read_until(user: Reader, room: Room | None) -> int | None:
    """The last number that ``user`` has read; None where they never did."""
    if room is None or not user.is_authenticated:
        return None
    return ReadMark.objects.filter(room=room, person=user.pk).values_list("seq", flat=True).first()


def mute_of(user: Reader, room: Room | None) -> Mute | None:
    if room is None or not user.is_authenticated:
        return None
    return Mute.objects.current().filter(room=room, person=user.pk).first()


def mutes_in(room: Room) -> QuerySet[Mute]:
    return Mute.objects.current().filter(room=room).select_related("person", "room")


def message_found(user: Reader, row_id: UUID) -> Event:
    """One message. Raises ``NotFound`` where ``user`` may not see what it was said about."""
    try:
        return Event.objects.select_related(
            "room__consultation", "room__release__government", "room__programme", "actor", "organisation", "line"
        ).get(row_id=row_id, kind=Event.Kind.MESSAGE, room__in=Room.objects.visible_to(user))
    except Event.DoesNotExist:
        raise NotFound from None
