"""Template library ``recognition``: awards, training and what automation drafted, on the pages of other rooms.

Each tag asks with the eyes of ``request.user``.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from cms.budget.models import Department
from cms.pages.content.models import CasePage
from participation.automation import queries as automation
from participation.automation.models import AutomationDeed
from participation.recognition import queries
from participation.recognition.models import Juror
from participation.recognition.permissions import may
from participation.recognition.shown.queries import trained_members, trained_officers
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Organisation, User
from participation.templatetags.journey import reader
from portal.charter.matrix import Act

register = template.Library()


@register.filter
def of(found: dict[Any, Any], key: Any) -> Any:
    """``{{ counted|of:nomination.pk }}``: what a table holds under a key; None where there is nothing."""
    return found.get(key)


@register.inclusion_tag("participation/recognition/of_task.html", takes_context=True)
def recognition_of_task(context: Context, task: RectificationTask) -> dict[str, Any]:
    """The award that a finished case was given, the way to nominate it, and for editors the way to tell it."""
    if task.status not in RectificationTask.PROVEN:
        return {}
    user = reader(context)
    award = queries.open_award_now()
    pages = CasePage.objects.filter(task=task.row_id)
    writes = may(user, Act.DRAFT_CASE)
    return {
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
        "task": task,
        "commendation": queries.commended_task(task),
        "award": award if award and not queries.nominated_task(task, award) else None,
        "page": pages.live().public().first(),
        "may_draft": writes and not pages.exists(),
    }


@register.inclusion_tag("participation/recognition/training.html")
def training_of_department(department: Department) -> dict[str, Any]:
    """Courses that its officers passed, of those who agreed to show it."""
    return {"trained": trained_officers(department), "is_department": True}


@register.inclusion_tag("participation/recognition/training.html")
def training_of_organisation(organisation: Organisation) -> dict[str, Any]:
    """The same for those who speak for an organisation."""
    return {"trained": trained_members(organisation), "is_department": False}


@register.inclusion_tag("participation/recognition/of_person.html", takes_context=True)
def recognition_of_person(context: Context, person: User) -> dict[str, Any]:
    """What waits for somebody's decision or judgement, and the way to the own badges; for their own page."""
    sees_queue = may(person, Act.DECIDE_PROPOSAL) or person.has_role("auditor")
    juries = Juror.objects.filter(person=person, award__decided_at=None).select_related("award")
    return {
        "sees_queue": sees_queue,
        "waiting": automation.waiting_count(person) if sees_queue else 0,
        "juries": juries,
        "nominations": queries.waiting_for_moderators().count() if may(person, Act.KEEP_AWARD) else 0,
        "appeals": queries.appeals_waiting().count() if may(person, Act.DECIDE_AWARD_APPEAL) else 0,
    }


@register.inclusion_tag("participation/automation/paragraph.html")
def paragraph_of(department: Department) -> dict[str, Any]:
    """The paragraph on how goals were followed up, as an editor has confirmed it."""
    deed: AutomationDeed | None = automation.paragraph_of(department)
    return {"deed": deed}
