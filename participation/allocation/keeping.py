"""The pages of those who open and keep rounds of allocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.allocation import actions
from participation.allocation import forms as typed
from participation.allocation.ballots import actions as ballots
from participation.allocation.models import Allocation, Phase
from participation.allocation.permissions import require_allocation_keeper
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.queries import allocation_for, proposals_in, result_of, rows_of, rule_now, winner_for
from participation.allocation.results import actions as results
from participation.allocation.results.models import AllocationResult, ProjectResult
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_role
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    keeper = require_role(request.user, Role.MODERATOR, Role.OFFICER)
    initial = {"consultation": request.GET.get("consultation")}
    rule = rule_now()
    form = typed.AllocationForm(request.POST or None, keeper=keeper, rule=rule, initial=initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(keeper.pk))
                made = actions.open_allocation(**form.values(), acting_user=keeper)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The round is open. Its rules and the hash of its lot are published."))
                return redirect(made)
    return render(request, "participation/allocation/new.html", {"form": form, "rule": rule}, status=status)


def _kept(request: HttpRequest, row_id: UUID) -> tuple[Allocation, User]:
    allocation = allocation_for(request.user, row_id)
    return allocation, require_allocation_keeper(request.user, allocation)


@never_cache
@require_GET
def keep(request: HttpRequest, row_id: UUID) -> HttpResponse:
    allocation, keeper = _kept(request, row_id)
    return _page(request, allocation, keeper)


def _page(request: HttpRequest, allocation: Allocation, keeper: User, status: int = 200, **sent: Any) -> HttpResponse:
    phase = allocation.phase
    result = result_of(allocation, keeper)
    proposals = list(proposals_in(allocation, keeper))
    context = {
        "allocation": allocation,
        "phase": phase,
        "result": result,
        "proposals": proposals,
        "undecided": [one for one in proposals if one.step == ProjectProposal.Step.PROPOSED and not one.is_hidden],
        "without_department": [one for one in proposals if one.department_id is None],
        "asked_myself": allocation.close_asked_by_id == keeper.pk,
        "may_list": phase == Phase.REVIEW,
        "may_close": phase == Phase.CLOSING,
        "may_move": phase not in (Phase.CLOSING, Phase.CLOSED, Phase.COUNTED),
        "may_recount": result is not None and result.state not in (AllocationResult.State.COUNTED, "empty"),
        "dates_form": typed.DatesForm(initial=typed.DatesForm.initial_of(allocation), prefix="dates"),
        "winners": [(row, _task_form(row)) for row in rows_of(result) if row.is_winner] if result else [],
        "refused": None,
        **sent,
    }
    return render(request, "participation/allocation/keep.html", context, status=status)


def _task_form(row: ProjectResult, data: Any = None) -> typed.TaskForm | None:
    if row.programme_id is None or row.task_id is not None:
        return None
    return typed.TaskForm(data, department=row.proposal.department, prefix=f"task-{row.proposal.number}")


@dataclass(frozen=True)
class Act:
    """What a button of the page does. ``form``: where something is typed; the page knows it by ``name``."""

    do: Callable[[HttpRequest, Allocation, User, dict[str, Any]], Any]
    done: str | Promise
    form: Callable[[HttpRequest, Allocation], forms.Form | None] | None = None
    name: str = "refused"


def _winner(request: HttpRequest, allocation: Allocation) -> ProjectResult:
    try:
        return winner_for(allocation, UUID(request.POST.get("winner", "")))
    except ValueError:
        raise NotFound from None


def _move(request: HttpRequest, allocation: Allocation, keeper: User, given: dict[str, Any]) -> None:
    form = typed.DatesForm(request.POST, prefix="dates")
    form.is_valid()
    actions.change_dates(allocation, dates=form.changed(allocation), reason=given["reason"], acting_user=keeper)


def _count_again(request: HttpRequest, allocation: Allocation, keeper: User, given: dict[str, Any]) -> None:
    found = result_of(allocation, keeper)
    if found is None:
        raise NotFound
    results.count_again(found, acting_user=keeper)


ACTS: dict[str, Act] = {
    "dates": Act(
        _move,
        gettext_lazy("The dates are changed."),
        lambda request, allocation: typed.DatesForm(request.POST, prefix="dates"),
        "dates_form",
    ),
    "list": Act(
        lambda request, allocation, keeper, given: actions.publish_list(allocation, acting_user=keeper),
        gettext_lazy("The list is published."),
    ),
    "ask-close": Act(
        lambda request, allocation, keeper, given: ballots.ask_to_close(allocation, acting_user=keeper),
        gettext_lazy("A second person has to close the vote."),
    ),
    "close": Act(
        lambda request, allocation, keeper, given: ballots.close_voting(allocation, acting_user=keeper),
        gettext_lazy("The vote is closed, and is being counted."),
    ),
    "count-again": Act(_count_again, gettext_lazy("It is being counted again.")),
    "adopt": Act(
        lambda request, allocation, keeper, given: results.adopt_winner(
            _winner(request, allocation), acting_user=keeper
        ),
        gettext_lazy("The project is a programme now."),
    ),
    "task": Act(
        lambda request, allocation, keeper, given: results.open_task_of_winner(
            _winner(request, allocation), **given, acting_user=keeper
        ),
        gettext_lazy("The task is opened."),
        lambda request, allocation: _task_form(_winner(request, allocation), request.POST),
    ),
}


@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    allocation, keeper = _kept(request, row_id)
    chosen = ACTS.get(act)
    if chosen is None:
        raise NotFound
    spend("moderation", str(keeper.pk))
    form = chosen.form(request, allocation) if chosen.form is not None else None
    if chosen.form is not None and form is None:
        raise NotFound
    status, refusal = 400, ""
    if form is None or form.is_valid():
        try:
            chosen.do(request, allocation, keeper, {} if form is None else form.cleaned_data)
        except GongzhiError as error:
            if form is None or error.status in (403, 404):
                status, refusal = error.status, str(error.message)
            else:
                status = show_refusal(form, error)
        else:
            messages.success(request, str(chosen.done))
            return redirect("participation:allocation:keep", row_id=row_id)
    sent: dict[str, Any] = {"problem": refusal} if form is None else {chosen.name: form}
    return _page(request, allocation_for(keeper, row_id), keeper, status, **sent)
