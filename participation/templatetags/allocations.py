"""Template library ``allocations``: participatory allocation on the pages of consultations and people."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from participation.allocation.queries import (
    allocations_of,
    proposals_for,
    rounds_of_voter,
    waiting_for_department,
)
from participation.consultations.models import Consultation, WayIn
from participation.stakeholders.models import Role, User
from participation.templatetags.journey import reader

register = template.Library()

SHOWN = 5


@register.inclusion_tag("participation/allocation/of_record.html", takes_context=True)
def allocations_of_consultation(context: Context, consultation: Consultation) -> dict[str, Any]:
    """Its rounds, and for those who may open one, the way to it where that way in is open."""
    user = reader(context)
    is_used = any(row.way == WayIn.Way.ALLOCATION for row in consultation.ways_in.all())
    may_open = is_used and isinstance(user, User) and user.has_role(Role.MODERATOR, Role.OFFICER)
    allocations = allocations_of(consultation, user)[:SHOWN] if is_used else []
    return {"allocations": allocations, "consultation": consultation, "may_open": may_open}


@register.inclusion_tag("participation/allocation/of_person.html")
def allocations_of_person(person: User) -> dict[str, Any]:
    """Where somebody has voted, what they proposed, and what waits for their department; three queries."""
    is_officer = person.has_role(Role.OFFICER)
    return {
        "ballots": rounds_of_voter(person)[:SHOWN],
        "proposals": proposals_for(person).filter(author=person).order_by("-created")[:SHOWN],
        "waiting": waiting_for_department(person).filter(step="proposed").count() if is_officer else 0,
    }
