"""The list of consultations, and the page of one: what is asked, who decides, and what was said."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from participation.consultations.queries import (
    CLOSED,
    COMING,
    FOLLOW_UP,
    OPEN,
    WEIGHING,
    consultation_for,
    moment_of,
    moments_for,
    scope_amounts,
    stage_steps,
    ways_in_of,
)
from participation.consultations.stages import may_keep
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import may_moderate

PER_PAGE = 20


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    moments = moments_for(request.user)
    numbers = Counter(moment.phase for moment in moments)
    names = {
        "": _("All"),
        OPEN: _("Open now"),
        COMING: _("Coming"),
        WEIGHING: _("Being answered"),
        FOLLOW_UP: _("Being followed up"),
        CLOSED: _("Closed"),
    }
    shown = request.GET.get("show", "")
    shown = shown if shown in names else ""
    page = Paginator([moment for moment in moments if shown in ("", moment.phase)], PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page_obj": page,
        "shown": shown,
        "tabs": [(key, name, numbers[key] if key else len(moments)) for key, name in names.items()],
        "open_count": numbers[OPEN],
        "may_open": isinstance(request.user, User) and request.user.has_role(Role.MODERATOR, Role.OFFICER),
    }
    return render(request, "participation/consultations/index.html", context)


@require_GET
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Feedback, discussion and evaluations come by template tags: their rooms are later ones."""
    consultation = consultation_for(request.user, row_id)
    context = {
        "consultation": consultation,
        "moment": moment_of(consultation),
        "stage_steps": stage_steps(consultation),
        "amounts": scope_amounts(consultation),
        "ways_in": ways_in_of(consultation),
        "may_moderate": may_moderate(request.user),
        "may_keep": may_keep(request.user, consultation),
        "has_just_spoken": "said" in request.GET,
    }
    return render(request, "participation/consultations/detail.html", context)
