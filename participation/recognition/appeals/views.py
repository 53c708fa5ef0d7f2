"""The page of a commendation, with its reasons and what was said against it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cms.budget.requests import reader_of
from participation.recognition import queries
from participation.recognition.appeals.actions import decide_award_appeal, lodge_award_appeal
from participation.recognition.forms import AppealDecisionForm, AppealForm
from participation.recognition.models import AwardAppeal, Commendation
from participation.recognition.permissions import may
from participation.recognition.views import sent
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.charter.matrix import Act


@require_safe
def commendation(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _page(request, queries.commendation_found(row_id))


def _page(
    request: HttpRequest,
    found: Commendation,
    *,
    status: int = 200,
    appeal_form: forms.Form | None = None,
    decision_form: forms.Form | None = None,
) -> HttpResponse:
    reader = reader_of(request)
    award = found.nomination.award
    until = award.appeals_until
    is_open = until is not None and timezone.localdate() <= until and found.withdrawn_at is None
    appeals = AwardAppeal.objects.visible_to(reader).filter(commendation=found).select_related("decided_by")
    is_own = isinstance(reader, User) and found.appeals.filter(author=reader).exists()
    context = {
        "commendation": found,
        "nomination": found.nomination,
        "award": award,
        "appeals": appeals,
        "appeal_form": appeal_form or (AppealForm() if is_open and isinstance(reader, User) and not is_own else None),
        "is_open": is_open,
        "decision_form": decision_form or (AppealDecisionForm() if may(reader, Act.DECIDE_AWARD_APPEAL) else None),
        "form": appeal_form or decision_form,
    }
    return render(request, "participation/recognition/commendation.html", context, status=status)


@require_POST
def lodge(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.commendation_found(row_id)
    person = require_person(request.user)
    form = AppealForm(request.POST)
    status = sent(
        request,
        person,
        form,
        lambda: lodge_award_appeal(found, words=form.cleaned_data["words"], acting_user=person),
        _("Your appeal is recorded. Somebody who had no part in the award decides on it."),
        kind="feedback",
    )
    return _page(request, found, status=status, appeal_form=form) if status else redirect(found)


@require_POST
def decide(request: HttpRequest, row_id: UUID) -> HttpResponse:
    appeal = queries.appeal_found(request.user, row_id)
    person = require_person(request.user)
    form = AppealDecisionForm(request.POST)
    found = queries.commendation_found(appeal.commendation.row_id)
    status = sent(
        request,
        person,
        form,
        lambda: decide_award_appeal(appeal, **form.cleaned_data, acting_user=person),
        _("Decided, with the reason."),
    )
    return _page(request, found, status=status, decision_form=form) if status else redirect(found)
