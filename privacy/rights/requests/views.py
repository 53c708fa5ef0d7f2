"""Asking for one's rights: with an account, and without one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy.history.directory import directory
from privacy.rights.deadlines import rule
from privacy.rights.refusals import Refused, TooFast
from privacy.rights.requests.actions import (
    ask_request,
    ask_without_account,
    confirm_address,
    prove_own_identity,
    withdraw_request,
)
from privacy.rights.requests.forms import AskForm
from privacy.rights.requests.links import request_of
from privacy.rights.requests.models import DataRequest
from privacy.rights.requests.queries import open_request, own_request, own_requests

RATE = "data_request"


def show_refused(form: forms.BaseForm, error: Refused) -> int:
    """Beside its field, or on top. Returns the status to answer with."""
    form.add_error(error.field if error.field in form.fields else None, str(error))
    return error.status


@never_cache
@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/rights/requests/index.html", {"requests": own_requests(request.user)})


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """For everybody. Whoever is signed in shows next that it is they; a letter goes to everybody else."""
    person = request.user if request.user.is_authenticated else None
    subjects = directory().subjects_of(person) if person else None
    initial = {"kind": request.GET.get("kind", "")}
    form = AskForm(request.POST if request.method == "POST" else None, subjects=subjects, initial=initial)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                if not directory().is_within_rate(request, RATE):
                    raise TooFast
                return _asked(request, form.cleaned_data, subjects)
            except Refused as error:
                status = show_refused(form, error)
    context = {"form": form, "answer_rule": rule("request/answer"), "subjects": subjects}
    return render(request, "privacy/rights/requests/new.html", context, status=status)


def _asked(request: HttpRequest, given: dict[str, Any], subjects: Any) -> HttpResponse:
    if subjects is None:
        ask_without_account(
            given["kind"], words=given["words"], name=given["name"], email=given["email"], acting_user=None
        )
        return redirect("privacy:requests:sent")
    chosen = given.get("subject") or str(subjects[0].ref)
    subject = next(one for one in subjects if str(one.ref) == chosen)
    asked = ask_request(given["kind"], words=given["words"], subject=subject, acting_user=request.user)
    if did_recently_reauthenticate(request):
        prove_own_identity(asked, acting_user=request.user)
        messages.success(request, _("Your request is with the privacy officer."))
    return redirect(asked)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/rights/requests/sent.html")


def _own(request: HttpRequest, row_id: UUID) -> DataRequest:
    found = own_request(request.user, row_id)
    if found is None:
        raise Http404
    return found


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = _own(request, row_id)
    opened = open_request(found, purpose=_("Reading one's own request"), acting_user=request.user)
    context = {"asked": found, "opened": opened, "may_act": found.asked_by_id == request.user.pk}
    return render(request, "privacy/rights/requests/mine.html", context)


@login_required
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def prove(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Who gets past the decorator has entered the password, or used the key, a moment ago: that is the whole step."""
    found = _own(request, row_id)
    try:
        prove_own_identity(found, acting_user=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Thank you. Your request is with the privacy officer."))
    return redirect(found)


@login_required
@require_POST
def withdraw(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = _own(request, row_id)
    try:
        withdraw_request(found, acting_user=request.user)
        messages.success(request, _("Your request is taken back."))
    except Refused as error:
        messages.error(request, str(error))
    except PermissionDenied:
        raise Http404 from None
    return redirect(found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The request of somebody without an account. Opening the address only shows it: programs open addresses, too."""
    found = request_of(token)
    if found is None:
        return render(request, "privacy/rights/requests/link_over.html", status=404)
    if request.method == "POST":
        try:
            if "withdraw" in request.POST:
                withdraw_request(found, acting_user=None)
            else:
                confirm_address(found, acting_user=None)
        except Refused as error:
            messages.error(request, str(error))
        return redirect("privacy:requests:by_link", token)
    opened = open_request(found, purpose=_("Whoever asked reads their request by its link"), acting_user=None)
    context = {"asked": found, "opened": opened, "token": token}
    return render(request, "privacy/rights/requests/by_link.html", context)
