"""Template library ``following``: the bell in the head of every page, and the button on what can be followed."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from participation.following.queries import COUNTED, is_following, unread_count
from participation.following.subjects import subject_of
from participation.stakeholders.models import User
from participation.templatetags.journey import reader

register = template.Library()


@register.inclusion_tag("participation/following/bell.html", takes_context=True)
def bell(context: Context) -> dict[str, Any]:
    """How much is unread. One query; for a visitor nothing at all, so that the page stays the same for all visitors."""
    user = reader(context) if context.get("request") is not None else None
    if not isinstance(user, User):
        return {"is_shown": False}
    count = unread_count(user)
    return {"is_shown": True, "count": count, "shown": f"{COUNTED - 1}+" if count >= COUNTED else str(count)}


@register.inclusion_tag("participation/following/button.html", takes_context=True)
def follow_button(context: Context, record: Any) -> dict[str, Any]:
    """A button for who is signed in, one query; for a visitor a link that leads there by signing in."""
    user = reader(context)
    subject, row_id = subject_of(record)
    return {
        "subject": subject.value,
        "row_id": row_id,
        "is_signed_in": isinstance(user, User),
        "is_following": isinstance(user, User) and is_following(user, subject, row_id),
        "csrf_token": context.get("csrf_token"),
    }
