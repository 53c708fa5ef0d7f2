"""Elections for tests, and a count that is as simple as the rule: one person after another, fractions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache

import pytest

from participation.allocation.counting import pabulib
from participation.allocation.counting.election import Election, Project, TieOrder, Utility
from tests.data import SHARED

needs_elections = pytest.mark.skipif(
    not (SHARED / "data" / "pb").is_dir(),
    reason="real ballot files are expected beside the repository, in ../shared/data",
)


@cache
def real(name: str) -> Election:
    return pabulib.read((SHARED / "data" / "pb" / f"{name}.pb").read_text("utf-8"))


def election(
    costs: Mapping[str, int | str], ballots: Iterable[str | Mapping[str, int]], budget: int | str, **details: str
) -> Election:
    """``ballots``: ids of one letter in one word, or points by id."""
    positions = {id_: position for position, id_ in enumerate(costs)}
    given = [dict.fromkeys(ballot, 1) if isinstance(ballot, str) else ballot for ballot in ballots]
    return Election(
        [Project(id_, Fraction(cost)) for id_, cost in costs.items()],
        [{positions[id_]: points for id_, points in ballot.items()} for ballot in given],
        Fraction(budget),
        details,
    )


def ids(election: Election, positions: Iterable[int]) -> str:
    return "".join(election.projects[position].id for position in positions)


def naive(election: Election, share: Fraction, utility: Utility, ties: TieOrder) -> tuple[list[int], list[Fraction]]:
    """The winners and what everybody has left."""
    projects = range(len(election.projects))
    supporters = {
        one: {
            person: 1 if utility is Utility.CARDINALITY else ballot[one]
            for person, ballot in enumerate(election.ballots)
            if one in ballot
        }
        for one in projects
    }
    money = [share] * len(election.ballots)
    won = sorted((one for one in projects if not election.projects[one].cost and supporters[one]), key=ties)
    rest = [one for one in projects if election.projects[one].cost and supporters[one]]
    while True:
        ranks = []
        for one in rest:
            cost, points = election.projects[one].cost, supporters[one]
            if sum(money[person] for person in points) >= cost:
                price = _price(cost, points, money)
                ranks.append((price / cost if utility is Utility.COST else price, ties(one), one, price))
        if not ranks:
            return won, money
        *_, best, price = min(ranks)
        for person, points in supporters[best].items():
            money[person] -= min(money[person], price * points)
        won.append(best)
        rest.remove(best)


def _price(cost: Fraction, points: Mapping[int, int], money: list[Fraction]) -> Fraction:
    units = sum(points.values())
    for person in sorted(points, key=lambda person: money[person] / points[person]):
        if cost / units * points[person] <= money[person]:
            return cost / units
        cost -= money[person]
        units -= points[person]
    raise AssertionError("They cannot pay.")
