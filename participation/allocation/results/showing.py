"""A published result in the words and numbers of its pages. Amounts are minor units, rounded for reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from participation.allocation.counting.election import Utility
from participation.allocation.counting.explaining import account_at
from participation.allocation.models import Allocation
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.queries import rows_of
from participation.allocation.results.models import AllocationResult, ProjectResult
from portal.currency import minor_digits


def minor(amount: str | Fraction, currency: str) -> Decimal:
    """``"40/3"`` yuan -> 1333.33 fen."""
    exact = Fraction(amount) * 10 ** minor_digits(currency)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"))


def ratio_of(part: str | Fraction, whole: str | Fraction = "1") -> Decimal:
    exact = Fraction(part) / Fraction(whole)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.0001"))


@dataclass(frozen=True)
class PaidShown:
    amount: Decimal
    people: int
    is_all: bool


@dataclass(frozen=True)
class FlowShown:
    number: str
    people: int
    amount: Decimal


@dataclass(frozen=True)
class RowShown:
    """One project of a result. ``support``: the part of the cost that its supporters could pay at best. ``short``: how
    many more people who vote for it alone would have been enough."""

    row: ProjectResult
    cost: int
    support: Decimal | None = None
    price: Decimal | None = None
    paid: list[PaidShown] = field(default_factory=list)
    held: Decimal | None = None
    left: Decimal | None = None
    missing: Decimal | None = None
    flows: list[FlowShown] = field(default_factory=list)
    ahead: str = ""
    short: int | None = None

    @property
    def reason(self) -> str:
        return str(self.row.account.get("reason", ""))


def shown_row(row: ProjectResult) -> RowShown:
    currency, account = row.proposal.allocation.currency, row.account

    def money(name: str) -> Decimal | None:
        return minor(account[name], currency) if name in account else None

    return RowShown(
        row=row,
        cost=row.proposal.cost or 0,
        support=ratio_of(account["support"]) if "support" in account else None,
        price=money("price"),
        paid=[PaidShown(minor(amount, currency), people, is_all) for amount, people, is_all in account.get("paid", [])],
        held=money("held"),
        left=money("left"),
        missing=money("missing"),
        flows=[FlowShown(id_, people, minor(amount, currency)) for id_, people, amount in account.get("flows", [])],
        ahead=account.get("ahead") or "",
        short=None if row.proposal.allocation.has_points else account.get("short"),
    )


@dataclass(frozen=True)
class CityShown:
    """One way to choose: by equal shares, or by most votes first."""

    cost: Decimal
    voters_with_one: int
    with_one: Decimal
    projects_per_voter: Decimal


@dataclass(frozen=True)
class Spending:
    label: str
    here: Decimal
    other: Decimal


@dataclass(frozen=True)
class ResultShown:
    """``other``: what this result is shown beside, most votes first or, where that holds, equal shares."""

    rows: list[RowShown]
    voters: int
    first_share: Decimal
    share: Decimal
    step: Decimal
    certified_cost: Decimal
    next_share: Decimal | None
    next_cost: Decimal | None
    here: CityShown
    other: CityShown
    is_by_votes: bool
    spending: list[Spending]

    @property
    def winners(self) -> list[RowShown]:
        return [shown for shown in self.rows if shown.row.is_winner]

    @property
    def losers(self) -> list[RowShown]:
        return [shown for shown in self.rows if not shown.row.is_winner]

    @property
    def most_votes(self) -> int:
        return max((shown.row.votes for shown in self.rows), default=0)

    @property
    def most_spent(self) -> Decimal:
        return max((max(one.here, one.other) for one in self.spending), default=Decimal(0))

    @property
    def most_support(self) -> Decimal:
        return max((shown.support or Decimal(0) for shown in self.rows), default=Decimal(1))


def _city(told: Mapping[str, Any], voters: int, currency: str) -> CityShown:
    return CityShown(
        minor(told["cost"], currency),
        told["voters_with_one"],
        ratio_of(str(told["voters_with_one"]), str(voters)),
        ratio_of(told["projects_per_voter"]).quantize(Decimal("0.01")),
    )


def result_shown(result: AllocationResult, allocation: Allocation) -> ResultShown:
    told, currency = result.figures, allocation.currency
    rows = [shown_row(row) for row in rows_of(result)]
    other = told.get("shares") or told["greedy"]
    next_share, next_cost = told["certificate"]["next_share"], told["certificate"]["next_cost"]
    here, there = told["here"]["spending"], other["spending"]
    return ResultShown(
        rows=rows,
        voters=told["voters"],
        first_share=minor(told["first_share"], currency),
        share=minor(told["share"], currency),
        step=minor(told["step"], currency),
        certified_cost=minor(told["certificate"]["cost"], currency),
        next_share=None if next_share is None else minor(next_share, currency),
        next_cost=None if next_cost is None else minor(next_cost, currency),
        here=_city(told["here"], told["voters"], currency),
        other=_city(other, told["voters"], currency),
        is_by_votes=told.get("shares") is not None,
        spending=[
            Spending(str(category.label), minor(here.get(value, "0"), currency), minor(there.get(value, "0"), currency))
            for value, category in ((one.value, one) for one in ProjectProposal.Category)
            if value in here or value in there
        ],
    )


@dataclass(frozen=True)
class LineOfBallot:
    proposal: ProjectProposal
    row: ProjectResult | None
    paid: Decimal


@dataclass(frozen=True)
class BallotShown:
    """Where the share of one vote went. What was paid and what is left is the share, exactly. Where most votes first
    decided there are no shares. ``archived``: what was withdrawn after it was voted for."""

    share: Decimal | None
    lines: list[LineOfBallot]
    left: Decimal
    archived: list[ProjectProposal]


def ballot_shown(result: AllocationResult, votes: Mapping[int, int]) -> BallotShown:
    rows = {row.proposal.number: row for row in rows_of(result)}
    gone = result.allocation.proposals.filter(step=ProjectProposal.Step.WITHDRAWN, number__in=votes)
    counted = {number: points for number, points in votes.items() if number in rows}
    prices = [(row.proposal.number, Fraction(row.account["price"])) for row in rows.values() if "price" in row.account]
    allocation = result.allocation
    account = account_at(Fraction(result.figures["share"]), Utility(allocation.utility), prices, counted)
    currency = allocation.currency
    return BallotShown(
        minor(account.share, currency) if result.figures.get("shares") is None else None,
        [
            LineOfBallot(rows[number].proposal, rows[number], minor(paid, currency))
            for number, paid in sorted(account.paid.items())
        ],
        minor(account.left, currency),
        list(gone),
    )
