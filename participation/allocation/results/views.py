"""Results, and everything that is needed to check them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from participation.allocation.ballots.models import FrozenBallots
from participation.allocation.counting import pabulib
from participation.allocation.forms import CheckForm
from participation.allocation.models import Allocation
from participation.allocation.queries import allocation_for, frozen_of, result_of
from participation.allocation.results.checking import ask_for_count, file_count
from participation.allocation.results.showing import result_shown
from participation.allocation.results.tallying import lot_order
from portal.errors import GongzhiError, NotFound
from portal.rates import client_address, spend
from portal.ui.forms import show_refusal


@require_safe
def results(request: HttpRequest, row_id: UUID) -> HttpResponse:
    allocation = allocation_for(request.user, row_id)
    result = result_of(allocation, request.user)
    if result is None:
        raise NotFound
    context = {
        "allocation": allocation,
        "result": result,
        "shown": result_shown(result, allocation) if result.figures else None,
    }
    return render(request, "participation/allocation/results.html", context)


@require_safe
def verify(request: HttpRequest, row_id: UUID) -> HttpResponse:
    allocation = allocation_for(request.user, row_id)
    context = {
        "allocation": allocation,
        "frozen": frozen_of(allocation, request.user),
        "result": result_of(allocation, request.user),
        "order": _lot(allocation, request),
    }
    return render(request, "participation/allocation/verify.html", context)


def _frozen(request: HttpRequest, row_id: UUID) -> tuple[Allocation, FrozenBallots]:
    allocation = allocation_for(request.user, row_id)
    frozen = frozen_of(allocation, request.user)
    if frozen is None or not frozen.text:
        raise NotFound
    return allocation, frozen


def _file(content: str, name: str, content_type: str = "text/plain") -> HttpResponse:
    response = HttpResponse(content.encode(), content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def ballots_file(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """All ballots without names, byte for byte as they were hashed."""
    _allocation, frozen = _frozen(request, row_id)
    return _file(frozen.text, "ballots.pb")


def _lot(allocation: Allocation, request: HttpRequest) -> list[str]:
    """Drawn anew from what is published, each time."""
    frozen = frozen_of(allocation, request.user)
    if not allocation.lot_opened or frozen is None or not frozen.text:
        return []
    ids = [project.id for project in pabulib.read(frozen.text).projects]
    return lot_order(bytes.fromhex(allocation.lot_opened), ids)


@require_safe
def lot_file(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The order of ties, one id to a line."""
    order = _lot(allocation_for(request.user, row_id), request)
    if not order:
        raise NotFound
    return _file("\n".join(order) + "\n", "lot.txt")


@require_safe
def result_file(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The result, byte for byte as the command prints it."""
    result = result_of(allocation_for(request.user, row_id), request.user)
    if result is None or not result.figures:
        raise NotFound
    return _file(result.figures["text"], "result.json", "application/json")


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Have a ballot file counted; where that stands is shown at an address that nobody else knows."""
    form = CheckForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                spend("file_count", client_address(request))
                asked = ask_for_count(**form.cleaned_data)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                return redirect("participation:allocation:checked", asked.row_id)
    return render(request, "participation/allocation/check.html", {"form": form}, status=status)


@never_cache
@require_safe
def checked(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A ballot file that is counted, or how far that is."""
    asked = file_count(row_id)
    known = FrozenBallots.objects.visible_to(request.user).filter(sha256=asked.sha256).select_related("allocation")
    context = {"asked": asked, "known": known.first() if asked.state == asked.State.COUNTED else None}
    return render(request, "participation/allocation/checked.html", context)


@never_cache
@require_safe
def check_progress(request: HttpRequest, row_id: UUID) -> HttpResponse:
    asked = file_count(row_id)
    return _progress(request, "participation/allocation/check_progress.html", {"asked": asked}, asked.is_at_work)


@never_cache
@require_safe
def progress(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """How far the count of a round is."""
    allocation = allocation_for(request.user, row_id)
    result = result_of(allocation, request.user)
    if result is None:
        raise NotFound
    context = {"allocation": allocation, "result": result}
    return _progress(request, "participation/allocation/progress.html", context, allocation.counted_at is None)


def _progress(request: HttpRequest, template: str, context: dict[str, Any], is_at_work: bool) -> HttpResponse:
    """The part of a page that htmx asks for again and again; at the end the page is loaded anew."""
    response = render(request, template, context)
    if not is_at_work:
        response["HX-Refresh"] = "true"
    return response
