"""Rounds of allocation as everybody sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from participation.allocation.models import PHASES, Allocation, Phase
from participation.allocation.permissions import may_keep
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.queries import (
    allocation_for,
    allocations_for,
    ballot_of,
    ballots_cast,
    matching,
    proposals_in,
    result_of,
    rows_of,
    waiting_for_department,
)
from participation.small_cells import LEAST
from participation.stakeholders.models import Role, User

PER_PAGE = 24
# What a reader is shown of the way: one step for each thing that people do.
STEPS: tuple[tuple[str | Promise, tuple[Phase, ...]], ...] = (
    (_("Propose"), (Phase.ANNOUNCED, Phase.PROPOSING)),
    (_("Feasibility and cost"), (Phase.REVIEW, Phase.LISTED)),
    (_("Vote"), (Phase.VOTING,)),
    (pgettext_lazy("of votes", "Count"), (Phase.CLOSING, Phase.CLOSED)),
    (_("Carry out"), (Phase.COUNTED,)),
)


@dataclass(frozen=True)
class Step:
    label: str | Promise
    is_now: bool
    is_done: bool
    starts: datetime | None
    ends: datetime | None


def steps_of(allocation: Allocation) -> list[Step]:
    dates = (
        (allocation.proposals_from, allocation.proposals_until),
        (allocation.proposals_until, allocation.voting_from),
        (allocation.voting_from, allocation.voting_until),
        (allocation.voting_until, None),
        (allocation.counted_at, None),
    )
    phase = allocation.phase
    now = next(number for number, (_label, phases) in enumerate(STEPS) if phase in phases)
    return [Step(label, number == now, number < now, *dates[number]) for number, (label, _phases) in enumerate(STEPS)]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    found = list(allocations_for(request.user))
    person = request.user if isinstance(request.user, User) else None
    context = {
        "going": [one for one in found if one.phase != Phase.COUNTED],
        "counted": [one for one in found if one.phase == Phase.COUNTED],
        "may_open": person is not None and person.has_role(Role.MODERATOR, Role.OFFICER),
        "is_officer": person is not None and person.has_role(Role.OFFICER),
    }
    return render(request, "participation/allocation/index.html", context)


@require_safe
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    allocation = allocation_for(request.user, row_id)
    wanted = {name: request.GET.get(name, "") for name in ("words", "category", "step", "outcome")}
    proposals = matching(proposals_in(allocation, request.user), **wanted)
    person = request.user if isinstance(request.user, User) else None
    result = result_of(allocation, request.user)
    cast = ballots_cast(allocation)
    context = {
        "allocation": allocation,
        "phase": allocation.phase,
        "phase_words": PHASES[allocation.phase],
        "steps": steps_of(allocation),
        "page_obj": Paginator(proposals, PER_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "categories": ProjectProposal.Category.choices,
        "states": ProjectProposal.Step.choices,
        # How many take part is told; of fewer than five, nothing.
        "cast": cast if cast >= LEAST else None,
        "own": ballot_of(allocation, request.user),
        "result": result,
        "winners": [row for row in rows_of(result) if row.is_winner] if result and allocation.counted_at else [],
        "may_keep": may_keep(request.user, allocation),
        "waiting": waiting_for_department(person).filter(allocation=allocation).count()
        if person is not None and person.has_role(Role.OFFICER)
        else 0,
    }
    return render(request, "participation/allocation/detail.html", context)
