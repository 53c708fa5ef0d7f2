"""My data: what is held about me, and taking it along; and what is past its time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from privacy.access.queries import in_words, reads_about
from privacy.access.recording import reading
from privacy.history.directory import directory
from privacy.rights.exporting.actions import ask_export, give_link, use_link
from privacy.rights.exporting.freezing import exports_are_frozen
from privacy.rights.exporting.models import ExportJob
from privacy.rights.my_data.queries import asked_subject, held_about
from privacy.rights.refusals import Refused
from privacy.rights.retention.actions import run_retention
from privacy.rights.retention.models import RetentionRun
from privacy.rights.retention.queries import all_due
from privacy.rights.retention.showing import rows_in_words
from privacy.sealing.files import SealedFileResponse
from privacy.sealing.keys import Subject

READINGS_SHOWN = 5


def _asked(request: HttpRequest) -> Any:
    found = asked_subject(request.user, request.POST.get("of", "") or request.GET.get("of", ""))
    if found is None:
        raise Http404
    return found


def _latest_export(subject: Subject) -> ExportJob | None:
    return ExportJob.objects.filter(subject_scope=subject.scope_type, subject_ref=subject.ref).first()


def _own_export(request: HttpRequest, row_id: UUID) -> ExportJob:
    owned = [one.ref for one in directory().subjects_of(request.user)]
    job: ExportJob | None = ExportJob.objects.filter(row_id=row_id, subject_ref__in=owned).first()
    if job is None:
        raise Http404
    return job


def _my_page(request: HttpRequest, *, refusal: Refused | None = None) -> HttpResponse:
    subject, owned, owned_by_me = _asked(request)
    context = {
        "subject": owned,
        "subjects": owned_by_me,
        "groups": held_about(subject),
        "readings": in_words(reads_about(subject.ref)[:READINGS_SHOWN]),
        "export": _latest_export(subject),
        "is_frozen": exports_are_frozen(),
        "refusal": refusal,
    }
    return render(request, "privacy/rights/my_data/index.html", context, status=refusal.status if refusal else 200)


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What is held about me, or about an organisation that I own."""
    return _my_page(request)


# Export ---------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def ask(request: HttpRequest) -> HttpResponse:
    subject, owned, _others = _asked(request)
    try:
        ask_export(subject, language=get_language() or "", acting_user=request.user)
    except Refused as error:
        return _my_page(request, refusal=error)
    return redirect(_address_of(owned.ref if owned.name else None))


def _address_of(organisation: UUID | None) -> str:
    return reverse("privacy:rights:mine") + (f"?of={organisation}" if organisation else "") + "#export"


@never_cache
@login_required
@require_safe
def progress(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """How far an export has come; asked again and again by the page that waits for it."""
    return render(request, "privacy/rights/my_data/export.html", {"export": _own_export(request, row_id)})


@never_cache
@login_required
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def link(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A link that works once, in this session, and the way to it."""
    job = _own_export(request, row_id)
    try:
        token = give_link(job, session_key=request.session.session_key or "", acting_user=request.user)
    except Refused as error:
        return _no_file(request, error)
    return redirect("privacy:rights:file", token=token)


@never_cache
@login_required
@require_GET
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        job = use_link(token, session_key=request.session.session_key or "", acting_user=request.user)
    except Refused as error:
        return _no_file(request, error)
    with reading(_("Export fetched by its owner"), acting_user=request.user):
        opened = job.file.open()
    name = f"gongzhi-{timezone.localdate(job.ready_at):%Y-%m-%d}.zip"
    return SealedFileResponse(opened, as_attachment=True, filename=name, content_type="application/zip")


def _no_file(request: HttpRequest, error: Refused) -> HttpResponse:
    return render(request, "privacy/rights/my_data/no_file.html", {"refusal": error}, status=error.status)


# For those who guard privacy ------------------------------------------------------------------------


def _require_guard(request: HttpRequest) -> None:
    """For everybody else these pages do not exist."""
    if not directory().may_guard_privacy(request.user):
        raise Http404


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: HttpRequest) -> HttpResponse:
    """What would be taken away now, and taking it away."""
    _require_guard(request)
    if request.method == "POST":
        run = run_retention(acting_user=request.user)
        number = run.total if run else 0
        messages.success(
            request,
            ngettext("%(number)d row was taken away.", "%(number)d rows were taken away.", number) % {"number": number},
        )
        return redirect("privacy:rights:retention")
    rows = [rows_in_words(due) for due in all_due()]
    context = {"rows": rows, "total": sum(row.number for row in rows), "runs": RetentionRun.objects.all()[:20]}
    return render(request, "privacy/rights/retention.html", context)
