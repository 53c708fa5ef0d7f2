"""The desk of the privacy officer, and the queue of requests. For everybody else these pages do not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from privacy.history.directory import directory
from privacy.history.queries import history_of
from privacy.rights.deadlines import LegalRule
from privacy.rights.refusals import Refused
from privacy.rights.requests.actions import answer_request, extend_request, prove_identity, refuse_request
from privacy.rights.requests.forms import forms_for
from privacy.rights.requests.models import DataRequest
from privacy.rights.requests.permissions import may_handle
from privacy.rights.requests.queries import open_request, queue
from privacy.rights.requests.views import show_refused

SHOWN = 30
ACTS: dict[str, Callable[..., DataRequest]] = {
    "identity": prove_identity,
    "extend": extend_request,
    "answer": answer_request,
    "refuse": refuse_request,
}


def _require_guard(request: HttpRequest) -> None:
    if not directory().may_guard_privacy(request.user):
        raise Http404


@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Everything that a privacy officer keeps, with what waits."""
    _require_guard(request)
    now = timezone.now()
    waiting = DataRequest.objects.open()
    context = {"requests_open": waiting.count(), "requests_late": waiting.filter(due_at__lt=now).count()}
    return render(request, "privacy/rights/desk.html", context)


@never_cache
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    _require_guard(request)
    is_closed = request.GET.get("show") == "closed"
    page = Paginator(queue(closed=is_closed), SHOWN).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "requests": page.object_list,
        "is_closed": is_closed,
        "may_open": directory().may_answer_requests(request.user),
    }
    return render(request, "privacy/rights/requests/queue.html", context)


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def handle(request: HttpRequest, row_id: UUID) -> HttpResponse:
    _require_guard(request)
    if not directory().may_answer_requests(request.user):
        raise PermissionDenied
    found = get_object_or_404(DataRequest.objects.visible_to(request.user), row_id=row_id)
    act = request.POST.get("act", "")
    offered = forms_for(found, request.POST, act)
    form, status = offered.get(act), 200
    if request.method == "POST":
        if not may_handle(request.user, found):
            raise PermissionDenied
        if form is None:
            messages.error(request, _("This cannot be done any more. Here is how the request stands now."))
            return redirect("privacy:requests:handle", row_id)
        status = 400
        if form.is_valid():
            given: dict[str, Any] = form.cleaned_data
            try:
                ACTS[act](found, **given, acting_user=request.user)
            except Refused as error:
                status = show_refused(form, error)
            else:
                messages.success(request, _("Done, and the person is told by e-mail."))
                return redirect("privacy:requests:handle", row_id)
    purpose = _("Handling the request %(reference)s") % {"reference": found.reference}
    context = {
        "asked": found,
        "opened": open_request(found, purpose=purpose, acting_user=request.user),
        "offered": offered,
        "changes": history_of(found),
        "bound": form,
        "may_handle": may_handle(request.user, found),
    }
    return render(request, "privacy/rights/requests/handle.html", context, status=status)


@require_safe
def periods(request: HttpRequest) -> HttpResponse:
    """The periods that apply to personal data here, with where each comes from. For everybody."""
    today = timezone.localdate()
    rules = LegalRule.objects.visible_to(request.user).valid_on(today)
    return render(request, "privacy/rights/periods.html", {"rules": rules, "today": today})
