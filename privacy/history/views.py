"""The history of a record, for whoever may see the record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from privacy.history.diff import differences
from privacy.history.directory import directory
from privacy.history.queries import public_changes, record_for

SHOWN = 30


def _record(request: HttpRequest, label: str, row_id: UUID) -> Any:
    record = record_for(label, row_id, request.user)
    if record is None:
        raise Http404
    return record


@require_safe
def record(request: HttpRequest, label: str, row_id: UUID) -> HttpResponse:
    found = _record(request, label, row_id)
    page = Paginator(public_changes(found), SHOWN).get_page(request.GET.get("page"))
    context = {
        "record": found,
        "name": str(found),
        "address": found.get_absolute_url() if hasattr(found, "get_absolute_url") else "",
        "changes": page.object_list,
        "page": page,
        "may_compare": directory().may_moderate(request.user),
    }
    return render(request, "privacy/history/record.html", context)


@never_cache
@require_safe
def difference(request: HttpRequest, label: str, row_id: UUID, number: int) -> HttpResponse:
    """One change word by word. It may show text that was hidden since: for moderators."""
    if not directory().may_moderate(request.user):
        raise Http404
    found = _record(request, label, row_id)
    rows = list(found.history.order_by("-history_date", "-history_id"))
    place = next((place for place, row in enumerate(rows) if row.pk == number), None)
    if place is None:
        raise Http404
    context = {
        "record": found,
        "name": str(found),
        "label": label,
        "change": next(change for change in public_changes(found) if (change.record, change.number) == (found, number)),
        "differences": differences(rows[place], rows[place + 1] if place + 1 < len(rows) else None),
    }
    return render(request, "privacy/history/difference.html", context)
