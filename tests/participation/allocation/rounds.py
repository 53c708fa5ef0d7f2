"""Rounds of allocation with people in them, made by the actions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from cms.budget.models import Department
from participation.allocation.actions import enter_allocation_rule, open_allocation, publish_list
from participation.allocation.ballots.actions import ask_to_close, cast_ballot, close_voting
from participation.allocation.ballots.models import FrozenBallots
from participation.allocation.models import Allocation, AllocationRule, Phase
from participation.allocation.proposals.actions import propose_project, review_project
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.rule_files import RuleDefinition
from participation.stakeholders.levels.queries import Level
from participation.stakeholders.models import User
from tests.factories import make_department, make_moderator, make_officer, make_user

# Projects that one of the people here proposes.
EACH = 4
DAY = timedelta(days=1)
# How far the dates lie from now, in days, when the round stands in a phase.
STANDS = {
    Phase.ANNOUNCED: (1, 2, 3, 4),
    Phase.PROPOSING: (-1, 1, 2, 3),
    Phase.REVIEW: (-2, -1, 1, 2),
    Phase.LISTED: (-2, -1, 1, 2),
    Phase.VOTING: (-3, -2, -1, 1),
    Phase.CLOSING: (-4, -3, -2, -1),
}


def dates_for(phase: Phase) -> dict[str, Any]:
    names = ("proposals_from", "proposals_until", "voting_from", "voting_until")
    now = timezone.now()
    return {name: now + days * DAY for name, days in zip(names, STANDS[phase], strict=True)}


def move_to(allocation: Allocation, phase: Phase) -> Allocation:
    """As if time had passed."""
    Allocation.objects.filter(pk=allocation.pk).update(**dates_for(phase))
    allocation.refresh_from_db()
    return allocation


def make_rule(**changed: Any) -> AllocationRule:
    """Rules that hold for years; everybody with a confirmed address takes part."""
    values: dict[str, Any] = {"required_level": Level.EMAIL, "recommended": 3, "proposals_most": 5}
    values |= {"valid_from": date(2025, 1, 1), "source": "规则", "comparison": "shown", **changed}
    return enter_allocation_rule(RuleDefinition(**values), acting_user=None)


def make_allocation(department: Department | None = None, **fields: Any) -> Allocation:
    """A round that takes proposals now: a thousand yuan, everybody with a confirmed address."""
    if not AllocationRule.objects.exists():
        make_rule()
    values: dict[str, Any] = {
        "title": "街坊的一笔钱",
        "purpose": "居民自己决定怎么花。",
        "limits": "只用于公共空间。",
        "amount": 1000_00,
        "dates": dates_for(Phase.PROPOSING),
        "department": department or make_department(),
        "english": {"title": "Money for the neighbourhood"},
    }
    values["rules"] = {"required_level": Level.EMAIL, "completion": "add1u", **fields.pop("rules", {})}
    values["acting_user"] = fields.pop("acting_user", None) or make_moderator()
    return open_allocation(**{**values, **fields})


def make_proposal(allocation: Allocation, **fields: Any) -> ProjectProposal:
    values: dict[str, Any] = {
        "title": "巷口的长椅",
        "place": "槐树巷",
        "description": "给等车的老人坐。",
        "category": "streets",
        "estimate": 100_00,
    }
    values["acting_user"] = fields.pop("acting_user", None) or make_user()
    return propose_project(allocation, **{**values, **fields})


def listed_round(*costs: int, **fields: Any) -> Allocation:
    """A round whose list has a project for each of ``costs`` (yuan), and that takes votes now."""
    allocation = make_allocation(**fields)
    authors = [make_user() for _few in range(1 + len(costs) // EACH)]
    assert allocation.department is not None
    officer = make_officer(allocation.department)
    for number, cost in enumerate(costs, 1):
        proposal = make_proposal(allocation, title=f"项目{number}", acting_user=authors[number // EACH])
        review_project(proposal, is_feasible=True, cost=cost * 100, reason="可行。", acting_user=officer)
    move_to(allocation, Phase.REVIEW)
    publish_list(allocation, acting_user=make_moderator())
    return move_to(allocation, Phase.VOTING)


def vote(allocation: Allocation, *ballots: Mapping[int, int]) -> list[User]:
    """New people cast these ballots; returns them."""
    voters = []
    for votes in ballots:
        voters.append(make_user())
        cast_ballot(allocation, votes=votes, acting_user=voters[-1])
    return voters


def approving(*numbers: int) -> dict[int, int]:
    return dict.fromkeys(numbers, 1)


def close(allocation: Allocation) -> FrozenBallots:
    """Two people close the vote; it is counted when the transaction commits."""
    move_to(allocation, Phase.CLOSING)
    ask_to_close(allocation, acting_user=make_moderator())
    return close_voting(allocation, acting_user=make_moderator())
