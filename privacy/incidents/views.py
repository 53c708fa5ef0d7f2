"""What everybody may know: which incidents people were told of, what they concerned and what was learned."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy.incidents.models import Incident
from privacy.incidents.notices import field_in_words
from privacy.incidents.permissions import may_read

SHOWN = 20


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    page = Paginator(Incident.objects.public().order_by("-notified_at"), SHOWN).get_page(request.GET.get("page"))
    return render(request, "privacy/incidents/index.html", {"page": page, "may_read": may_read(request.user)})


@require_safe
def public(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = Incident.objects.public().filter(row_id=row_id).first()
    if found is None:
        raise Http404
    fields = sorted({field_in_words(name) for name in found.scope.get("fields", {})})
    context = {"incident": found, "fields": fields, "may_read": may_read(request.user)}
    return render(request, "privacy/incidents/public.html", context)
