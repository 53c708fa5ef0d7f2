"""Template library ``private_notes``: how many moderators' notes there are, on the pages of earlier rooms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import template
from django.template.context import Context

from participation.moderation.items import kind_of
from participation.notes.models import Noted
from participation.notes.queries import count_about, note_counts, notes_on
from participation.stakeholders.models import User
from participation.templatetags.journey import reader

register = template.Library()


@register.inclusion_tag("participation/notes/link.html", takes_context=True)
def notes_link(context: Context, noted: Noted) -> dict[str, Any]:
    """The way to the private notes on this, with their number. For moderators, beside their other tools."""
    count = notes_on(reader(context), noted).filter(removed_at__isnull=True).count()
    return {"kind": kind_of(noted), "noted": noted, "count": count}


@register.simple_tag(takes_context=True)
def board_note_counts(context: Context, sides: Iterable[Any]) -> dict[UUID, int]:
    """How many notes there are on each input of a board, for ``board_notes_link``."""
    return note_counts(reader(context), [item.contribution for side in sides for item in side.items])


@register.inclusion_tag("participation/notes/link.html")
def board_notes_link(counts: dict[UUID, int], noted: Noted) -> dict[str, Any]:
    """As ``notes_link``, with the number from ``board_note_counts``."""
    return {"noted": noted, "kind": kind_of(noted), "count": counts.get(noted.row_id, 0)}


@register.inclusion_tag("participation/notes/about.html")
def notes_about(person: User) -> dict[str, Any]:
    """How many notes there are about a person, for that person's own page."""
    return {"count": count_about(person)}
