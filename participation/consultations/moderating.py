"""What a moderator is offered on the page of an input of any kind. Hiding and showing have a room of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from participation.consultations.actions import accept_contribution, extend_answer
from participation.consultations.forms import ExtensionForm
from participation.consultations.returning import back_to
from participation.consultations.stages import Deed, may, require
from participation.stakeholders.permissions import require_moderator, require_person
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal

Find = Callable[[Any, UUID], Any]
# Shows the page of a contribution: the request, the contribution, what is added to the context, the status.
Show = Callable[[HttpRequest, Any, dict[str, Any], int], HttpResponse]


def moderation_context(request: HttpRequest, contribution: Any) -> dict[str, Any]:
    """What the page of a contribution offers to this reader. Nobody decides on their own."""
    is_mine = contribution.author_id == request.user.pk
    may_moderate = not is_mine and may(request.user, Deed.MODERATE, contribution.consultation).allowed
    return {
        "is_mine": is_mine,
        "may_moderate": may_moderate,
        "may_answer": may_moderate and may(request.user, Deed.ANSWER, contribution.consultation).allowed,
        "may_extend": not is_mine and may(request.user, Deed.EXTEND_ANSWER, contribution.consultation).allowed,
        "extension_form": ExtensionForm(),
    }


def accepted(request: HttpRequest, row_id: UUID, find: Find) -> HttpResponse:
    person = require_moderator(request.user)
    contribution = find(person, row_id)
    spend("moderation", str(person.pk))
    accept_contribution(contribution, acting_user=person)
    messages.success(request, _("Accepted for handling."))
    return redirect(back_to(request, contribution))


def extended(request: HttpRequest, row_id: UUID, find: Find, show: Show) -> HttpResponse:
    """The time for its answer is extended, or its page is shown with the reason why not beside what was typed."""
    person = require_person(request.user)
    contribution = find(person, row_id)
    require(person, Deed.EXTEND_ANSWER, contribution.consultation)
    form, status = ExtensionForm(request.POST), 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            extend_answer(contribution, reason=form.cleaned_data["reason"], acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("The time is extended, and the author is told."))
            return redirect(contribution)
    return show(request, contribution, {"extension_form": form}, status)
