"""The count of a round from its frozen file, and what is kept of it for the pages. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any

from participation import drawing
from participation.allocation.ballots.models import FrozenBallots
from participation.allocation.counting import pabulib
from participation.allocation.counting.certificate import Certificate, certify
from participation.allocation.counting.completion import Completion, Count, Stop, count
from participation.allocation.counting.election import Election, TieOrder, Utility, by_cost_votes_and_lot
from participation.allocation.counting.equal_shares import Outcome
from participation.allocation.counting.explaining import (
    CityLevel,
    Comparison,
    city_level,
    comparison,
    decided,
    effective_support,
    left_in_turn,
    who_paid,
    why_not,
)
from participation.allocation.counting.report import as_text, report, step_in
from participation.allocation.models import Allocation

Progress = Callable[[int], None]
Heard = Callable[[Outcome], None]


class NotAsCommitted(ValueError):
    """File or secret are not what the log was told before the count."""


@dataclass(frozen=True)
class Tally:
    election: Election
    result: Count
    certificate: Certificate
    beside: Comparison
    ties: TieOrder
    text: str

    @property
    def sha256(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def lot_order(secret: bytes, ids: list[str]) -> list[str]:
    """Ids of all projects, first drawn first; see ``participation.drawing``."""
    return drawing.draw(secret, ids, len(ids))


def tally(allocation: Allocation, frozen: FrozenBallots, secret: bytes, on_run: Heard = lambda outcome: None) -> Tally:
    """Count the file; ``on_run`` hears of every share that is tried.

    Raises ``NotAsCommitted``, ``UnreadableElection`` and ``NotCertified``.
    """
    if sha256(frozen.text.encode()).hexdigest() != frozen.sha256:
        raise NotAsCommitted("The file of ballots is not the one whose digest is in the log.")
    if not drawing.is_opened_by(allocation.lot_commitment, secret):
        raise NotAsCommitted("The secret of the lot is not the one that was committed to.")
    election = pabulib.read(frozen.text)
    ties = by_cost_votes_and_lot(election, lot_order(secret, [project.id for project in election.projects]))
    completion, step = Completion(allocation.completion), step_in(election)
    result = count(
        election,
        utility=Utility(allocation.utility),
        completion=completion,
        ties=ties,
        stop=Stop(allocation.stop),
        step=step,
        on_run=on_run,
    )
    is_enlarged = completion in (Completion.ADD1, Completion.ADD1U)
    certificate = certify(result, ties, step=step if is_enlarged else None)
    beside = comparison(result, ties)
    if allocation.compares:
        result = decided(result, beside)
    # As the command prints it, line feed at the end included.
    text = as_text(report(result, certificate, beside)) + "\n"
    return Tally(election, result, certificate, beside, ties, text)


def figures_of(found: Tally) -> dict[str, Any]:
    """What the page of results tells of the whole. Amounts are in the unit of the currency, as text."""
    election, result = found.election, found.result
    return {
        "voters": len(election.ballots),
        "budget": str(election.budget),
        "cost": str(result.cost),
        "first_share": str(election.equal_share),
        "share": str(result.outcome.share),
        "step": str(step_in(election)),
        "runs": result.runs,
        "tie_breaks": result.outcome.tie_breaks,
        "certificate": {
            "cost": str(found.certificate.cost),
            "next_share": _text(found.certificate.next_share),
            "next_cost": _text(found.certificate.next_cost),
            "next_overspends": found.certificate.next_overspends,
        },
        "here": _city(city_level(election, result.winners)),
        "greedy": {
            **_city(city_level(election, found.beside.greedy)),
            "winners": [election.projects[one].id for one in found.beside.greedy],
        },
        # What did not hold, where the comparison step decided for most votes first.
        "shares": None if result.instead is None else _city(city_level(election, result.by_shares)),
        "prefer_result": found.beside.prefer_result,
        "prefer_greedy": found.beside.prefer_greedy,
        "text": found.text,
    }


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _city(level: CityLevel) -> dict[str, Any]:
    return {
        "cost": str(level.cost),
        "voters_with_one": level.voters_with_one,
        "projects_per_voter": str(level.projects_per_voter),
        "spending": {name: str(amount) for name, amount in level.spending.items()},
    }


def accounts_of(found: Tally, progress: Progress) -> dict[str, dict[str, Any]]:
    """Id of a project -> what its page tells, as JSON.

    Of those that won with their supporters' shares: ``price`` and ``paid``, rows of (amount, people, whether that was
    all they had); of the others ``reason`` and what they missed. ``support``: the part of the cost that supporters
    could pay at best, and ``ahead`` the project that came before it then; ``short``: how many more
    people who vote for it alone would have been enough. Where most votes first decided: ``left``,
    the money that was left when it had its turn, and of those that did not win the reason ``no_room``.
    """
    election, outcome, ties = found.election, found.result.outcome, found.ties
    if found.result.instead is not None:
        return _in_turn(found)
    rounds = {one.project: one for one in outcome.rounds()}
    accounts: dict[str, dict[str, Any]] = {}
    for position, project in enumerate(election.projects):
        account: dict[str, Any] = {}
        if position in outcome.winners:
            if position in rounds:
                one = rounds[position]
                account["price"] = str(one.price)
                account["paid"] = [[str(paid.amount), paid.people, paid.is_all] for paid in who_paid(one)]
            if project.cost:
                account["support"] = str(effective_support(outcome, ties, position).level)
        else:
            why = why_not(outcome, ties, position)
            ahead = why.support.ahead
            account = {
                "reason": why.reason.value,
                "held": str(why.held_at_first),
                "left": str(why.left),
                "missing": str(why.missing),
                "flows": [[election.projects[flow.winner].id, flow.people, str(flow.amount)] for flow in why.flows],
                "support": str(why.support.level),
                "short": why.support.votes_short,
                "ahead": None if ahead is None else election.projects[ahead].id,
            }
        accounts[project.id] = account
        progress(position + 1)
    return accounts


def _in_turn(found: Tally) -> dict[str, dict[str, Any]]:
    projects, won = found.election.projects, set(found.result.winners)
    return {
        projects[position].id: {"left": str(left), **({} if position in won else {"reason": "no_room"})}
        for position, left in left_in_turn(found.election, found.ties).items()
    }
