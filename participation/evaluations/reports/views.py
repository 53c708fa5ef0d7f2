"""The faces of an evaluation on its way: what waits for whom, the task list, its pages, the check, the reply."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.attachments import attachment_response
from participation.evaluations.calls.queries import decisions_waiting, seats_of
from participation.evaluations.reports import actions, queries
from participation.evaluations.reports import content as contents
from participation.evaluations.reports.forms import (
    CorrectionForm,
    EvidenceForm,
    FaultsForm,
    PageForm,
    ReplyForm,
    WorkbookForm,
    page_form,
)
from participation.evaluations.reports.models import EvaluationReport
from participation.evaluations.reports.permissions import is_author, require_author, require_checker, require_replier
from participation.evaluations.reports.sheets import read_report, write_report
from participation.stakeholders.confidential_pages import confidential_from
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@never_cache
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """What waits for whoever asks: evaluations to write, to check, to reply to; places and decisions."""
    person = require_person(request.user)
    context = {
        "work": queries.work_of(person),
        "seats": seats_of(person),
        "decisions": decisions_waiting(person),
    }
    return render(request, "participation/evaluations/work.html", context)


@never_cache
@require_safe
def report(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The task list of the authors; moderators and officers are led to what they do with it."""
    return _report_page(request, _found(request, row_id))


def _found(request: HttpRequest, row_id: UUID) -> EvaluationReport:
    require_person(request.user)
    return queries.report_for(request.user, row_id)


def _report_page(
    request: HttpRequest, found: EvaluationReport, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "report": found,
        "tasks": queries.task_list(found),
        "score": contents.score_of(found),
        "is_author": is_author(request.user, found),
        "is_lead": found.seat.lead_id == request.user.pk,
        "authors": found.seat.authors.all(),
        "evidence": found.evidence.select_related("confidential"),
        "faults": [actions.Fault(fault).label for fault in found.faults],
        "workbook_form": WorkbookForm(),
        "correction_form": CorrectionForm(),
        **(forms or {}),
    }
    return render(request, "participation/evaluations/report.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, row_id: UUID, name: str) -> HttpResponse:
    """One page of the form. It saves itself while somebody types, and by its button."""
    found = _found(request, row_id)
    person = require_author(request.user, found)
    if name not in contents.pages_of(found):
        raise NotFound
    form = page_form(found, name, request.POST if request.method == "POST" else None)
    saves_itself = "autosave" in request.POST
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("autosave", str(person.pk))
                saved = actions.save_page(
                    found, page=name, typed=form.typed(), revision=_revision(form, request), acting_user=person
                )
            except GongzhiError as error:
                if saves_itself:
                    return JsonResponse({"error": str(error.message)}, status=error.status)
                status = show_refusal(form, error)
            else:
                if saves_itself:
                    return JsonResponse({"revision": saved.revision})
                if "more" in request.POST:
                    return redirect(f"{request.path}#more")
                messages.success(request, _("Saved."))
                return redirect(saved)
        elif saves_itself:
            return JsonResponse({"error": _("This could not be saved: a text is too long.")}, status=400)
    rows = queries.task_list(found)
    context = {
        "report": found,
        "form": form,
        "page": name,
        "title": queries.title_of(name),
        "number": [row.page for row in rows].index(name) + 1,
        "of": len(rows),
        "is_conflict": status == 409,
        "newest": found.revision,
        "gaps": [gap.words for gap in contents.gaps_of(found) if gap.page == name] if found.revision else [],
    }
    return render(request, "participation/evaluations/report_page.html", context, status=status)


def _revision(form: PageForm, request: HttpRequest) -> int | None:
    """None where somebody has compared, and saves all the same."""
    return None if "anyway" in request.POST else form.cleaned_data["revision"] or 0


@sensitive_variables("form")
@sensitive_post_parameters("confidential_passage")
@never_cache
@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = _found(request, row_id)
    person = require_author(request.user, found)
    form = EvidenceForm(request.POST, request.FILES) if request.method == "POST" else EvidenceForm()
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("evaluation", str(person.pk))
                actions.add_evidence(
                    found,
                    title=form.cleaned_data["title"],
                    attachment=form.cleaned_data["attachment"],
                    confidential=confidential_from(form.cleaned_data),
                    acting_user=person,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The evidence is added."))
                return redirect(request.path)
    context = {"report": found, "form": form, "evidence": found.evidence.select_related("confidential")}
    return render(request, "participation/evaluations/evidence.html", context, status=status)


@require_POST
def remove_evidence(request: HttpRequest, row_id: UUID, number: int) -> HttpResponse:
    found = _found(request, row_id)
    person = require_author(request.user, found)
    each = found.evidence.filter(pk=number).first()
    if each is None:
        raise NotFound
    actions.remove_evidence(each, acting_user=person)
    messages.success(request, _("The evidence is removed."))
    return redirect(reverse("participation:evaluations:evidence", args=[found.row_id]))


@require_safe
def evidence_file(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(queries.evidence_for(request.user, row_id))


@never_cache
@require_safe
def workbook(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The form as a workbook, with what is in the draft."""
    found = _found(request, row_id)
    require_author(request.user, found)
    response = HttpResponse(write_report(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="evaluation-{found.seat.call.reference}.xlsx"'
    return response


@require_POST
def take_workbook(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Take over what was filled in elsewhere: all of it, or nothing."""
    found = _found(request, row_id)
    person = require_author(request.user, found)
    form = WorkbookForm(request.POST, request.FILES)
    status = 400
    if form.is_valid():
        try:
            spend("evaluation", str(person.pk))
            file = form.cleaned_data["file"]
            actions.take_workbook(found, given=read_report(file.read(), file.name), acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("The workbook is taken over. Please look through every page."))
            return redirect(found)
    return _report_page(request, found, {"workbook_form": form}, status)


@never_cache
@require_http_methods(["GET", "POST"])
def check_answers(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Everything on one page, before it is handed in."""
    found = _found(request, row_id)
    person = require_author(request.user, found)
    status, refusal = 200, ""
    if request.method == "POST":
        try:
            spend("evaluation", str(person.pk))
            actions.hand_in(found, acting_user=person)
        except GongzhiError as error:
            status, refusal = error.status, str(error.message)
        else:
            messages.success(
                request, _("Handed in. A moderator checks its form, then the department has time to reply.")
            )
            return redirect(found)
    context = {
        "report": found,
        "content": contents.content_of(found),
        "gaps": contents.gaps_of(found),
        "is_lead": found.seat.lead_id == person.pk,
        "refusal": refusal,
    }
    return render(request, "participation/evaluations/check_answers.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def form_check(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A moderator looks at the form of what was handed in."""
    found = _found(request, row_id)
    person = require_checker(request.user, found)
    form = FaultsForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                actions.check_form(found, faults=form.cleaned_data["faults"], acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The check is recorded."))
                return redirect("participation:evaluations:work")
    context = {"report": found, "content": contents.content_of(found), "form": form}
    return render(request, "participation/evaluations/form_check.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The evaluated department replies, finding by finding."""
    found = _found(request, row_id)
    person = require_replier(request.user, found.programme.department)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                actions.reply_to_finding(found, **form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The reply is recorded, and published with the evaluation."))
                found.refresh_from_db()
                if found.evaluation is not None and found.status == EvaluationReport.Status.PUBLISHED:
                    return redirect(found.evaluation)
                return redirect(request.path)
    given = {str(each.finding_ref): each for each in found.replies.filter(version=found.version)}
    refused = str(form.data.get("finding", "")) if form.is_bound else ""
    context = {
        "report": found,
        "rows": [
            (finding, given.get(finding["id"]), form if finding["id"] == refused else _empty_reply(finding["id"]))
            for finding in contents.findings_to_answer(found)
        ],
        "form": form,
        "content": contents.content_of(found),
    }
    return render(request, "participation/evaluations/reply.html", context, status=status)


def _empty_reply(number: str) -> ReplyForm:
    return ReplyForm(initial={"finding": number}, auto_id=f"id_%s_{number}")


@require_POST
def begin_correction(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = _found(request, row_id)
    person = require_author(request.user, found)
    form = CorrectionForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            spend("evaluation", str(person.pk))
            actions.begin_correction(found, reason=form.cleaned_data["reason"], acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("You can correct it now. What is published stays until the next version is."))
            return redirect(found)
    return _report_page(request, found, {"correction_form": form}, status)
