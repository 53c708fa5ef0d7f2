"""The history of a record, for whoever may see the record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from privacy.history.diff import differences
from privacy.history.directory import directory
from privacy.history.queries import Change, change_of, public_changes, record_for

SHOWN = 30


def _record(request: HttpRequest, label: str, row_id: UUID) -> Any:
    record = record_for(label, row_id, request.user)
    if record is None:
        raise Http404
    return record


@require_safe
def record(request: HttpRequest, label: str, row_id: UUID) -> HttpResponse:
    found = _record(request, label, row_id)
    page: Page[Change] = Paginator(public_changes(found), SHOWN).get_page(request.GET.get("page"))
    context = {
        "record": found,
        "name": str(found),
        "address": found.get_absolute_url() if hasattr(found, "get_absolute_url") else "",
        "changes": page.object_list,
        "page": page,
        "may_compare": directory().may_compare(request.user),
    }
    return render(request, "privacy/history/record.html", context)


@never_cache
@require_safe
def difference(request: HttpRequest, label: str, row_id: UUID, number: int) -> HttpResponse:
    """One change word by word. It may show text that was hidden since: for moderators and auditors."""
    if not directory().may_compare(request.user):
        raise Http404
    found = _record(request, label, row_id)
    told = change_of(found, number)
    if told is None:
        raise Http404
    change, row, previous = told
    context = {
        "record": found,
        "name": str(found),
        "label": label,
        "change": change,
        "differences": differences(row, previous),
    }
    return render(request, "privacy/history/difference.html", context)
