"""The ballot: a list to choose from, a look at what was chosen, and the receipt."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from participation.allocation.ballots.actions import cast_ballot
from participation.allocation.ballots.checking import check_votes
from participation.allocation.ballots.models import AllocationBallot
from participation.allocation.ballots.receipts import receipt_text, votes_in
from participation.allocation.models import Allocation, Phase
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.queries import allocation_for, ballot_of, proposals_in, result_of
from participation.allocation.results.showing import ballot_shown
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, Invalid, NotFound
from portal.rates import spend


class Choice:
    """One project on the ballot, as it was chosen."""

    def __init__(self, proposal: ProjectProposal, points: int) -> None:
        self.proposal, self.points = proposal, points


def _order(proposals: list[ProjectProposal], allocation: Allocation, who: str) -> list[ProjectProposal]:
    """Another order for everybody, so that no project has the first place for all; the same on every visit."""
    shuffled = sorted(proposals, key=lambda one: one.number)
    # Nothing secret hangs on it.
    Random(f"{allocation.row_id} {who}").shuffle(shuffled)  # noqa: S311
    return shuffled


@sensitive_variables("votes")
def _sent(request: HttpRequest, allocation: Allocation) -> dict[int, int]:
    """Number -> points, as they were sent. Raises ``Invalid`` for what is no number."""
    votes: dict[int, int] = {}
    if not allocation.has_points:
        for number in request.POST.getlist("project"):
            if not number.isdecimal() or len(number) > 5:
                raise Invalid
            votes[int(number)] = 1
        return votes
    for name in request.POST:
        text = str(request.POST.get(name, ""))
        number = name.removeprefix("points-")
        if name == number or not text.strip() or text.strip() == "0":
            continue
        if not number.isdecimal() or not text.strip().isdecimal() or len(number) > 5 or len(text) > 6:
            raise Invalid(_("Points are whole numbers."), field="votes")
        votes[int(number)] = int(text)
    return votes


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def ballot(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """``step``: nothing or ``update`` shows the list with the sum; ``check``, the ballot as it would be cast."""
    allocation = allocation_for(request.user, row_id)
    own = ballot_of(allocation, request.user)
    if request.method == "GET":
        return _page(request, allocation, own, votes_in(own.choices) if own else {})
    votes: dict[int, int] = {}
    try:
        votes = _sent(request, allocation)
        step = request.POST.get("step", "update")
        if step == "update":
            return _page(request, allocation, own, votes)
        check_votes(allocation, votes)
        if step == "check":
            return _page(request, allocation, own, votes, is_check=True)
        person = require_person(request.user)
        spend("ballot", str(person.pk))
        cast_ballot(allocation, votes=votes, acting_user=person)
    except GongzhiError as error:
        return _page(request, allocation, own, votes, problem=str(error.message), status=error.status)
    messages.success(request, _("Your ballot is cast. You can change it until the vote ends."))
    return redirect("participation:allocation:mine", row_id=row_id)


@sensitive_variables()
def _page(
    request: HttpRequest,
    allocation: Allocation,
    own: AllocationBallot | None,
    votes: dict[int, int],
    *,
    is_check: bool = False,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    on_list = list(proposals_in(allocation, request.user).on_ballot())  # type: ignore[attr-defined]
    choices = [
        Choice(proposal, votes.get(proposal.number, 0))
        for proposal in _order(on_list, allocation, str(request.user.pk or ""))
    ]
    chosen = [choice for choice in choices if choice.points]
    cost = sum(choice.proposal.cost or 0 for choice in chosen)
    given = sum(choice.points for choice in chosen)
    context: dict[str, Any] = {
        "allocation": allocation,
        "own": own,
        "choices": choices,
        "chosen": chosen,
        "cost": cost,
        "given": given,
        "maximum": max(cost, allocation.amount),
        "is_over": cost > allocation.amount,
        "is_few": 0 < len(chosen) < allocation.recommended,
        "is_open": allocation.phase == Phase.VOTING,
        "problem": problem,
    }
    name = "check_ballot" if is_check else "ballot"
    return render(request, f"participation/allocation/{name}.html", context, status=status)


@sensitive_variables()
@never_cache
@require_safe
def mine(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The own ballot with its receipt and, once it is counted, where its share went."""
    allocation = allocation_for(request.user, row_id)
    person = require_person(request.user)
    own = ballot_of(allocation, person)
    if own is None:
        raise NotFound
    votes = votes_in(own.choices)
    proposals = {one.number: one for one in proposals_in(allocation, person).filter(number__in=votes)}
    result = result_of(allocation, person) if allocation.counted_at else None
    context = {
        "allocation": allocation,
        "own": own,
        "receipt_text": receipt_text(str(own.choices["salt"]), votes),
        "chosen": [
            Choice(proposals[number], points) for number, points in sorted(votes.items()) if number in proposals
        ],
        "shown": ballot_shown(result, votes) if result and result.figures else None,
        "is_open": allocation.phase == Phase.VOTING,
    }
    return render(request, "participation/allocation/mine.html", context)
