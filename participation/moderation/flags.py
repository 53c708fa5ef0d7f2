"""Signs of spam: shown to moderators with what they rest on. They change nothing by themselves.

Nothing is hidden, put further down or counted less because of a flag: many people who say the same are many people.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.discussion.models import Event
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.moderation.items import LATER, author_of, kind_of, later_kind_of, text_of
from participation.moderation.models import Item

LINKS = re.compile(r"(?:https?://|www\.)\S", re.IGNORECASE)
MANY_LINKS = 3
BURST, BURST_WITHIN = 5, timedelta(minutes=10)
# Shorter than this, people say the same without copying.
SAME_FROM_CHARS = 12

# Kind -> its model, the column of its author, of where it was said, and of its text.
SOURCES: dict[str, tuple[Any, str, str, str]] = {
    "feedback": (Feedback, "author", "consultation", "body"),
    "evaluation": (Evaluation, "author", "consultation", "reasoning"),
    "message": (Event, "actor", "room", "body"),
}


@dataclass(frozen=True)
class Flag:
    kind: str
    label: str
    explanation: str


def flags_of(shown: Sequence[Item]) -> dict[UUID, list[Flag]]:
    """The flags of each of these, by row id. Two queries for each kind that occurs, however many there are."""
    copies: dict[tuple[str, int, str], int] = {}
    spoken: list[tuple[int, Any]] = []
    kinds = {kind_of(item) for item in shown}
    for kind in sorted(kinds):
        copies.update(_copies(kind, shown))
        spoken += _spoken(kind, {author_of(item).pk for item in shown}, shown)
    return {item.row_id: _flags(item, copies, spoken) for item in shown}


def _copies(kind: str, shown: Sequence[Item]) -> dict[tuple[str, int, str], int]:
    """(kind, place, text) -> how often it stands there word for word, within one kind of input."""
    model, _author, place, text = _source(kind)
    texts = {text_of(item) for item in shown if len(text_of(item)) >= SAME_FROM_CHARS}
    places = {_place(item) for item in shown if kind_of(item) == kind}
    rows = model._default_manager.filter(**{f"{text}__in": texts, f"{place}__in": places})
    rows = rows.order_by().values_list(place, text).annotate(number=Count("pk"))
    return {(kind, where, words): number for where, words, number in rows}


def _source(kind: str) -> tuple[Any, str, str, str]:
    later = LATER.get(kind)
    return SOURCES[kind] if later is None else (later.model, "author", later.place, later.text)


def _place(item: Item) -> int:
    if (later := later_kind_of(item)) is not None:
        return int(getattr(item, f"{later.place}_id"))
    return item.room_id if isinstance(item, Event) else item.consultation_id


def _spoken(kind: str, authors: Collection[int], shown: Sequence[Item]) -> list[tuple[int, Any]]:
    """(author, when) of whatever these people said near the things shown."""
    model, author, _consultation, _text = _source(kind)
    near = Q(pk__in=[])
    for item in shown:
        near |= Q(
            created__range=(item.created - BURST_WITHIN, item.created + BURST_WITHIN), **{author: author_of(item)}
        )
    found = model._default_manager.filter(near, **{f"{author}__in": authors})
    if model is Event:
        found = found.filter(kind=Event.Kind.MESSAGE)
    return list(found.values_list(author, "created"))


def _flags(item: Item, copies: dict[tuple[str, int, str], int], spoken: list[tuple[int, Any]]) -> list[Flag]:
    flags = []
    same = copies.get((kind_of(item), _place(item), text_of(item)), 0)
    if same > 1:
        others = same - 1
        said = ngettext(
            "%(count)d other input there has the same words.",
            "%(count)d other inputs there have the same words.",
            others,
        )
        told = said % {"count": others}
        flags.append(Flag("same_text", _("Same text"), f"{told} {_('It may be a campaign of many people.')}"))
    links = len(LINKS.findall(text_of(item)))
    if links >= MANY_LINKS:
        flags.append(Flag("links", _("Many links"), _("There are %(count)d links in it.") % {"count": links}))
    author = author_of(item).pk
    near = sum(1 for who, when in spoken if who == author and abs(when - item.created) <= BURST_WITHIN)
    if near >= BURST:
        explanation = _("Its author said %(count)d things within %(minutes)d minutes before and after.") % {
            "count": near,
            "minutes": BURST_WITHIN.seconds // 60,
        }
        flags.append(Flag("burst", _("Many at once"), explanation))
    return flags
