"""Template library ``tasks``: what the pages of tasks need beside the furniture."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.template.context import Context

from cms.budget.requests import reader_of
from participation.stakeholders.models import User
from participation.stakeholders.permissions import may_moderate

register = template.Library()


@register.filter
def of_key(numbers: Mapping[int, int] | str, key: int) -> int | None:
    """The number of a record; None where a page has not asked for it."""
    return numbers.get(key) if isinstance(numbers, Mapping) else None


@register.simple_tag(takes_context=True)
def has_inbox(context: Context) -> bool:
    """Whether somebody has signed in; opens no session for a visitor."""
    return isinstance(reader_of(context["request"]), User)


@register.simple_tag(takes_context=True)
def at_the_desk(context: Context) -> bool:
    """Whether the reader is a moderator; opens no session for a visitor."""
    return "request" in context and may_moderate(reader_of(context["request"]))
