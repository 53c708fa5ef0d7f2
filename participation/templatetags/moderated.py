"""Template library ``moderated``: on the pages of earlier rooms, the way to report, and why something is hidden."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from participation.moderation.items import author_of, consultation_of, kind_of
from participation.moderation.models import Item
from participation.moderation.queries import decisions_about, latest_hiding
from participation.stakeholders.models import User

register = template.Library()

OWN_SHOWN = 20


@register.inclusion_tag("participation/moderation/report_link.html", takes_context=True)
def report_link(context: Context, item: Item) -> dict[str, Any]:
    """The way to report something to the moderators. Not on one's own words; queries nothing."""
    return {
        "is_own": author_of(item).pk == context["request"].user.pk,
        "url": reverse("participation:moderation:report", args=[kind_of(item), item.row_id]),
    }


@register.inclusion_tag("participation/moderation/state.html", takes_context=True)
def moderation_state(context: Context, item: Item, is_mine: bool = False) -> dict[str, Any]:
    """That something is hidden or held, why, and how to appeal. For its author and those who check."""
    return {
        "item": item,
        "is_mine": is_mine,
        "decision": latest_hiding(item) if item.is_hidden else None,
        "hours": consultation.look_within_hours if (consultation := consultation_of(item)) else None,
    }


@register.inclusion_tag("participation/moderation/tools.html")
def moderation_tools(item: Item) -> dict[str, Any]:
    """The way to the page on which a moderator decides."""
    return {"item": item, "url": reverse("participation:moderation:item", args=[kind_of(item), item.row_id])}


@register.inclusion_tag("participation/moderation/about.html")
def decisions_on_words_of(person: User) -> dict[str, Any]:
    """What moderators hid of a person's words, for that person's own page."""
    return {"decisions": decisions_about(person)[:OWN_SHOWN]}
