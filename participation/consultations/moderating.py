"""What a moderator is offered on the page of an input of any kind. Hiding and showing have a room of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from participation.consultations.actions import accept_contribution
from participation.consultations.returning import back_to
from participation.consultations.stages import Deed, may
from participation.stakeholders.permissions import require_moderator
from portal.rates import spend

Find = Callable[[Any, UUID], Any]


def moderation_context(request: HttpRequest, contribution: Any) -> dict[str, Any]:
    """What the page of a contribution offers to this reader. Nobody decides on their own."""
    is_mine = contribution.author_id == request.user.pk
    may_moderate = not is_mine and may(request.user, Deed.MODERATE, contribution.consultation).allowed
    return {
        "is_mine": is_mine,
        "may_moderate": may_moderate,
        "may_answer": may_moderate and may(request.user, Deed.ANSWER, contribution.consultation).allowed,
    }


def accepted(request: HttpRequest, row_id: UUID, find: Find) -> HttpResponse:
    person = require_moderator(request.user)
    contribution = find(person, row_id)
    spend("moderation", str(person.pk))
    accept_contribution(contribution, acting_user=person)
    messages.success(request, _("Accepted for handling."))
    return redirect(back_to(request, contribution))
