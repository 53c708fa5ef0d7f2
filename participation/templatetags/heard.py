"""Template library ``heard``: reacting and speaking on the pages of what is disclosed, and what waits for whom."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Q, prefetch_related_objects
from django.template.context import Context

from cms.budget.models import Line, Programme
from cms.performance.models import Indicator, ProgrammeYear
from participation.balance.queries import parts_waiting_for
from participation.consultations.queries import OPEN, consultations_covering, consultations_for, moment_of
from participation.consultations.stages import Deed, offer
from participation.feedback.models import Reaction
from participation.feedback.queries import drafts_of, feedback_for
from participation.feedback.reactions import own_reaction, reactions_to
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Role, User
from participation.templatetags.journey import reader

register = template.Library()

SHOWN = 20


@register.inclusion_tag("participation/feedback/reactions.html", takes_context=True)
def line_reactions(context: Context, line: Line) -> dict[str, Any]:
    """The buttons, where the reader may press one now, and what each side thinks of the line."""
    user = reader(context)
    asking = next((found for found in consultations_covering(user, line) if found.phase == OPEN), None)
    verdict = offer(user, Deed.REACT, asking.consultation).verdict if asking and line.is_leaf else None
    return {
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
        "line": line,
        "kinds": Reaction.Kind.choices,
        "can_react": verdict is not None and verdict.allowed,
        "verdict": verdict,
        "own": own_reaction(user, line),
        "sides": reactions_to(line),
    }


@register.inclusion_tag("participation/feedback/drafts.html", takes_context=True)
def my_drafts(context: Context) -> dict[str, Any]:
    user = reader(context)
    drafts = drafts_of(user) if isinstance(user, User) else ()
    return {"drafts": drafts, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("participation/feedback/said_about.html", takes_context=True)
def said_about_programme(context: Context, programme: Programme) -> dict[str, Any]:
    """What was said about a programme or one of its indicators, and the way to speak about them now."""
    user = reader(context)
    covering = consultations_for(user).filter(
        Q(department__isnull=True) | Q(department=programme.department_id),
        Q(programme__isnull=True) | Q(programme=programme),
        release__in=Line.objects.facts().filter(programme=programme).values("release"),
    )
    asking = next((found for found in map(moment_of, covering) if found.phase == OPEN), None)
    years = ProgrammeYear.objects.visible_to(user).filter(programme=programme)
    indicators = Indicator.objects.filter(goal__programme_year__in=years).select_related("goal__programme_year")
    indicators = indicators.order_by("-goal__programme_year__fiscal_year", "pk")
    return {
        "request": context.get("request"),
        "parameter": "programme",
        "about": programme,
        "asking": asking.consultation if asking else None,
        "indicators": indicators[:SHOWN] if asking else (),
        "said": feedback_for(user).filter(
            Q(programme=programme) | Q(indicator__goal__programme_year__programme=programme)
        )[:SHOWN],
    }


@register.inclusion_tag("participation/feedback/said_about.html", takes_context=True)
def said_about_task(context: Context, task: RectificationTask) -> dict[str, Any]:
    """What was said about a promise, and the way to speak about it until its consultation closes."""
    user = reader(context)
    consultation = task.consultation
    may_speak = False
    if consultation is not None:
        prefetch_related_objects([consultation], "stages", "ways_in")
        verdict = offer(user, Deed.SPEAK_ON_TASK, consultation).verdict
        may_speak = verdict.error is None or verdict.error.code == "sign_in_required"
    return {
        "request": context.get("request"),
        "parameter": "task",
        "about": task,
        "asking": consultation if may_speak else None,
        "said": feedback_for(user).filter(task=task)[:SHOWN],
    }


@register.inclusion_tag("participation/balance/on_their_way.html")
def answers_on_their_way(person: User) -> dict[str, Any]:
    """For officers, what their department is asked to say in answers; auditors read them. For their own page."""
    is_officer = person.has_role(Role.OFFICER)
    return {
        "is_shown": is_officer or person.has_role(Role.AUDITOR),
        "may_open": is_officer,
        "waiting": parts_waiting_for(person).count() if is_officer else 0,
    }


@register.inclusion_tag("participation/consultations/forgotten.html", takes_context=True)
def forgotten_consultations(context: Context) -> dict[str, Any]:
    """Consultations that should have closed and have no outcome, for the desk."""
    found = map(moment_of, consultations_for(reader(context)).filter(outcome_at__isnull=True))
    return {"consultations": [moment.consultation for moment in found if moment.is_forgotten]}
