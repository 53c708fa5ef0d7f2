"""Who read what: for those whose data it is, and for auditors. No page here shows sealed data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from privacy.access.actions import acknowledge_alert
from privacy.access.errors import AlreadyAcknowledged
from privacy.access.forms import AcknowledgeForm, ReadingsForm
from privacy.access.models import AccessAlert
from privacy.access.queries import alert_found, alerts, in_words, own_subject, readings_found, reads_about
from privacy.history.directory import directory, standing_in_words

SHOWN = 20


def _require_auditor(request: HttpRequest) -> None:
    """For everybody else these pages do not exist."""
    if not directory().may_audit(request.user):
        raise Http404


def _page(request: HttpRequest, found: Any) -> dict[str, Any]:
    page = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    return {"page": page, "readings": in_words(page.object_list)}


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Who read my sealed data, or that of an organisation that I own."""
    asked = request.GET.get("of", "")
    try:
        found = own_subject(request.user, UUID(asked) if asked else None)
    except ValueError:
        found = None
    if found is None:
        raise Http404
    subject, subjects = found
    context = {"subject": subject, "subjects": subjects, **_page(request, reads_about(subject.ref))}
    return render(request, "privacy/access/mine.html", context)


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    _require_auditor(request)
    form = ReadingsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = readings_found(
        reader=asked.get("reader", "").strip(),
        record_ref=asked.get("record"),
        since=asked.get("since"),
        until=asked.get("until"),
        with_cases=directory().may_audit_cases(request.user),
    )
    open_count = alerts().filter(state=AccessAlert.State.OPEN).count()
    context = {"form": form, "open_count": open_count, "is_asked": any(asked.values()), **_page(request, found)}
    return render(request, "privacy/access/index.html", context, status=200 if form.is_valid() else 400)


@never_cache
@require_safe
def alert_list(request: HttpRequest) -> HttpResponse:
    _require_auditor(request)
    page = Paginator(alerts(), SHOWN).get_page(request.GET.get("page"))
    return render(request, "privacy/access/alerts.html", {"page": page, "alerts": page.object_list})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def alert(request: HttpRequest, row_id: UUID) -> HttpResponse:
    _require_auditor(request)
    found = alert_found(row_id)
    if found is None:
        raise Http404
    form = AcknowledgeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                acknowledge_alert(found, reason=form.cleaned_data["reason"], acting_user=request.user)
            except AlreadyAcknowledged as error:
                form.add_error(None, str(error))
                status = 409
            else:
                messages.success(request, _("Written down, with your name and your reason."))
                return redirect("privacy:access:alerts")
    context = {
        "alert": found,
        "role": standing_in_words(found.actor_roles, ""),
        "form": form,
        "is_about_me": found.actor_id == request.user.pk,
        "may_look_into": directory().may_look_into(request.user),
    }
    return render(request, "privacy/access/alert.html", context, status=status)
