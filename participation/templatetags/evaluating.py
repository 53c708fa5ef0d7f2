"""Template library ``evaluating``: calls for evaluations and what waits for somebody, on the pages of other rooms."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from cms.budget.models import Department, Programme
from participation.evaluations.calls.models import is_commissioner
from participation.evaluations.calls.queries import calls_about, decisions_waiting
from participation.evaluations.reports.queries import to_check_count, work_of
from participation.stakeholders.models import Organisation, User
from participation.templatetags.journey import reader

register = template.Library()

CALLS_SHOWN = 5


@register.inclusion_tag("participation/evaluations/calls_about.html", takes_context=True)
def calls_for_evaluations(context: Context, about: Programme | Department | Organisation) -> dict[str, Any]:
    """The calls about a programme or department, or in which an organisation evaluates."""
    found = list(calls_about(reader(context), about)[: CALLS_SHOWN + 1])
    return {
        "calls": found[:CALLS_SHOWN],
        "more": len(found) > CALLS_SHOWN,
        "programme": about if isinstance(about, Programme) else None,
    }


@register.inclusion_tag("participation/evaluations/work_of.html")
def evaluation_work(person: User) -> dict[str, Any]:
    """What waits for a person: evaluations to write, to check, to reply to."""
    work = work_of(person)
    return {
        "work": work,
        "waiting": len(work.writing) + len(work.to_check) + len(work.to_reply),
        "decisions": decisions_waiting(person),
    }


@register.inclusion_tag("participation/evaluations/desk.html")
def evaluations_at_desk() -> dict[str, Any]:
    """What waits for moderators."""
    return {"to_check": to_check_count()}


@register.simple_tag(takes_context=True)
def may_call_for_evaluations(context: Context) -> bool:
    return is_commissioner(reader(context))
