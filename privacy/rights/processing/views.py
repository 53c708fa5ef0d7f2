"""The record of processing, for privacy officers, administrators and auditors; nobody else finds these pages."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy.history.directory import directory
from privacy.rights.processing.actions import approve_assessment, complete_activity, fix_record, write_assessment
from privacy.rights.processing.forms import AssessmentForm, DetailsForm
from privacy.rights.processing.models import ImpactAssessment, ProcessingRecord
from privacy.rights.processing.queries import ADDED, Activity, activities, activity_found, rows_of
from privacy.rights.refusals import Refused
from privacy.rights.requests.views import show_refused

# What a spreadsheet program takes for the beginning of a formula.
_FORMULA = tuple("=+-@\t\r\n")


def _require_reader(request: HttpRequest) -> bool:
    """Whether they may change it, too; nobody else gets here."""
    people = directory()
    is_guard = people.may_guard_privacy(request.user)
    if not is_guard and not people.may_audit(request.user):
        raise Http404
    return is_guard


def _require_guard(request: HttpRequest) -> None:
    if not _require_reader(request):
        raise PermissionDenied


def _activity(key: str) -> Activity:
    found = activity_found(key)
    if found is None:
        raise Http404
    return found


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    may_change = _require_reader(request)
    context = {
        "activities": activities(),
        "versions": ProcessingRecord.objects.visible_to(request.user).select_related("fixed_by"),
        "may_change": may_change,
    }
    return render(request, "privacy/rights/processing/index.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def activity(request: HttpRequest, key: str) -> HttpResponse:
    may_change = _require_reader(request)
    found = _activity(key)
    version = found.details.version if found.details else 0
    form = DetailsForm(
        request.POST if request.method == "POST" else None, instance=found.details, initial={"version": version}
    )
    status = 200
    if form.is_bound:
        _require_guard(request)
        status = 400
        if form.is_valid():
            given: dict[str, Any] = form.cleaned_data
            try:
                values = {name: given[name] for name in ADDED}
                complete_activity(key, values=values, version=given["version"], acting_user=request.user)
            except Refused as error:
                status = show_refused(form, error)
            else:
                messages.success(request, _("Saved. It is part of the next version that is fixed."))
                return redirect("privacy:processing:activity", key)
    context = {"activity": found, "form": form if may_change else None}
    return render(request, "privacy/rights/processing/activity.html", context, status=status)


@require_POST
def fix(request: HttpRequest) -> HttpResponse:
    _require_guard(request)
    made = fix_record(acting_user=request.user)
    messages.success(request, _("Version %(number)d of the record is fixed.") % {"number": made.number})
    return redirect(made)


def _version(request: HttpRequest, number: int) -> ProcessingRecord:
    _require_reader(request)
    found: ProcessingRecord = get_object_or_404(ProcessingRecord.objects.visible_to(request.user), number=number)
    return found


@never_cache
@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """A fixed version, made to be printed."""
    found = _version(request, number)
    written = found.content["activities"]
    context = {"record": found, "activities": written.get(get_language()) or next(iter(written.values()))}
    return render(request, "privacy/rights/processing/version.html", context)


@never_cache
@require_safe
def version_csv(request: HttpRequest, number: int) -> HttpResponse:
    found = _version(request, number)
    out = io.StringIO()
    rows = rows_of(found.content, get_language() or "")
    # The mark tells spreadsheet programs that it is UTF-8; an apostrophe keeps them from running a text.
    csv.writer(out).writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows)
    return _file("\ufeff" + out.getvalue(), "text/csv; charset=utf-8", f"processing-{number}.csv")


@never_cache
@require_safe
def version_json(request: HttpRequest, number: int) -> HttpResponse:
    found = _version(request, number)
    held = {"version": found.number, "sha256": found.sha256, "fixed": found.fixed_at.isoformat(), **found.content}
    text = json.dumps(held, ensure_ascii=False, indent=2)
    return _file(text + "\n", "application/json", f"processing-{number}.json")


def _file(text: str, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: HttpRequest, key: str) -> HttpResponse:
    """Write the assessment of one activity, or go on writing it."""
    _require_guard(request)
    found = _activity(key)
    form = AssessmentForm(request.POST if request.method == "POST" else None, activity=found)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            given: dict[str, Any] = form.cleaned_data
            try:
                written = write_assessment(
                    key, grounds=given["grounds"], risk=given["risk"], values=given, acting_user=request.user
                )
            except Refused as error:
                status = show_refused(form, error)
            else:
                messages.success(request, _("Saved as a draft."))
                return redirect(written)
    context = {"activity": found, "form": form}
    return render(request, "privacy/rights/processing/assess.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assessment(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """One assessment; posting to it approves it."""
    may_change = _require_reader(request)
    found = get_object_or_404(ImpactAssessment.objects.visible_to(request.user), row_id=row_id)
    if request.method == "POST":
        try:
            approve_assessment(found, acting_user=request.user)
            messages.success(request, _("Approved. From now on it is never changed; a later one is a new version."))
        except Refused as error:
            messages.error(request, str(error))
        return redirect(found)
    context = {
        "assessment": found,
        "grounds": [ImpactAssessment.Ground(ground).label for ground in found.grounds],
        "may_approve": may_change and found.state == ImpactAssessment.State.DRAFT,
    }
    return render(request, "privacy/rights/processing/assessment.html", context)
