"""What everybody has left, exactly.

People who supported the same winners so far have the same money. They share one purse, so that exact arithmetic is done
once for each purse and not for each person.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from participation.allocation.counting.election import Election, Indices, Numbers, Support, Utility


@dataclass(frozen=True)
class Payment:
    """In one round: ``people`` who had ``before`` each paid ``amount``; ``is_all`` if that was all they had."""

    before: Fraction
    amount: Fraction
    people: int

    @property
    def is_all(self) -> bool:
        return self.amount == self.before


@dataclass(frozen=True)
class Round:
    """A purchase. ``price`` is per unit of utility: the most that one unit costs anybody."""

    project: int
    price: Fraction
    payments: tuple[Payment, ...]


class Purses:
    """Exact money of all groups of ballots; follows a list of purchases."""

    def __init__(self, election: Election, utility: Utility, share: Fraction) -> None:
        self.election = election
        self.has_points = utility is not Utility.CARDINALITY
        self.money = [share]
        self.purse_of: Indices = np.zeros(len(election.groups), dtype=np.int32)
        self.rounds: list[Round] = []

    def follow(self, purchases: list[int]) -> None:
        """Pay for the purchases that were not paid for yet."""
        for project in purchases[len(self.rounds) :]:
            self._pay(project)

    def held(self, project: int) -> Fraction:
        """What the supporters have together."""
        support = self.election.supports[project]
        people = np.bincount(self.purse_of[support.groups], weights=support.people)
        return sum((self.money[purse] * int(people[purse]) for purse in np.flatnonzero(people)), Fraction(0))

    def price(self, project: int) -> Fraction:
        """The lowest price per unit of utility at which the supporters pay the cost together (water filling)."""
        return self._water_level(project, self._owners(self.election.supports[project])[0])

    def paid_at(self, project: int, price: Fraction) -> Fraction:
        """What the supporters would pay together at a price per unit of utility, each as far as their money goes."""
        owners, _ = self._owners(self.election.supports[project])
        return sum((min(self.money[purse], price * points) * people for purse, points, people in owners), Fraction(0))

    def _owners(self, support: Support) -> tuple[list[tuple[int, int, int]], Numbers]:
        """Supporters by purse and points: ``(purse, points, people)``, and for each group its place in that list."""
        purses = self.purse_of[support.groups].astype(np.int64)
        points = support.points if self.has_points else np.ones_like(support.points)
        most = int(points.max(initial=1)) + 1
        keys, place = np.unique(purses * most + points, return_inverse=True)
        people = np.bincount(place, weights=support.people)
        owners = [(int(key) // most, int(key) % most, int(count)) for key, count in zip(keys, people, strict=True)]
        return owners, place

    def _water_level(self, project: int, owners: list[tuple[int, int, int]]) -> Fraction:
        rates = [(self.money[purse] / points, points, people) for purse, points, people in owners]
        # Comparing fractions is slow; after a sort by their rounded values they are nearly in order.
        rates.sort(key=lambda rate: float(rate[0]))
        rates.sort(key=lambda rate: rate[0])
        missing = self.election.projects[project].cost
        units = sum(points * people for _, points, people in rates)
        for rate, points, people in rates:
            price = missing / units
            if price <= rate:
                return price
            missing -= rate * (points * people)
            units -= points * people
        raise ValueError("The supporters cannot pay for it.")

    def _pay(self, project: int) -> None:
        support = self.election.supports[project]
        owners, place = self._owners(support)
        price = self._water_level(project, owners)
        payments, next_purse = [], np.empty(len(owners), dtype=np.int32)
        empty = None
        for number, (purse, points, people) in enumerate(owners):
            before = self.money[purse]
            amount = min(before, price * points)
            payments.append(Payment(before, amount, people))
            if amount == before and empty is not None:
                next_purse[number] = empty
                continue
            next_purse[number] = len(self.money)
            if amount == before:
                empty = len(self.money)
            self.money.append(before - amount)
        self.purse_of[support.groups] = next_purse[place]
        self.rounds.append(Round(project, price, tuple(payments)))
