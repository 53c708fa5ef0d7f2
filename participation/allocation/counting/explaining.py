"""A result explained to the people it concerns, in exact numbers; whoever shows them finds the words.

One vote (``ballot_account``), one winner (``who_paid``), one project that was not funded (``why_not``), how near or far
any project was (``effective_support``), and the whole city beside the plain rule of most votes first (``city_level``,
``comparison``).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

import numpy as np

from participation.allocation.counting.completion import Count, prefers_more
from participation.allocation.counting.election import Election, TieOrder, Utility
from participation.allocation.counting.equal_shares import EqualShares, Outcome
from participation.allocation.counting.purses import Purses, Round
from participation.allocation.counting.reference_rules import by_votes, in_turn

FLOWS_SHOWN = 3


@dataclass(frozen=True)
class Account:
    """Where the share of one vote went: ``paid`` has every project of the ballot, 0 where nothing went.

    What was paid and what is ``left`` is the ``share``, exactly.
    """

    share: Fraction
    paid: Mapping[int, Fraction]
    left: Fraction


@dataclass(frozen=True)
class Paid:
    """``people`` paid ``amount`` each; ``is_all`` if that was all they had left, which may be nothing."""

    amount: Fraction
    people: int
    is_all: bool


@dataclass(frozen=True)
class Flow:
    """``people`` who also supported ``winner`` paid ``amount`` for it together."""

    winner: int
    people: int
    amount: Fraction


class Reason(StrEnum):
    """``TOO_FEW``: the supporters' shares together are below the cost. ``SPENT``: their money went to other winners,
    and what was left at the end was as near as it came. ``OUTRANKED``: it was nearer in an earlier round, in which
    another had more effective support, or the same and came first in the order of ties."""

    TOO_FEW = "too_few"
    SPENT = "spent"
    OUTRANKED = "outranked"


@dataclass(frozen=True)
class EffectiveSupport:
    """``level`` is the largest part of the cost that the supporters could pay: at the price that would have put the
    project level with the winner of ``round`` (counted from 0; None: with all they had at the end).

    1 or more wins; exactly 1 may be a tie that the tie order decided. ``votes_short``: how many more people, each with
    the same share and this project alone on the ballot (with one point), would have brought it to 1.
    """

    level: Fraction
    round: int | None
    ahead: int | None
    votes_short: int


@dataclass(frozen=True)
class WhyNot:
    """``held_at_first`` and ``left`` are what the supporters had together before the first round and after the last.
    ``flows`` are the largest payments that took the difference."""

    reason: Reason
    votes: int
    held_at_first: Fraction
    left: Fraction
    cost: Fraction
    flows: tuple[Flow, ...]
    support: EffectiveSupport

    @property
    def missing(self) -> Fraction:
        return self.cost - self.left


@dataclass(frozen=True)
class CityLevel:
    """What a list of projects means for all voters. ``spending`` is by the value of a column of the ballot file."""

    cost: Fraction
    voters_with_one: int
    projects_per_voter: Fraction
    spending: Mapping[str, Fraction]


@dataclass(frozen=True)
class Comparison:
    """The comparison step: the plain rule replaces the result only if strictly more people prefer its projects."""

    greedy: tuple[int, ...]
    prefer_result: int
    prefer_greedy: int

    @property
    def keeps_result(self) -> bool:
        return self.prefer_greedy <= self.prefer_result


def ballot_account(outcome: Outcome, rounds: list[Round], ballot: Mapping[int, int]) -> Account:
    """The account of one ballot. ``rounds`` are those of the outcome, read once for all ballots."""
    return account_at(outcome.share, outcome.utility, [(one.project, one.price) for one in rounds], ballot)


def account_at(
    share: Fraction, utility: Utility, prices: Iterable[tuple[int, Fraction]], ballot: Mapping[int, int]
) -> Account:
    """The account of one ballot from what is published: the share, and the price of each project in order."""
    left, paid = share, dict.fromkeys(ballot, Fraction(0))
    for project, price in prices:
        if project in ballot:
            points = 1 if utility is Utility.CARDINALITY else ballot[project]
            amount = min(left, price * points)
            paid[project] = amount
            left -= amount
    return Account(share, paid, left)


def who_paid(one: Round) -> list[Paid]:
    """The payments of a round, the largest first. Together they are the cost of the project."""
    people: Counter[tuple[Fraction, bool]] = Counter()
    for payment in one.payments:
        people[payment.amount, payment.is_all] += payment.people
    return [Paid(amount, people[amount, is_all], is_all) for amount, is_all in sorted(people, reverse=True)]


def effective_support(outcome: Outcome, ties: TieOrder, project: int) -> EffectiveSupport:
    """How near a project came; for a winner, how far it was ahead: the count is made again as if it were not listed.

    In each round the supporters could pay ``sum_i min(left_i, price * points_i)`` of the cost, where ``price`` puts the
    project level with that round's winner. Raises ``ValueError`` for a project that costs nothing.
    """
    rule = EqualShares(outcome.election, outcome.utility, ties)
    others = rule.outcome(outcome.share, without=project)
    cost = outcome.election.projects[project].cost
    if not cost:
        raise ValueError("A project that costs nothing needs no support beyond one vote.")
    found: list[tuple[Fraction, int | None, int | None]] = []
    short: list[int] = []
    for number, purses, winner in _rounds(others):
        if winner is None:
            paid, each = purses.held(project), outcome.share
        else:
            price = purses.price(winner)
            if outcome.utility is Utility.COST:
                price *= cost / outcome.election.projects[winner].cost
            # Whoever votes for it alone has spent nothing yet.
            paid, each = purses.paid_at(project, price), min(outcome.share, price)
        found.append((paid / cost, None if winner is None else number, winner))
        short.append(max(0, math.ceil((cost - paid) / each)))
    level, in_round, ahead = max(found, key=lambda one: one[0])
    return EffectiveSupport(level, in_round, ahead, min(short))


def why_not(outcome: Outcome, ties: TieOrder, project: int) -> WhyNot:
    """Why a project did not win in the final run. Raises ``ValueError`` for one that did."""
    if project in outcome.winners:
        raise ValueError("This project won.")
    election = outcome.election
    votes, cost = election.supports[project].votes, election.projects[project].cost
    flows, left = _flows(outcome, project)
    support = effective_support(outcome, ties, project) if cost else EffectiveSupport(Fraction(0), None, None, 1)
    held = outcome.share * votes
    reason = Reason.SPENT if support.round is None else Reason.OUTRANKED
    if held < cost or not votes:
        reason = Reason.TOO_FEW
    return WhyNot(reason, votes, held, left, cost, flows[:FLOWS_SHOWN], support)


def city_level(election: Election, winners: tuple[int, ...], column: str = "category") -> CityLevel:
    """Figures of a list of projects; spending by a column of the ballot file, "" where it says nothing."""
    funded = set(winners)
    with_one = approvals = 0
    for ballot, people in election.groups.items():
        number = sum(position in funded for position, _ in ballot)
        with_one += people * (number > 0)
        approvals += people * number
    spending: defaultdict[str, Fraction] = defaultdict(Fraction)
    for position in winners:
        project = election.projects[position]
        spending[project.details.get(column, "")] += project.cost
    return CityLevel(
        election.cost_of(winners), with_one, Fraction(approvals, len(election.ballots)), dict(sorted(spending.items()))
    )


def comparison(result: Count, ties: TieOrder) -> Comparison:
    """The result beside the projects with most votes that fit into the budget (Wieliczka and Świecie 2023)."""
    election = result.outcome.election
    greedy = by_votes(election, ties)
    return Comparison(greedy, *prefers_more(election, result.by_shares, greedy))


def decided(result: Count, beside: Comparison) -> Count:
    """The result where the comparison step decides: by most votes first, if strictly more people prefer that."""
    return result if beside.keeps_result else replace(result, instead=beside.greedy)


def left_in_turn(election: Election, ties: TieOrder) -> dict[int, Fraction]:
    """By most votes first: the money that was left when each project had its turn."""
    funded = set(by_votes(election, ties))
    left, found = election.budget, {}
    for position in in_turn(election, Utility.COST, ties):
        found[position] = left
        left -= election.projects[position].cost if position in funded else 0
    return found


def _rounds(outcome: Outcome) -> Iterator[tuple[int, Purses, int | None]]:
    """The purses before each purchase, with its number and project; at last with None."""
    purses = Purses(outcome.election, outcome.utility, outcome.share)
    purchases = [winner for winner in outcome.winners if outcome.election.projects[winner].cost]
    for number, winner in enumerate(purchases):
        yield number, purses, winner
        purses.follow(purchases[: number + 1])
    yield len(purchases), purses, None


def _flows(outcome: Outcome, project: int) -> tuple[tuple[Flow, ...], Fraction]:
    """What the supporters of a project paid for winners, the largest sum first, and what they have left together."""
    support = outcome.election.supports[project]
    flows: list[Flow] = []
    before = np.zeros(len(support.groups), dtype=np.int64)
    winner_before: int | None = None
    left = Fraction(0)
    for _, purses, winner in _rounds(outcome):
        after = purses.purse_of[support.groups].astype(np.int64)
        if winner_before is not None:
            keys, place = np.unique(before * len(purses.money) + after, return_inverse=True)
            people = np.bincount(place, weights=support.people)
            payments = [
                (purses.money[int(key) // len(purses.money)] - purses.money[int(key) % len(purses.money)], int(number))
                for key, number in zip(keys, people, strict=True)
            ]
            payers = sum(number for amount, number in payments if amount)
            if payers:
                amount = sum((amount * number for amount, number in payments), Fraction(0))
                flows.append(Flow(winner_before, payers, amount))
        before, winner_before = after, winner
        if winner is None:
            left = purses.held(project)
    return tuple(sorted(flows, key=lambda flow: -flow.amount)), left
