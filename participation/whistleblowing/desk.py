"""The desk of the integrity officers: what there is to work on, and one case, opened for a typed reason."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.stakeholders.models import Role, User
from participation.whistleblowing import queries
from participation.whistleblowing.actions import change_state, recuse, reply, shred_case
from participation.whistleblowing.forms import DestroyForm, ReasonForm, RecuseForm, ReplyForm, StateForm
from participation.whistleblowing.models import Case
from participation.whistleblowing.permissions import require_counts, require_integrity
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal
from privacy.access.recording import reading
from privacy.sealing.errors import Shredded
from privacy.sealing.files import SealedFileResponse

# How long one typed reason serves the work on one case; every page of it is on record with that reason.
REASON_SECONDS = 15 * 60


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """States and days for integrity officers, numbers for auditors, content for nobody."""
    person = require_counts(request.user)
    context = {
        "cases": sorted(queries.cases_for(person), key=lambda case: Case.State.values.index(case.state)),
        "is_officer": person.has_role(Role.INTEGRITY),
        "counts": queries.counts_by_state(),
        "unattended": queries.unattended_count(),
    }
    return render(request, "participation/whistleblowing/desk.html", context)


def _reason_key(case: Case) -> str:
    return f"case-reason.{case.row_id}"


def _given_reason(request: HttpRequest, case: Case) -> str:
    kept = request.session.get(_reason_key(case))
    return kept["reason"] if kept and kept["until"] > time.time() else ""


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def opened(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The case, closed until a reason is typed."""
    officer = require_integrity(request.user)
    case = queries.case_found(officer, row_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(officer.pk))
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                until = time.time() + REASON_SECONDS
                request.session[_reason_key(case)] = {"reason": form.cleaned_data["reason"], "until": until}
                return redirect(case)
    elif not case.is_destroyed and _given_reason(request, case):
        return _page(request, officer, case)
    return render(request, "participation/whistleblowing/closed.html", {"case": case, "form": form}, status=status)


@sensitive_variables()
def _opened_now(request: HttpRequest, officer: User, case: Case) -> queries.Opened:
    return queries.opened_for_officer(case, reason=_given_reason(request, case), acting_user=officer)


@sensitive_variables()
def _page(request: HttpRequest, officer: User, case: Case, status: int = 200, **bound: forms.Form) -> HttpResponse:
    try:
        opened = None if case.is_destroyed else _opened_now(request, officer, case)
    except Shredded:
        # A colleague destroyed it between our finding it and opening it.
        case.refresh_from_db()
        if not case.is_destroyed:
            raise
        opened = None
    if opened is None:
        messages.warning(request, _("A colleague has destroyed this report in the meantime. Nothing was added."))
        return redirect(case)
    context: dict[str, Any] = {
        "reply_form": ReplyForm(initial={"cid": uuid4()}, prefix="reply"),
        "state_form": StateForm(case=case, prefix="state"),
        "recuse_form": RecuseForm(prefix="recuse"),
        "destroy_form": DestroyForm(prefix="destroy") if case.may_be_destroyed else None,
        **bound,
        "case": case,
        "opened": opened,
        # For the title of the page and the summary of errors.
        "form": next(iter(bound.values()), None),
    }
    return render(request, "participation/whistleblowing/opened.html", context, status=status)


def _acted(
    request: HttpRequest, row_id: UUID, name: str, form_class: Any, act: Any, done: str, **extra: Any
) -> HttpResponse:
    """One deed of an officer: back to the case when it is done, or the case again with what was typed."""
    officer = require_integrity(request.user)
    case = queries.case_found(officer, row_id)
    if not _given_reason(request, case):
        messages.warning(request, _("Too much time has passed. Say again why you open this report; nothing was sent."))
        return redirect(case)
    if "case" in extra:
        extra["case"] = case
    form = form_class(request.POST, prefix=name, **extra)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(officer.pk))
            act(case, officer, form.cleaned_data)
        except GongzhiError as error:
            status = show_refusal(form, error)
            case = queries.case_found(officer, row_id)
        else:
            messages.success(request, done)
            is_gone = name in ("recuse", "destroy")
            return redirect("participation:whistleblowing:desk") if is_gone else redirect(case)
    return _page(request, officer, case, status, **{f"{name}_form": form})


@never_cache
@sensitive_post_parameters()
@require_POST
def answer(request: HttpRequest, row_id: UUID) -> HttpResponse:
    def act(case: Case, officer: User, given: dict[str, Any]) -> None:
        reply(case, text=given["text"], client_id=given["cid"], acting_user=officer)

    return _acted(request, row_id, "reply", ReplyForm, act, _("Your reply is there for whoever has the code."))


@never_cache
@sensitive_post_parameters()
@require_POST
def state(request: HttpRequest, row_id: UUID) -> HttpResponse:
    def act(case: Case, officer: User, given: dict[str, Any]) -> None:
        change_state(case, **given, acting_user=officer)

    return _acted(request, row_id, "state", StateForm, act, _("The state is changed."), case=None)


@never_cache
@sensitive_post_parameters()
@require_POST
def step_back(request: HttpRequest, row_id: UUID) -> HttpResponse:
    def act(case: Case, officer: User, given: dict[str, Any]) -> None:
        recuse(case, reason=given["reason"], acting_user=officer)

    return _acted(request, row_id, "recuse", RecuseForm, act, _("You have stepped back. Others go on with it."))


@never_cache
@require_POST
def destroy(request: HttpRequest, row_id: UUID) -> HttpResponse:
    def act(case: Case, officer: User, given: dict[str, Any]) -> None:
        shred_case(case, reason=given["reason"], acting_user=officer)

    return _acted(request, row_id, "destroy", DestroyForm, act, _("Destroyed: nobody can read it any more."))


@never_cache
@require_safe
def file(request: HttpRequest, row_id: UUID, file_id: UUID) -> HttpResponseBase:
    """A file of a report, as a download."""
    officer = require_integrity(request.user)
    case = queries.case_found(officer, row_id)
    reason = _given_reason(request, case)
    if not reason:
        return redirect(case)
    found = queries.file_found(case, file_id)
    with reading(queries.PURPOSE, typed_reason=reason, acting_user=officer):
        details: dict[str, Any] = found.details or {}
        content = found.content.open()
    response = SealedFileResponse(
        content, as_attachment=True, filename=details.get("name", ""), content_type=details.get("media_type", "")
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
