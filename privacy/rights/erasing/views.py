"""Asking for an erasure and following it, and the desk of those who guard privacy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy.access.queries import own_subject
from privacy.history.directory import directory
from privacy.rights.erasing.actions import ask_erasure, lift_hold, place_hold, refuse_erasure, withdraw_erasure
from privacy.rights.erasing.errors import ErasingError
from privacy.rights.erasing.forms import AskForm, HoldForm, LiftForm, RefuseForm, StartForm
from privacy.rights.erasing.models import Erasure, LegalHold
from privacy.rights.erasing.permissions import own_subjects
from privacy.rights.erasing.queries import due_after, open_erasure, preview_erasure, why_not_yet
from privacy.sealing.keys import Scope, Subject

SHOWN = 30


def _require_guard(request: HttpRequest) -> None:
    """For everybody else these pages do not exist."""
    if not (request.user.is_authenticated and directory().may_guard_privacy(request.user)):
        raise Http404


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The preview, and the button below it. ``of``: an organisation that I own."""
    owned, subject = _subject(request)
    if (found := open_erasure(subject)) is not None:
        return redirect(found.get_absolute_url())
    form = AskForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                erasure = ask_erasure(subject, acting_user=request.user)
            except ErasingError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(request, _("Your wish is on record. Until the day below you can take it back."))
                return redirect(erasure.get_absolute_url())
    context = {
        "subject": owned,
        "preview": preview_erasure(subject),
        "due_at": due_after(timezone.now()),
        "form": form,
    }
    return render(request, "privacy/rights/erasing/ask.html", context, status=status)


def _subject(request: HttpRequest) -> tuple[Any, Subject]:
    asked = request.GET.get("of", "")
    try:
        found = own_subject(request.user, UUID(asked) if asked else None)
    except ValueError:
        found = None
    if found is None:
        raise Http404
    owned, _all = found
    return owned, Subject((Scope.ORGANISATION if owned.name else Scope.PERSON).value, owned.ref)


def _visible(request: HttpRequest, row_id: UUID) -> Erasure:
    return get_object_or_404(Erasure.objects.visible_to(request.user), row_id=row_id)


@never_cache
@require_safe
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """One's own; once it is done, for whoever kept the address: there is nobody left to sign in."""
    done = Erasure.objects.filter(row_id=row_id, state=Erasure.State.DONE).first()
    return _shown(request, done or _visible(request, row_id))


def _shown(request: HttpRequest, erasure: Erasure, form: Form | None = None, status: int = 200) -> HttpResponse:
    is_guard = request.user.is_authenticated and directory().may_guard_privacy(request.user)
    is_own = erasure.subject in own_subjects(request.user)
    may_take_back = is_own or (is_guard and erasure.asked_by_id == request.user.pk)
    context = {
        "erasure": erasure,
        "is_own": is_own,
        "may_take_back": may_take_back,
        "is_guard": is_guard,
        "waits_for": why_not_yet(erasure) if erasure.is_open and (is_own or is_guard) else "",
        "preview": preview_erasure(erasure.subject) if erasure.is_open and is_guard else None,
        "form": (form or RefuseForm()) if erasure.is_open and is_guard and not is_own else None,
    }
    return render(request, "privacy/rights/erasing/detail.html", context, status=status)


@require_safe
def certificate(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = get_object_or_404(Erasure, row_id=row_id, state=Erasure.State.DONE)
    response = HttpResponse(found.certificate, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="certificate-of-erasure.txt"'
    return response


@login_required
@require_POST
def withdraw(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = _visible(request, row_id)
    try:
        withdraw_erasure(found, acting_user=request.user)
        messages.success(request, _("Taken back. Nothing is erased."))
    except ErasingError as error:
        messages.error(request, str(error))
    return redirect(found.get_absolute_url())


@login_required
@require_POST
def refuse(request: HttpRequest, row_id: UUID) -> HttpResponse:
    _require_guard(request)
    found = _visible(request, row_id)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form, status=400)
    try:
        refuse_erasure(found, **form.cleaned_data, acting_user=request.user)
        messages.success(request, _("Refused. The person reads the legal basis and the reason."))
    except ErasingError as error:
        messages.error(request, str(error))
    return redirect(found.get_absolute_url())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest) -> HttpResponse:
    """What waits and what has ended; and asking on behalf of somebody who cannot sign in."""
    _require_guard(request)
    form, status = StartForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                erasure = ask_erasure(form.cleaned_data["email"], acting_user=request.user)
            except ErasingError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect(erasure.get_absolute_url())
    closed = Erasure.objects.exclude(state__in=Erasure.OPEN).order_by("-decided_at", "-pk")
    page = Paginator(closed, SHOWN).get_page(request.GET.get("page"))
    waiting = [(erasure, why_not_yet(erasure)) for erasure in Erasure.objects.open()]
    context = {"waiting": waiting, "page": page, "form": form}
    return render(request, "privacy/rights/erasing/queue.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def holds(request: HttpRequest) -> HttpResponse:
    _require_guard(request)
    form = HoldForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            values = form.cleaned_data
            try:
                place_hold(**values.pop("who"), **values, acting_user=request.user)
            except ErasingError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(request, _("The hold is placed. Nothing of this is erased until it is lifted."))
                return redirect("privacy:erasing:holds")
    page = Paginator(LegalHold.objects.visible_to(request.user).select_related("placed_by"), SHOWN)
    context = {"form": form, "page": page.get_page(request.GET.get("page"))}
    return render(request, "privacy/rights/erasing/holds.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, row_id: UUID) -> HttpResponse:
    _require_guard(request)
    found = get_object_or_404(LegalHold.objects.visible_to(request.user), row_id=row_id)
    form = LiftForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                lift_hold(found, reason=form.cleaned_data["reason"], acting_user=request.user)
            except ErasingError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(request, _("The hold is lifted."))
                return redirect("privacy:erasing:holds")
    return render(request, "privacy/rights/erasing/hold.html", {"hold": found, "form": form}, status=status)
