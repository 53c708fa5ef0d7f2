"""The page of a project, proposing one, and the desk of departments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from participation.allocation import forms as typed
from participation.allocation.models import Phase
from participation.allocation.permissions import may_keep, may_review
from participation.allocation.proposals import actions
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.queries import allocation_for, proposal_for, waiting_for_department
from participation.allocation.results.showing import shown_row
from participation.attachments import attachment_response
from participation.moderation.permissions import may_judge
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_person, require_role
from portal.currency import in_major_units
from portal.errors import GongzhiError, NotAllowed, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

UNDECIDED = (Phase.PROPOSING, Phase.REVIEW)


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The form can be filled in before signing in; what is typed stays where it is refused."""
    allocation = allocation_for(request.user, row_id)
    form = typed.ProposalForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                person = require_person(request.user)
                spend("proposal", str(person.pk))
                made = actions.propose_project(allocation, **form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Your project is proposed. You are told what becomes of it."))
                return redirect(made)
    context = {"allocation": allocation, "form": form, "is_open": allocation.phase == Phase.PROPOSING}
    return render(request, "participation/allocation/propose.html", context, status=status)


def _may_change(user: Any, proposal: ProjectProposal) -> bool:
    return (
        proposal.author_id == user.pk
        and proposal.allocation.phase == Phase.PROPOSING
        and proposal.step == ProjectProposal.Step.PROPOSED
        and not proposal.is_hidden
    )


@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The own proposal, as long as no department has looked at it."""
    proposal, person = proposal_for(request.user, row_id), require_person(request.user)
    if proposal.author_id != person.pk:
        raise NotAllowed
    initial = {name: getattr(proposal, name) for name in ("title", "category", "place", "description")}
    initial["estimate"] = in_major_units(proposal.estimate, proposal.allocation.currency)
    form = typed.ProposalForm(request.POST or None, request.FILES or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                spend("proposal", str(person.pk))
                actions.change_project(proposal, **form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Your project is changed. What it said before stays in its history."))
                return redirect(proposal)
    context = {
        "allocation": proposal.allocation,
        "proposal": proposal,
        "form": form,
        "is_open": _may_change(person, proposal),
    }
    return render(request, "participation/allocation/change.html", context, status=status)


@require_safe
def project(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return project_page(request, proposal_for(request.user, row_id))


def project_page(request: HttpRequest, proposal: ProjectProposal, status: int = 200, **sent: Any) -> HttpResponse:
    allocation, phase = proposal.allocation, proposal.allocation.phase
    is_mine = proposal.author_id == request.user.pk
    keeps = may_keep(request.user, allocation)
    reviews = list(proposal.reviews.select_related("department"))
    undecided = phase in UNDECIDED
    may_answer = (
        is_mine
        and undecided
        and proposal.step == ProjectProposal.Step.UNFEASIBLE
        and not any(review.replied_at for review in reviews)
    )
    judges = undecided and may_review(request.user, proposal)
    withdraws = (
        (is_mine or keeps)
        and proposal.step != ProjectProposal.Step.WITHDRAWN
        and phase not in (Phase.CLOSED, Phase.COUNTED)
    )
    assigns = keeps and undecided and proposal.step == ProjectProposal.Step.PROPOSED
    row = getattr(proposal, "result", None)
    context = {
        "proposal": proposal,
        "allocation": allocation,
        "reviews": reviews,
        "is_mine": is_mine,
        "phase": phase,
        "may_change": _may_change(request.user, proposal),
        "may_moderate": not is_mine and isinstance(request.user, User) and may_judge(request.user, proposal),
        "reply_form": typed.ReplyForm(prefix="reply") if may_answer else None,
        "review_form": typed.ReviewForm(prefix="review") if judges else None,
        "withdraw_form": typed.WithdrawForm(prefix="withdraw") if withdraws else None,
        "assign_form": typed.AssignForm(prefix="assign", keeper=require_person(request.user)) if assigns else None,
        "shown": shown_row(row) if row else None,
        **sent,
    }
    return render(request, "participation/allocation/project.html", context, status=status)


@require_GET
def attachment(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(proposal_for(request.user, row_id))


@dataclass(frozen=True)
class Act:
    """What a button of the page does, and under which name the page knows its form."""

    do: Callable[[ProjectProposal, User, dict[str, Any]], Any]
    done: str | Promise
    form: Callable[[HttpRequest, User], forms.Form]
    name: str


def _review(proposal: ProjectProposal, person: User, given: dict[str, Any]) -> None:
    is_feasible = given["outcome"] == "feasible"
    actions.review_project(
        proposal, is_feasible=is_feasible, cost=given["cost"], reason=given["reason"], acting_user=person
    )


ACTS: dict[str, Act] = {
    "answer": Act(
        lambda proposal, person, given: actions.answer_review(proposal, reply=given["reply"], acting_user=person),
        gettext_lazy("Your answer is published, and the department is told."),
        lambda request, person: typed.ReplyForm(request.POST, prefix="reply"),
        "reply_form",
    ),
    "review": Act(
        _review,
        gettext_lazy("Your judgement is published, and the proposer is told."),
        lambda request, person: typed.ReviewForm(request.POST, prefix="review"),
        "review_form",
    ),
    "withdraw": Act(
        lambda proposal, person, given: actions.withdraw_project(proposal, reason=given["reason"], acting_user=person),
        gettext_lazy("The project is withdrawn."),
        lambda request, person: typed.WithdrawForm(request.POST, prefix="withdraw"),
        "withdraw_form",
    ),
    "assign": Act(
        lambda proposal, person, given: actions.assign_department(proposal, **given, acting_user=person),
        gettext_lazy("The department is asked."),
        lambda request, person: typed.AssignForm(request.POST, prefix="assign", keeper=person),
        "assign_form",
    ),
}


@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    proposal, person = proposal_for(request.user, row_id), require_person(request.user)
    chosen = ACTS.get(act)
    if chosen is None:
        raise NotFound
    spend("proposal", str(person.pk))
    form = chosen.form(request, person)
    status = 400
    if form.is_valid():
        try:
            chosen.do(proposal, person, form.cleaned_data)
        except GongzhiError as error:
            if error.status in (403, 404):
                raise
            status = show_refusal(form, error)
        else:
            messages.success(request, str(chosen.done))
            return redirect(proposal)
    return project_page(request, proposal_for(request.user, row_id), status, **{chosen.name: form})


@never_cache
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What departments have been asked: those of the officer who looks."""
    officer = require_role(request.user, Role.OFFICER)
    proposals = list(waiting_for_department(officer))
    waiting = [one for one in proposals if one.step == ProjectProposal.Step.PROPOSED]
    answered = [
        one
        for one in proposals
        if one.step == ProjectProposal.Step.UNFEASIBLE and one.reviews.filter(replied_at__isnull=False).exists()
    ]
    decided = [one for one in proposals if one not in waiting and one not in answered]
    context = {"waiting": waiting, "answered": answered, "decided": decided}
    return render(request, "participation/allocation/desk.html", context)
