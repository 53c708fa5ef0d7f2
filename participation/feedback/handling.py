"""What officers do to feedback besides hiding it: bring together what says the same, and take longer for an answer."""

from __future__ import annotations

import re
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from participation.consultations import moderating
from participation.feedback import actions
from participation.feedback.forms import MergeForm
from participation.feedback.models import Feedback
from participation.feedback.queries import feedback_for, feedback_found
from participation.feedback.views import show_page
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator
from portal.errors import GongzhiError, Invalid
from portal.rates import spend
from portal.ui.forms import show_refusal

REFERENCE = re.compile(r"\s*F-\d{4}-0*(\d{1,9})\s*", re.IGNORECASE)


def _chosen(user: User, text: str) -> Feedback:
    """By its number or row id. Raises ``Invalid`` where there is no such feedback."""
    found = feedback_for(user)
    if match := REFERENCE.fullmatch(text):
        chosen = found.filter(pk=int(match[1])).first()
    else:
        try:
            chosen = found.filter(row_id=UUID(text)).first()
        except ValueError:
            chosen = None
    if chosen is None:
        raise Invalid(_("There is no feedback with this number."), field="into")
    return chosen


@require_POST
def merge(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person = require_moderator(request.user)
    feedback = feedback_found(person, row_id)
    form, status = MergeForm(request.POST), 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            into = _chosen(person, form.cleaned_data["into"])
            actions.merge_feedback(feedback, into=into, reason=form.cleaned_data["reason"], acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("Brought together. The answer to one reaches both."))
            return redirect(feedback)
    return show_page(request, feedback, {"merge_form": form}, status)


@require_POST
def separate(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person = require_moderator(request.user)
    feedback = feedback_found(person, row_id)
    spend("moderation", str(person.pk))
    actions.separate_feedback(feedback, reason=request.POST.get("reason", "")[:1000], acting_user=person)
    messages.success(request, _("It stands by itself again."))
    return redirect(feedback)


@require_POST
def extend(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.extended(request, row_id, feedback_found, show_page)
