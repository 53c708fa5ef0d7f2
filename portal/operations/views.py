"""What machines ask a serving process. Nothing here speaks to people, so nothing is translated."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from portal.operations.metrics import as_text
from portal.operations.readiness import CHECKS, WARNINGS, outcomes


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody else. Who gets no answer starts it anew."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200, or 503 where the process cannot serve people now; with the outcome of each check."""
    found = outcomes(CHECKS)
    is_ready = set(found.values()) == {"ok"}
    # What is asked of a database that does not answer would only wait.
    warned = outcomes(WARNINGS) if is_ready else {}
    return JsonResponse({"ready": is_ready, **found, **warned}, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, which shows the token that both were given. Without a token there is no such page."""
    token = settings.METRICS_TOKEN
    shown = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        raise Http404
    return HttpResponse(as_text(), content_type=CONTENT_TYPE_LATEST)
