"""What a moderator does to input of any kind: the faces of accepting, hiding and restoring, for the later rooms.

``find`` fetches the contribution as the person may see it; ``page`` draws its own page again with what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from participation.consultations.actions import accept_contribution, hide_contribution, restore_contribution
from participation.consultations.forms import ModerationForm
from participation.consultations.returning import back_to
from participation.consultations.stages import Deed, may
from participation.stakeholders.permissions import require_moderator
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal

Find = Callable[[Any, UUID], Any]
Page = Callable[[HttpRequest, Any, dict[str, Any], int], HttpResponse]


def moderation_context(request: HttpRequest, contribution: Any) -> dict[str, Any]:
    """What the page of a contribution offers to this reader. Nobody decides on their own."""
    is_mine = contribution.author_id == request.user.pk
    may_moderate = not is_mine and may(request.user, Deed.MODERATE, contribution.consultation).allowed
    return {
        "is_mine": is_mine,
        "may_moderate": may_moderate,
        "may_answer": may_moderate and may(request.user, Deed.ANSWER, contribution.consultation).allowed,
        "moderation_form": ModerationForm() if may_moderate else None,
    }


def accepted(request: HttpRequest, row_id: UUID, find: Find) -> HttpResponse:
    person = require_moderator(request.user)
    contribution = find(person, row_id)
    spend("moderation", str(person.pk))
    accept_contribution(contribution, acting_user=person)
    messages.success(request, _("Accepted for handling."))
    return redirect(back_to(request, contribution))


def hidden(request: HttpRequest, row_id: UUID, find: Find, page: Page) -> HttpResponse:
    return _decided(request, row_id, find, page, hide_contribution, _("Hidden. The author sees the reason."))


def restored(request: HttpRequest, row_id: UUID, find: Find, page: Page) -> HttpResponse:
    return _decided(request, row_id, find, page, restore_contribution, _("Public again."))


def _decided(request: HttpRequest, row_id: UUID, find: Find, page: Page, action: Any, done: str) -> HttpResponse:
    person = require_moderator(request.user)
    contribution = find(person, row_id)
    form = ModerationForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            action(contribution, reason=form.cleaned_data["reason"], acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(back_to(request, contribution))
    return page(request, contribution, {"moderation_form": form, "form": form}, status)
