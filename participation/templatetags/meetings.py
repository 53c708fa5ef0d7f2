"""Template library ``meetings``: meetings on the pages of consultations, budgets and people."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from cms.budget.models import Line, Programme
from participation.consultations.models import Consultation
from participation.consultations.stages import may_keep
from participation.meetings.queries import meetings_about, meetings_of, registrations_of, waiting_for_my_word
from participation.stakeholders.models import User
from participation.templatetags.journey import reader

register = template.Library()

SHOWN = 5


@register.inclusion_tag("participation/meetings/of_record.html", takes_context=True)
def meetings_of_consultation(context: Context, consultation: Consultation) -> dict[str, Any]:
    user = reader(context)
    return {
        "meetings": meetings_of(consultation, user)[:SHOWN],
        "consultation": consultation,
        "may_convene": may_keep(user, consultation),
    }


@register.inclusion_tag("participation/meetings/of_record.html", takes_context=True)
def meetings_on(context: Context, record: Line | Programme) -> dict[str, Any]:
    """The meetings that have it on their agenda; one query."""
    return {"meetings": meetings_about(record, reader(context))[:SHOWN]}


@register.inclusion_tag("participation/meetings/mine.html")
def meetings_of_person(person: User) -> dict[str, Any]:
    """Where somebody is registered, and minutes that wait for their word; two queries."""
    return {"registrations": registrations_of(person)[:SHOWN], "waiting": waiting_for_my_word(person)[:SHOWN]}
