"""The faces of third-party evaluations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.attachments import attachment_response
from participation.consultations import moderating
from participation.consultations.queries import consultation_for
from participation.consultations.returning import forget_draft, keep_draft, kept_draft
from participation.consultations.stages import Deed, offer
from participation.evaluations.actions import correct_evaluation, submit_evaluation
from participation.evaluations.forms import CorrectForm, EvaluationForm
from participation.evaluations.models import Evaluation
from participation.evaluations.opinions.queries import panel_of
from participation.evaluations.queries import evaluation_found, evaluations_for, versions_of
from participation.feedback.queries import public_author, public_history
from participation.stakeholders.confidential_pages import confidential_context, confidential_from
from participation.stakeholders.pace import spend_by
from participation.stakeholders.permissions import acts_for, require_person
from portal.errors import GongzhiError, NotFound, SignInRequired
from portal.ui.forms import show_refusal


@sensitive_variables("form", "values")
@sensitive_post_parameters("confidential_passage")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    consultation = consultation_for(request.user, consultation_id)
    offered = offer(request.user, Deed.SUBMIT_EVALUATION, consultation)
    draft_key = f"evaluation-{consultation.row_id}"
    given: dict[str, Any] = {"draft_key": draft_key, "offer": offered, "consultation": consultation}
    status = 200
    if request.method == "POST":
        form = EvaluationForm(request.POST, request.FILES, **given)
        status = 400
        if form.is_valid():
            try:
                person = require_person(request.user)
                spend_by("evaluation", person)
                values = form.cleaned_data
                evaluation = submit_evaluation(
                    consultation,
                    programme=values["programme"],
                    score=values["score"],
                    reasoning=values["reasoning"],
                    standing=values["organisation"],
                    attachment=values["attachment"],
                    confidential=confidential_from(values),
                    acting_user=person,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
                if isinstance(error, SignInRequired):
                    keep_draft(request, draft_key, form.cleaned_data.get("reasoning", ""))
            else:
                forget_draft(request, draft_key)
                messages.success(
                    request,
                    _("Received, with the number %(reference)s. You get an answer by %(day)s at the latest.")
                    % {"reference": evaluation.reference, "day": date_format(evaluation.answer_due_on)},
                )
                return redirect(f"{evaluation.get_absolute_url()}?sent=1")
    else:
        initial = {"programme": request.GET.get("programme", ""), "reasoning": kept_draft(request, draft_key)}
        form = EvaluationForm(initial=initial, **given)
    context = {"consultation": consultation, "form": form, "offer": offered}
    return render(request, "participation/evaluations/new.html", context, status=status)


@require_GET
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _page(request, evaluation_found(request.user, row_id), {"just_sent": "sent" in request.GET})


@require_GET
def card(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The fragment that open pages fetch when they hear of it."""
    evaluation = evaluation_found(request.user, row_id)
    return render(request, "participation/evaluations/card_alone.html", {"evaluation": evaluation})


@require_GET
def attachment(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(evaluation_found(request.user, row_id))


def _page(
    request: HttpRequest, evaluation: Evaluation, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "author": public_author(evaluation),
        "changes": public_history(evaluation),
        **moderating.moderation_context(request, evaluation),
        **confidential_context(request, evaluation),
        **_of_call(request, evaluation),
        **(more or {}),
    }
    response = render(request, "participation/evaluations/detail.html", context, status=status)
    if "confidential_passage" in context:
        add_never_cache_headers(response)
    return response


def _of_call(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    """What only an evaluation that follows a call has: indicators, findings with replies, its panel; and versions."""
    versions = list(evaluation.versions.all())
    report = getattr(evaluation, "report", None)
    files = report.evidence.select_related("confidential") if report and versions else None
    panel = panel_of(
        evaluations_for(request.user)
        .filter(consultation=evaluation.consultation, programme=evaluation.programme, status="visible")
        .select_related("report__seat__call")
    )
    return {
        "content": versions[-1].content if versions and report else None,
        "versions": versions,
        "report": report,
        "findings": list(evaluation.findings.select_related("line")),
        # What a correction adds waits for the version that it belongs to.
        "files": list(files.filter(created__lte=versions[-1].created)) if files is not None else [],
        "panel": panel if panel and len(panel.scores) > 1 else None,
        "may_correct": evaluation.organisation is not None and acts_for(request.user, evaluation.organisation),
    }


@require_POST
def accept(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.accepted(request, row_id, evaluation_found)


@require_POST
def extend(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.extended(request, row_id, evaluation_found, _page)


@require_GET
def versions(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Everything that was ever published of an evaluation, with what each version changed."""
    evaluation = evaluation_found(request.user, row_id)
    context = {"evaluation": evaluation, "versions": versions_of(evaluation)}
    return render(request, "participation/evaluations/versions.html", context)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Correct an evaluation that was given without a call."""
    evaluation = evaluation_found(request.user, row_id)
    person = require_person(request.user)
    if evaluation.organisation is None or not acts_for(person, evaluation.organisation):
        raise NotFound
    given = {"score": evaluation.score, "reasoning": evaluation.reasoning}
    form = CorrectForm(request.POST if request.method == "POST" else None, initial=given)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend_by("evaluation", person)
                correct_evaluation(evaluation, **form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The new version is public. The one before stays beside it."))
                return redirect(evaluation)
    context = {"evaluation": evaluation, "form": form}
    return render(request, "participation/evaluations/correct.html", context, status=status)
