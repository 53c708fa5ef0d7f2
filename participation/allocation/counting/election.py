"""Projects, ballots and the order that breaks ties."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int32]
Numbers = NDArray[np.int64]


class UnreadableElection(ValueError):
    """The election cannot be counted; the message says what is wrong and where."""


class Utility(StrEnum):
    """What a project is worth to one of its supporters, and so which project is chosen next.

    ``COST``: the money spent for them; the largest cost per unit of price (effective vote count) comes first. With
    points: cost times points. ``CARDINALITY``: every project the same; the lowest price comes first. ``POINTS``: the
    points given; the lowest price per point comes first.
    """

    COST = "cost"
    CARDINALITY = "cardinality"
    POINTS = "points"


@dataclass(frozen=True)
class Project:
    id: str
    cost: Fraction
    name: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Support:
    """Who supports one project: groups of identical ballots, how many people each has, what each person gave."""

    groups: Indices
    people: Numbers
    points: Numbers

    @cached_property
    def votes(self) -> int:
        return int(self.people.sum())


@dataclass(frozen=True)
class Election:
    """``ballots[i]`` maps positions in ``projects`` to the points a person gave, 1 for an approval.

    Raises ``UnreadableElection`` for a budget that is not above zero, a negative cost, an id that is used twice or
    cannot stand in a ballot file, no ballot.
    """

    projects: Sequence[Project]
    ballots: Sequence[Mapping[int, int]]
    budget: Fraction
    meta: Mapping[str, str] = field(default_factory=dict)
    voters: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.budget <= 0:
            raise UnreadableElection(f"The budget must be above zero, not {self.budget}.")
        seen: set[str] = set()
        for project in self.projects:
            if not project.id or project.id != project.id.strip() or "," in project.id:
                raise UnreadableElection(f"“{project.id}” is no id: it is not empty, has no comma, no space around it.")
            if project.id in seen:
                raise UnreadableElection(f"Project {project.id} is listed twice.")
            if project.cost < 0:
                raise UnreadableElection(f"Project {project.id} has the cost {project.cost}: it cannot be negative.")
            seen.add(project.id)
        if not self.ballots:
            raise UnreadableElection("There is no ballot to count.")
        for number, ballot in enumerate(self.ballots, 1):
            for position, points in ballot.items():
                if not 0 <= position < len(self.projects):
                    raise UnreadableElection(f"Ballot {number} supports a project that is not on the list.")
                if points <= 0:
                    raise UnreadableElection(f"Ballot {number} gives {points} points: points are above zero.")

    @cached_property
    def equal_share(self) -> Fraction:
        """The part of the budget that each vote decides on."""
        return self.budget / len(self.ballots)

    @cached_property
    def groups(self) -> Mapping[tuple[tuple[int, int], ...], int]:
        """Identical ballots with the number of people who cast them, in the order of their first appearance."""
        return Counter(tuple(sorted(ballot.items())) for ballot in self.ballots)

    @cached_property
    def supports(self) -> Sequence[Support]:
        """The support of each project, in the order of ``projects``."""
        found: list[list[tuple[int, int, int]]] = [[] for _ in self.projects]
        for group, (ballot, people) in enumerate(self.groups.items()):
            for position, points in ballot:
                found[position].append((group, people, points))
        columns = [np.array(rows, dtype=np.int64).reshape(-1, 3) for rows in found]
        return [Support(rows[:, 0].astype(np.int32), rows[:, 1].copy(), rows[:, 2].copy()) for rows in columns]

    def cost_of(self, positions: Sequence[int]) -> Fraction:
        return sum((self.projects[position].cost for position in positions), Fraction(0))

    def fits(self, position: int, funded: Sequence[int]) -> bool:
        return self.cost_of(funded) + self.projects[position].cost <= self.budget


TieOrder = Callable[[int], tuple[object, ...]]


def by_id(election: Election) -> TieOrder:
    """Ties go to the project whose id comes first as text: for comparing counts, not for deciding."""
    return lambda position: (election.projects[position].id,)


def by_cost_votes_and_lot(election: Election, lot: Sequence[str] = ()) -> TieOrder:
    """Ties go to the lower cost, then to more supporters, then by a lot drawn once before the count.

    ``lot`` has the id of every project, first drawn first; without a lot the ids decide.
    Raises ``UnreadableElection`` if the lot misses a project, has one twice or one that is not on the list.
    """
    ids = [project.id for project in election.projects]
    order = list(lot) or sorted(ids)
    if sorted(order) != sorted(ids):
        odd = sorted(set(order) ^ set(ids)) or sorted(id_ for id_, times in Counter(order).items() if times > 1)
        raise UnreadableElection(f"The lot must have every project once; look at: {', '.join(odd[:5])}.")
    drawn = {id_: number for number, id_ in enumerate(order)}
    return lambda position: (
        election.projects[position].cost,
        -election.supports[position].votes,
        drawn[election.projects[position].id],
    )
