"""A result counted a second time, by another way: every price in fractions, nothing rounded.

What is certified is the last share that fits into the budget and, where shares were enlarged, the share one step
above it.
"""

from dataclasses import dataclass
from fractions import Fraction

from participation.allocation.counting.completion import Count
from participation.allocation.counting.election import Election, TieOrder, Utility
from participation.allocation.counting.purses import Purses


class NotCertified(ArithmeticError):
    """The second count differs from the first: nothing may be published."""


@dataclass(frozen=True)
class Certificate:
    """``winners`` at ``share`` cost ``cost``; at ``next_share``, one step above, ``next_winners`` cost ``next_cost``.

    The last three are None if shares were not enlarged.
    """

    budget: Fraction
    share: Fraction
    winners: tuple[int, ...]
    cost: Fraction
    next_share: Fraction | None = None
    next_winners: tuple[int, ...] | None = None
    next_cost: Fraction | None = None

    @property
    def next_overspends(self) -> bool:
        return self.next_cost is not None and self.next_cost > self.budget


def certify(result: Count, ties: TieOrder, step: Fraction | None = None) -> Certificate:
    """Count the final share again and, with a ``step``, the share above it.

    Raises ``NotCertified`` if a run differs from what was counted.
    """
    outcome, following = result.outcome, result.next_outcome
    election = outcome.election
    winners = exact_winners(election, outcome.share, outcome.utility, ties)
    if winners != outcome.winners:
        raise NotCertified("Counting a second time gave another result.")
    cost = election.cost_of(winners)
    if step is None:
        return Certificate(election.budget, outcome.share, winners, cost)
    next_share = outcome.share + step
    next_winners = exact_winners(election, next_share, outcome.utility, ties)
    if following is not None and (following.share, following.winners) != (next_share, next_winners):
        raise NotCertified("Counting a second time gave another result one step above.")
    next_cost = election.cost_of(next_winners)
    return Certificate(election.budget, outcome.share, winners, cost, next_share, next_winners, next_cost)


def exact_winners(election: Election, share: Fraction, utility: Utility, ties: TieOrder) -> tuple[int, ...]:
    """The winners at a share, in the order of their selection, in fractions throughout."""
    purses = Purses(election, utility, share)
    supported = [position for position, support in enumerate(election.supports) if support.votes]
    free = sorted((one for one in supported if not election.projects[one].cost), key=ties)
    # A price can only rise: an old one says how good a project may be at best.
    prices = {one: Fraction(0) for one in supported if election.projects[one].cost}
    purchases: list[int] = []

    def rank(position: int) -> Fraction:
        price = prices[position]
        return price / election.projects[position].cost if utility is Utility.COST else price

    while True:
        lowest: Fraction | None = None
        tied: list[int] = []
        for position in sorted(prices, key=rank):
            if lowest is not None and rank(position) > lowest:
                break
            if purses.held(position) < election.projects[position].cost:
                del prices[position]
                continue
            prices[position] = purses.price(position)
            if lowest is None or rank(position) < lowest:
                lowest, tied = rank(position), []
            if rank(position) == lowest:
                tied.append(position)
        if not tied:
            return (*free, *purchases)
        best = min(tied, key=ties)
        purchases.append(best)
        purses.follow(purchases)
        del prices[best]
