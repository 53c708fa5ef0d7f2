"""What a page needs to show a room, wherever it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from participation.consultations.returning import kept_draft
from participation.discussion.forms import MessageForm
from participation.discussion.models import Event, Opinion
from participation.discussion.passages import passages_of
from participation.discussion.places import Reader, kind_of, may_moderate, offer_for, title_of
from participation.discussion.queries import (
    head_of,
    messages_for,
    messages_found,
    mute_of,
    opinions_of,
    own_opinions,
    pinned_message,
    read_until,
)

MESSAGES_SHOWN = 50
NO_ROW = UUID(int=0)


def draft_key(row_id: UUID) -> str:
    return f"message-{row_id}"


def room_shown(request: HttpRequest, user: Reader, about: Any, last: int = MESSAGES_SHOWN) -> dict[str, Any]:
    """Its newest messages (``?before=``: older ones, ``?find=``: those with some words), the form, and what the live
    client needs."""
    kind = kind_of(about)
    # Asked before the messages: one that comes in between is sent again rather than lost.
    head, room = head_of(about)
    before, words = _before(request), request.GET.get("find", "").strip()[:200]
    shown = messages_found(user, about, words) if words else messages_for(user, about, last=last, before=before)
    offered, keeps, mute = offer_for(user, about), may_moderate(user, about), mute_of(user, room)
    is_locked = room is not None and room.is_locked and not keeps
    form = None
    if offered.verdict.allowed and not is_locked and mute is None:
        initial = {"cid": uuid4(), "body": kept_draft(request, draft_key(about.row_id))}
        form = MessageForm(draft_key=draft_key(about.row_id), offer=offered, initial=initial)
    return {
        "request": request,
        "user": user,
        "about": about,
        "kind": kind,
        "title": title_of(about),
        "room": room,
        "head": head,
        "language": get_language(),
        "items": shown_items(user, room, shown),
        "pinned": shown_items(user, room, [pinned])[0] if room and (pinned := pinned_message(user, room)) else None,
        "older": shown[0]["seq"] if shown and not words and shown[0]["seq"] > 1 else None,
        "is_newest": before is None and not words,
        "words": words,
        "offer": offered,
        "form": form,
        "mute": mute,
        "is_locked": is_locked,
        "read_until": read_until(user, room),
        "may_moderate": keeps,
        "forms": dict(Event.Form.choices),
        "opinion_kinds": Opinion.Kind.choices,
        "has_passages": form is not None and bool(passages_of(about)),
        "post_url": reverse("participation:discussion:post", args=[kind, about.row_id]),
        "no_row": NO_ROW,
    }


def shown_items(user: Reader, room: Any, frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The frames, with what only a page shows: moments, days, reactions."""
    if room is None:
        return []
    numbers = [frame["seq"] for frame in frames]
    counts, own = opinions_of(room, numbers), own_opinions(user, room)
    items = []
    day = None
    for frame in frames:
        created = datetime.fromisoformat(frame["created"])
        opinions = [
            (kind, str(label), counts.get(frame["seq"], {}).get(kind, 0), own.get(frame["seq"]) == kind)
            for kind, label in Opinion.Kind.choices
        ]
        is_new_day = created.date() != day
        day = created.date()
        items.append({**frame, "created": created, "opinions": opinions, "is_new_day": is_new_day})
    return items


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
