"""Results, and everything that is needed to check them."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from participation.allocation.ballots.models import FrozenBallots
from participation.allocation.counting import pabulib
from participation.allocation.counting.certificate import NotCertified, certify
from participation.allocation.counting.completion import Completion, Count, Stop, count
from participation.allocation.counting.election import Election, UnreadableElection, Utility, by_cost_votes_and_lot
from participation.allocation.counting.report import step_in, usual_step
from participation.allocation.forms import CheckForm
from participation.allocation.models import Allocation
from participation.allocation.queries import allocation_for, frozen_of, result_of
from participation.allocation.results.showing import result_shown
from participation.allocation.results.tallying import lot_order
from portal.errors import GongzhiError, Invalid, NotFound, TooLarge
from portal.rates import client_address, spend
from portal.ui.forms import show_refusal

# What is counted within a request; larger files are for the command.
CHECK_MOST_BYTES = 300_000
CHECK_MOST_PROJECTS = 100


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
    """Count a ballot file that somebody has; nothing of it is kept."""
    form = CheckForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                spend("similar", client_address(request))
                context |= _counted(form)
                status = 200
            except GongzhiError as error:
                status = show_refusal(form, error)
    return render(request, "participation/allocation/check.html", context, status=status)


def _text(upload: UploadedFile[Any], field: str) -> str:
    if (upload.size or 0) > CHECK_MOST_BYTES:
        raise TooLarge(
            _("The file is larger than %(limit)d kB. Count it with the command.") % {"limit": CHECK_MOST_BYTES // 1000},
            field=field,
        )
    try:
        return upload.read().decode()
    except UnicodeDecodeError:
        raise Invalid(_("The file is not text in UTF-8."), field=field) from None


def _counted(form: CheckForm) -> dict[str, Any]:
    given = form.cleaned_data
    text = _text(given["file"], "file")
    lot = _text(given["lot"], "lot").split() if given["lot"] else []
    digest = sha256(text.encode()).hexdigest()
    completion = Completion(given["completion"])
    try:
        election = pabulib.read(text)
        if len(election.projects) > CHECK_MOST_PROJECTS:
            raise TooLarge(_("There are too many projects in it. Count it with the command."), field="file")
        ties = by_cost_votes_and_lot(election, lot)
        # Shares are not enlarged in smaller steps than that: a request has to end.
        step = max(step_in(election), Fraction(usual_step(election.equal_share)))
        result = count(
            election,
            utility=Utility(given["utility"]),
            completion=completion,
            ties=ties,
            stop=Stop(given["stop"]),
            step=step,
        )
        certify(result, ties, step=step if completion in (Completion.ADD1, Completion.ADD1U) else None)
    except (UnreadableElection, NotCertified) as error:
        raise Invalid(str(error), field="file") from error
    known = FrozenBallots.objects.filter(sha256=digest).select_related("allocation").first()
    return {"digest": digest, "known": known, "rows": _rows(election, result), "result": result, "step": step}


def _rows(election: Election, result: Count) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "id": election.projects[position].id,
            "name": election.projects[position].name,
            "cost": float(election.projects[position].cost),
            "votes": election.supports[position].votes,
            "by_votes": position in result.completed,
        }
        for place, position in enumerate(result.winners, 1)
    ]
