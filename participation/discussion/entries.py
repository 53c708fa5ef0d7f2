"""One event of a room as it is shown: the same to everybody who may see the same of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from participation.discussion.models import Event, Room
from participation.discussion.passages import address_of
from participation.stakeholders.models import StakeholderGroup, User
from portal.ui.furniture import local


@dataclass
class Entry:
    """An event, and what of other events decides how it is shown."""

    event: Event
    # Who said what it is about: only they, moderators and auditors read the text and reason of what is hidden.
    author: int | None
    hidden_reason: str = ""
    hidden_rule: int | None = None
    is_target_hidden: bool = False
    _texts: dict[tuple[str, bool, bool], str] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        return self.event.seq

    def text(self, language: str, *, is_concerned: bool, is_mine: bool) -> str:
        """The frame as JSON. Made once for all who see the same."""
        key = (language, is_concerned, is_mine)
        if key not in self._texts:
            with translation.override(language):
                frame = self.frame(is_concerned=is_concerned, is_mine=is_mine)
            self._texts[key] = encoded(frame)
        return self._texts[key]

    def frame(self, *, is_concerned: bool, is_mine: bool) -> dict[str, Any]:
        """The text of a hidden message and the reasons of moderators leave only for those concerned: a reason may well
        repeat what was hidden. A message that is held until a moderator has looked at it is nameless as well."""
        event = self.event
        is_named = is_concerned or not event.is_held
        return {
            "type": "ev",
            "seq": event.seq,
            "kind": event.kind,
            "form": event.form,
            "row_id": str(event.row_id),
            "author": author_of(event) if is_named else "",
            "group": event.stakeholder_group,
            "organisation": local(event.organisation, "name") if event.organisation and is_named else "",
            "body": event.body if is_concerned or self._is_readable() else "",
            "hidden": event.is_hidden,
            "hidden_reason": self.hidden_reason if event.is_hidden and is_concerned else "",
            "hidden_rule": self.hidden_rule,
            "held": event.is_held,
            "edited": event.edited is not None,
            "mine": is_mine,
            "target_seq": event.target_seq,
            "reply_to": event.reply_to,
            "line": _line(event),
            "passage": _passage(event),
            "rules": event.rules if event.kind == Event.Kind.STATE else None,
            "created": event.created.isoformat(),
        }

    def _is_readable(self) -> bool:
        kind = self.event.kind
        if kind == Event.Kind.MESSAGE:
            return not self.event.is_hidden
        return kind == Event.Kind.STATE or (kind == Event.Kind.EDIT and not self.is_target_hidden)

    def for_user(self, user: User | AnonymousUser) -> dict[str, Any]:
        return self.frame(is_concerned=self.concerns(user), is_mine=self.event.actor_id == user.pk)

    def concerns(self, user: User | AnonymousUser) -> bool:
        return isinstance(user, User) and (user.pk == self.author or user.has_role("moderator", "auditor"))


def author_of(event: Event) -> str:
    """Who speaks in office does so under the name; for an organisation, whose name stands there, it may be left out."""
    if event.stakeholder_group in ("", StakeholderGroup.GOVERNMENT) or event.actor.shows_name:
        return event.actor.display_name
    return "" if event.organisation else event.actor.public_name


def encoded(frame: Any) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def _line(event: Event) -> dict[str, str] | None:
    if event.line is None:
        return None
    return {"title": str(local(event.line, "title")), "url": event.line.get_absolute_url()}


def _passage(event: Event) -> dict[str, str] | None:
    if not event.passage:
        return None
    return {"text": event.passage, "url": address_of(event.room.about, event.passage)}


def entries_of(room: Room, events: Sequence[Event]) -> list[Entry]:
    """The events, each with its ``actor``, ``organisation`` and ``line``, in two queries at most, and one for what the
    room is about where a message quotes a paragraph of it: frames are made where the database cannot be asked."""
    hides = _latest_hides(room, {event.seq for event in events if event.is_hidden})
    targets = _targets(room, {event.target_seq for event in events if event.target_seq is not None})
    if any(event.passage for event in events):
        _read_here = room.about
    found = []
    for event in events:
        event.room = room
        hide = hides.get(event.seq)
        author, is_hidden = targets.get(event.target_seq, (None, False))
        found.append(
            Entry(
                event,
                event.actor_id if event.kind == Event.Kind.MESSAGE else author,
                hidden_reason=hide.body if hide else "",
                hidden_rule=_rule(hide or event),
                is_target_hidden=is_hidden,
            )
        )
    return found


def _rule(event: Event) -> int | None:
    return event.rules.get("rule") if event.kind == Event.Kind.HIDE and event.rules else None


def _latest_hides(room: Room, hidden: Iterable[int]) -> dict[int | None, Event]:
    """Number of each of the ``hidden`` messages -> the latest moderation that hid it."""
    numbers = set(hidden)
    if not numbers:
        return {}
    hides = Event.objects.filter(room=room, kind=Event.Kind.HIDE, target_seq__in=numbers).order_by("seq")
    return {hide.target_seq: hide for hide in hides}


def _targets(room: Room, numbers: set[int]) -> dict[int | None, tuple[int, bool]]:
    """Number of each of these messages -> primary key of its author, and whether it is hidden."""
    if not numbers:
        return {}
    messages = Event.objects.filter(room=room, seq__in=numbers).values_list("seq", "actor_id", "is_hidden")
    return {seq: (author, is_hidden) for seq, author, is_hidden in messages}
