"""A result as it is printed by the command and published by the portal: the same text, so that digests agree."""

import json
from fractions import Fraction
from typing import Any

from participation.allocation.counting.certificate import Certificate
from participation.allocation.counting.completion import Count
from participation.allocation.counting.election import Election, UnreadableElection
from participation.allocation.counting.explaining import Comparison

# The line of META that says how much each enlargement adds to the share of a vote.
STEP_KEY = "share_step"


def step_in(election: Election) -> Fraction:
    """What each enlargement adds: as the ballot file says, else one unit of the currency."""
    try:
        step = Fraction(election.meta.get(STEP_KEY, "1"))
    except (ValueError, ZeroDivisionError):
        step = Fraction(0)
    if step <= 0:
        raise UnreadableElection(f"“{election.meta[STEP_KEY][:40]}” is no step for shares.")
    return step


def usual_step(share: Fraction) -> int:
    """A thousandth of the first share in whole units of the currency, at least one: fine enough, and soon done."""
    return max(1, int(share / 1000))


def report(result: Count, certificate: Certificate, beside: Comparison) -> dict[str, Any]:
    election = result.outcome.election
    next_step = None
    if certificate.next_share is not None and certificate.next_cost is not None:
        next_step = {"share": str(certificate.next_share), "cost": plain(certificate.next_cost)}
    return {
        "winners": ids(election, result.winners),
        "cost": plain(result.cost),
        "budget": plain(election.budget),
        "share": str(result.outcome.share),
        "rounds": len(result.outcome.winners),
        "runs": result.runs,
        "tie_breaks": result.outcome.tie_breaks,
        "completed": ids(election, result.completed if result.instead is None else ()),
        "certificate": {
            "share": str(certificate.share),
            "cost": plain(certificate.cost),
            "next": next_step,
        },
        "comparison": {
            "greedy": ids(election, beside.greedy),
            "prefer_result": beside.prefer_result,
            "prefer_greedy": beside.prefer_greedy,
            "decided_by": "shares" if result.instead is None else "votes",
        },
    }


def as_text(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1)


def ids(election: Election, positions: tuple[int, ...]) -> list[str]:
    return [election.projects[position].id for position in positions]


def plain(amount: Fraction) -> int | float:
    return int(amount) if amount.denominator == 1 else float(amount)
