"""One run of the Method of Equal Shares (Peters, Pierczyński, Skowron 2021).

Everybody has the same share. In each round the project is funded whose supporters get most for their money when they
split its cost as equally as their money allows; who has less than the price gives all they have.

Rounded numbers find the candidates quickly; wherever two of them, or money and cost, are too close to tell apart, exact
ones decide. The result is that of exact arithmetic throughout.
"""

from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from participation.allocation.counting.election import Election, TieOrder, Utility
from participation.allocation.counting.purses import Purses, Round

# Far above what rounding can do in a few hundred subtractions (about 1e-13), far below what money makes.
TOO_CLOSE = 1e-9
DOUBTFUL = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Outcome:
    """``winners`` in the order of their selection; ``tie_breaks`` counts the rounds in which the tie order decided."""

    election: Election
    utility: Utility
    share: Fraction
    winners: tuple[int, ...]
    tie_breaks: int

    @property
    def cost(self) -> Fraction:
        return self.election.cost_of(self.winners)

    def rounds(self) -> list[Round]:
        """Every purchase with who paid what, exactly. Projects that cost nothing have no round."""
        purses = Purses(self.election, self.utility, self.share)
        purses.follow([winner for winner in self.winners if self.election.projects[winner].cost])
        return purses.rounds


def equal_shares(election: Election, share: Fraction, utility: Utility, ties: TieOrder) -> Outcome:
    """The winners if every vote decides on ``share``. They may cost more than the budget if all shares together do."""
    return EqualShares(election, utility, ties).outcome(share)


class EqualShares:
    """The rule for one election, made ready for as many shares as are tried."""

    def __init__(self, election: Election, utility: Utility, ties: TieOrder) -> None:
        self.election, self.utility, self.ties = election, utility, ties
        supported = [position for position, support in enumerate(election.supports) if support.votes]
        self.free = sorted((one for one in supported if not election.projects[one].cost), key=ties)
        self.weights = {one: _Weights(election, one, utility) for one in supported if election.projects[one].cost}

    def outcome(self, share: Fraction, without: int | None = None) -> Outcome:
        """The winners if every vote decides on ``share``; ``without`` a project, as if it were not on the list."""
        run = _Run(self, share, without)
        free = (position for position in self.free if position != without)
        return Outcome(self.election, self.utility, share, (*free, *run.purchases), run.tie_breaks)


class _Offer(NamedTuple):
    """A project at present: utility per unit of money, price per unit of utility, and over how many units the cost is
    split if everybody pays that price who has anything left (0 if somebody pays less). Good after ``purchases``."""

    value: float
    price: float
    units: float
    purchases: int


class _Run:
    def __init__(self, rule: EqualShares, share: Fraction, without: int | None) -> None:
        self.rule, self.share, self.weights = rule, share, rule.weights
        groups = len(rule.election.groups)
        self.money: NDArray[np.float64] = np.full(groups, float(share))
        # After how many purchases the money of a group was last touched.
        self.touched: NDArray[np.int64] = np.zeros(groups, dtype=np.int64)
        self.offers: dict[int, _Offer] = {}
        self.purses: Purses | None = None
        self.purchases: list[int] = []
        self.tie_breaks = 0
        # What a unit of money buys is most while nobody is short of it, and can only fall: an old value is a bound.
        self.bounds = [
            (-weights.worth * weights.units / weights.cost, one)
            for one, weights in self.weights.items()
            if one != without
        ]
        heapify(self.bounds)
        while (best := self._best()) is not None:
            self._buy(best)

    def _best(self) -> int | None:
        highest, candidates = 0.0, []
        while self.bounds and -self.bounds[0][0] >= highest * (1 - TOO_CLOSE):
            _, position = heappop(self.bounds)
            offer = self._offer(position)
            if offer is not None:
                candidates.append(position)
                highest = max(highest, offer.value)
        if not candidates:
            return None
        close = [one for one in candidates if self.offers[one].value >= highest * (1 - TOO_CLOSE)]
        best = self._first(close) if len(close) > 1 else close[0]
        for position in candidates:
            if position != best:
                heappush(self.bounds, (-self.offers[position].value, position))
        return best

    def _first(self, close: list[int]) -> int:
        exact = {position: self._exact_value(position) for position in close}
        most = max(exact.values())
        tied = [position for position in close if exact[position] == most]
        self.tie_breaks += len(tied) > 1
        return min(tied, key=self.rule.ties)

    def _offer(self, position: int) -> _Offer | None:
        """The project at the present money; None if its supporters cannot pay for it any more."""
        weights, last = self.weights[position], self.offers.get(position)
        if last is not None and self.touched[weights.groups].max() <= last.purchases:
            return last
        cost, money = weights.cost, self.money[weights.groups]
        held = float(money @ weights.people)
        if held < cost * (1 + TOO_CLOSE) and (
            held < cost * (1 - TOO_CLOSE) or self._exact().held(position) < self.rule.election.projects[position].cost
        ):
            return None
        price, units = weights.price(money)
        offer = self.offers[position] = _Offer(weights.worth / price, price, units, len(self.purchases))
        return offer

    def _exact_value(self, position: int) -> Fraction:
        cost, units = self.rule.election.projects[position].cost, self.offers[position].units
        price = cost / int(units) if units else self._exact().price(position)
        return (cost if self.rule.utility is Utility.COST else Fraction(1)) / price

    def _exact(self) -> Purses:
        if self.purses is None:
            self.purses = Purses(self.rule.election, self.rule.utility, self.share)
        self.purses.follow(self.purchases)
        return self.purses

    def _buy(self, position: int) -> None:
        weights = self.weights[position]
        money = self.money[weights.groups]
        due = self.offers[position].price * weights.points
        self.purchases.append(position)
        self.touched[weights.groups[money > 0]] = len(self.purchases)
        # Nothing is left only where that is certain; a doubtful rest is too small to look like money.
        self.money[weights.groups] = np.where(money < due * (1 - TOO_CLOSE), 0.0, np.maximum(money - due, DOUBTFUL))


class _Weights:
    """The support of one project in rounded numbers, as the runs need them."""

    def __init__(self, election: Election, position: int, utility: Utility) -> None:
        support = election.supports[position]
        self.groups = support.groups.astype(np.intp)
        self.people = support.people.astype(np.float64)
        has_points = utility is not Utility.CARDINALITY
        whole = support.points if has_points else np.ones_like(support.points)
        self.points = whole.astype(np.float64)
        self.units_of_group = self.people * self.points
        self.units = float(self.units_of_group.sum())
        self.cost = float(election.projects[position].cost)
        self.worth = self.cost if utility is Utility.COST else 1.0

    def price(self, money: NDArray[np.float64]) -> tuple[float, float]:
        """The price per unit, for supporters who hold the cost together, and the units that pay it (see ``_Offer``).

        Whoever cannot pay the price of an equal split gives all they have, which raises the price for the others, until
        all others can pay. If nobody gives all they have but those who have nothing, the price is the cost by the
        units, exactly, whatever anybody has: most ties are of this kind.
        """
        rates = money / self.points
        price, units, given, short = self.cost / self.units, self.units, 0.0, 0
        while True:
            is_short = rates < price
            count = int(np.count_nonzero(is_short))
            if count == short:
                break
            units = self.units - float(self.units_of_group[is_short].sum())
            if count == len(rates):
                return float(rates.max()), 0.0
            short, given = count, float((money * self.people)[is_short].sum())
            price = max((self.cost - given) / units, price)
        is_certain = not given and not bool((is_short ^ (rates < price * (1 + TOO_CLOSE))).any())
        return price, units if is_certain else 0.0
