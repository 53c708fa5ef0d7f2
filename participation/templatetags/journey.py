"""Template library ``journey``: what became of a release, a line or a contribution, on the pages of every room.

Each tag asks with the eyes of ``request.user``.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import template
from django.contrib.auth.models import AnonymousUser
from django.template.context import Context
from django.utils.translation import gettext as _

from cms.budget.models import Line, Release
from cms.budget.requests import reader_of
from participation.consultations import queries as consultations
from participation.consultations.models import Contribution
from participation.consultations.stages import Deed, offer
from participation.evaluations.queries import public_evaluations_on
from participation.feedback import queries as feedback
from participation.rectification import queries as rectification
from participation.rectification.one_task import tracker_of_task
from participation.rectification.results.showing import shown_on
from participation.stakeholders.models import User

register = template.Library()

SAID_ABOUT_A_LINE = 20
OPEN_SHOWN = 3
KEPT_SHOWN = 3

register.filter("public_author", feedback.public_author)


def reader(context: Context) -> User | AnonymousUser:
    request = context.get("request")
    return reader_of(request) if request is not None else AnonymousUser()


@register.inclusion_tag("ui/chain.html", takes_context=True)
def chain_of_release(context: Context, release: Release) -> dict[str, Any]:
    """How far a release has come: published, heard, answered, put right, verified, next year's budget."""
    return {
        "steps": rectification.chain_for_release(release, reader(context)),
        "label": _("How far this disclosure has come"),
    }


@register.inclusion_tag("ui/chain.html", takes_context=True)
def chain_of_line(context: Context, line: Line) -> dict[str, Any]:
    """How far a single line has come."""
    return {
        "steps": rectification.chain_for_line(line, reader(context)),
        "label": _("How far this line has come"),
    }


@register.inclusion_tag("ui/tracker.html")
def tracker_of(contribution: Contribution) -> dict[str, Any]:
    """The five steps of one contribution. Queries nothing on one that ``TRACKED`` is loaded for."""
    return {
        "steps": rectification.tracker_for(contribution),
        "label": _("Progress of %(reference)s") % {"reference": contribution},
    }


@register.inclusion_tag("participation/journey/voices.html", takes_context=True)
def voices_of_release(context: Context, release: Release) -> dict[str, Any]:
    """How much each side has said about a release: every side has its bar, and none weighs more for being louder."""
    user = reader(context)
    counts = feedback.counts_by_group(feedback.public_feedback_on(release, user))
    for group, number in feedback.counts_by_group(public_evaluations_on(release, user)).items():
        counts[group] = counts.get(group, 0) + number
    return voices(counts)


def voices(counts: dict[str, int]) -> dict[str, Any]:
    sides = feedback.sides_of(counts)
    heard = sum(1 for _group, number in sides if number)
    return {
        "sides": sides,
        "most": max(counts.values(), default=0),
        "total": sum(counts.values()),
        "heard": heard,
        "all_sides": len(sides),
    }


@register.inclusion_tag("participation/journey/consultations.html", takes_context=True)
def consultations_of_release(context: Context, release: Release) -> dict[str, Any]:
    """What the public is asked about a release: a few, those that take input first."""
    found = consultations.consultations_about(reader(context), release)
    return {"moments": found[:OPEN_SHOWN], "more": len(found) > OPEN_SHOWN}


@register.inclusion_tag("participation/journey/consultations.html", takes_context=True)
def open_consultations(context: Context) -> dict[str, Any]:
    """The consultations that take input now, the one that closes first on top."""
    found = consultations.open_consultations(reader(context))[:OPEN_SHOWN]
    return {"moments": [consultations.moment_of(each) for each in found], "is_front": True}


@register.inclusion_tag("participation/journey/tasks_of.html")
def tasks_of(person: User) -> dict[str, Any]:
    """The unfinished tasks of an officer, for that officer's own page."""
    return {"tasks": rectification.unfinished_tasks_of(person)}


@register.inclusion_tag("participation/journey/said_about_line.html", takes_context=True)
def said_about_line(context: Context, line: Line) -> dict[str, Any]:
    """Which promises a line keeps, what was said about it, and the way to ask about it, or why there is none now."""
    user = reader(context)
    moments = consultations.consultations_covering(user, line) if line.is_leaf else []
    asking = next((moment for moment in moments if moment.phase == consultations.OPEN), None)
    said = feedback.feedback_about(user, line)
    return {
        "request": context.get("request"),
        "line": line,
        "linkages": rectification.linkages_to(line, user),
        "followed": shown_on(line, user),
        "said": said[:SAID_ABOUT_A_LINE],
        "more": max(0, said.count() - SAID_ABOUT_A_LINE),
        "asking": asking,
        "verdict": offer(user, Deed.GIVE_FEEDBACK, asking.consultation).verdict if asking else None,
        "coming": next((moment for moment in moments if moment.phase == consultations.COMING), None),
        "past": next((moment for moment in moments if moment.phase != consultations.COMING), None),
    }


@register.inclusion_tag("participation/journey/kept_promises.html", takes_context=True)
def kept_promises(context: Context) -> dict[str, Any]:
    """How many promises were kept, are under way and are late, and those that were verified last."""
    user = reader(context)
    return {
        "tasks": rectification.latest_verified(user, KEPT_SHOWN),
        "counts": rectification.task_counts(user),
    }


@register.inclusion_tag("participation/journey/task.html", takes_context=True)
def task_by_number(context: Context, number: UUID) -> dict[str, Any]:
    """The task with a row id, told as a chain; nothing where the reader may not see it."""
    task = rectification.tasks_for(reader(context)).filter(row_id=number).first()
    return {"task": task, "steps": tracker_of_task(task) if task else []}
