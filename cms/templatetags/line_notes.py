"""Template library ``line_notes``: what the lines of a budget follow from."""

from __future__ import annotations

from django import template
from django.template.context import Context

from cms.budget.line_notes import LineNote, notes_on
from cms.budget.models import Release
from cms.budget.requests import reader_of

register = template.Library()


@register.simple_tag(takes_context=True)
def notes_of_release(context: Context, release: Release) -> dict[int, list[LineNote]]:
    """``{% notes_of_release release as notes %}``: once for all lines of a page."""
    return notes_on(release, reader_of(context["request"]))


@register.filter
def of_programme(notes: dict[int, list[LineNote]], programme: int | None) -> list[LineNote]:
    return notes.get(programme, []) if programme is not None else []
