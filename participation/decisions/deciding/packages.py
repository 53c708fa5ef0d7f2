"""The cheapest compensation that would make an option acceptable to every group.

A search aid: what people say about measures is not what they say about a new plan, so that the option with its package
is rated again by everybody before it may be chosen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from participation.decisions.deciding.charter import LARGEST_RATING, Charter
from participation.decisions.deciding.decision import Decision, Group, UnreadableDecision
from participation.decisions.deciding.figures import Figures, Table, marks
from participation.decisions.deciding.package_program import cheapest_by_program

# All subsets of so many measures are tried one by one; above, an integer program finds the cheapest.
BRUTE_FORCE, MOST_MEASURES = 15, 60
# So many measures are listed with every package.
LISTED = 8


@dataclass(frozen=True)
class Measure:
    """Something that avoids, reduces, replaces or pays for a harm; its cost in the unit of the options."""

    id: str
    cost: Fraction


@dataclass(frozen=True)
class Condition:
    """``With this measure my rating would be``: ``ballot`` is a position in the group, from 0; ``rating`` 0 to 10."""

    group: str
    ballot: int
    measure: str
    rating: int


@dataclass(frozen=True)
class Package:
    measures: tuple[str, ...]
    cost: Fraction
    figures: Mapping[str, Figures]
    is_acceptable: bool


@dataclass(frozen=True)
class Compensation:
    """``limit``: the most that a package may cost, None for any.

    Groups that are told by their sums are left out of the search: what single ballots of them say of measures is not
    told. With a package P the utility of ballot i is max(u_i, max over m in P of x_i(m) / 10); sustained objections
    stay until their authors withdraw them. Measures never lower a rating, so that a larger package is never less
    acceptable. Raises ``UnreadableDecision`` for an unknown option, measure, group or ballot, a negative cost, a
    condition of somebody who did not rate the option.
    """

    decision: Decision
    option: str
    measures: Sequence[Measure]
    conditions: Sequence[Condition]
    limit: Fraction | None = None

    def __post_init__(self) -> None:
        if self.option not in self.decision.positions:
            raise UnreadableDecision(f"Compensation is about {self.option}, which is not an option.")
        if len(self.measures) > MOST_MEASURES:
            raise UnreadableDecision(f"At most {MOST_MEASURES} measures can be searched.")
        if any(measure.cost < 0 for measure in self.measures):
            raise UnreadableDecision("The cost of a measure cannot be negative.")
        known, position = {measure.id for measure in self.measures}, self.decision.positions[self.option]
        groups = {group.id: group for group in self.decision.groups}
        for said in self.conditions:
            if said.measure not in known or said.group not in groups:
                raise UnreadableDecision(f"A condition names {said.measure} or {said.group}, which is not on the list.")
            if said.rating > LARGEST_RATING:
                raise UnreadableDecision(f"A condition of {said.group} is above {LARGEST_RATING}.")
            if groups[said.group].sums:
                raise UnreadableDecision(f"{said.group} is told by its sums: no ballot of it names a condition.")
            ratings = groups[said.group].ratings
            if said.ballot >= len(ratings) or ratings[said.ballot, position] < 0:
                raise UnreadableDecision(
                    f"Ballot {said.ballot} of {said.group} has no rating of {self.option} to raise."
                )

    @cached_property
    def voices(self) -> Mapping[str, "Voices"]:
        return {group.id: self._voices_of(group) for group in self.decision.groups if not group.sums}

    @property
    def not_asked(self) -> list[str]:
        """The groups that are left out of the search."""
        return [group.id for group in self.decision.groups if group.sums]

    def _voices_of(self, group: Group) -> "Voices":
        columns = {measure.id: number for number, measure in enumerate(self.measures)}
        position = self.decision.positions[self.option]
        stated = np.full((group.ballots, len(self.measures)), -1, dtype=np.int8)
        for said in self.conditions:
            if said.group == group.id:
                stated[said.ballot, columns[said.measure]] = said.rating
        return Voices(
            group,
            group.ratings[:, position],
            self.decision.objecting(group)[:, position],
            stated,
            self.decision.charter,
        )

    def with_package(self, measures: Sequence[int]) -> Package:
        """The figures of every group with the measures at these positions."""
        figures = {id_: voices.with_measures(measures) for id_, voices in self.voices.items()}
        return Package(
            tuple(self.measures[position].id for position in measures),
            sum((self.measures[position].cost for position in measures), Fraction(0)),
            figures,
            all(figure.passes(self.decision.charter) for figure in figures.values()),
        )

    def all_packages(self) -> list[Package] | None:
        """Every package, cheapest first, then fewer measures, then in the order of the list. None if there are too
        many."""
        return None if len(self.measures) > LISTED else [self.with_package(chosen) for chosen in self._by_cost()]

    def _by_cost(self) -> Iterator[tuple[int, ...]]:
        numbers = range(len(self.measures))
        subsets = [chosen for size in range(len(self.measures) + 1) for chosen in combinations(numbers, size)]
        # Sorting keeps the order of combinations among equals: fewer first, then as listed.
        yield from sorted(subsets, key=lambda chosen: sum(self.measures[number].cost for number in chosen))

    def cheapest_sufficient(self) -> Package | None:
        """The cheapest package with which every group passes; None if all measures together do not suffice."""
        if not self.is_sufficient(range(len(self.measures))):
            return None
        if len(self.measures) > BRUTE_FORCE:
            found = cheapest_by_program(self)
            return None if found is None else self.with_package(found)
        for chosen in self._by_cost():
            if self.limit is not None and sum(self.measures[number].cost for number in chosen) > self.limit:
                return None
            if self.is_sufficient(chosen):
                return self.with_package(chosen)
        return None

    def is_sufficient(self, chosen: Sequence[int]) -> bool:
        # The group that failed last is asked first: it is the one that most packages fail.
        for id_ in list(self._asked):
            if not self.voices[id_].with_measures(chosen).passes(self.decision.charter):
                self._asked.remove(id_)
                self._asked.insert(0, id_)
                return False
        return True

    @cached_property
    def _asked(self) -> list[str]:
        return list(self.voices)


class Voices:
    """What one group says of the option and of measures, identical ballots together.

    ``base``: ratings, ``objecting``: whether an objection is sustained, ``stated``: ballots x measures, -1 for nothing.
    """

    def __init__(
        self,
        group: Group,
        base: NDArray[np.int8],
        objecting: NDArray[np.bool_],
        stated: NDArray[np.int8],
        charter: Charter,
    ) -> None:
        self.charter = charter
        names = {name: number for number, name in enumerate(sorted(set(group.strata)))}
        stratum = np.array([names[name] for name in group.strata] or [0] * group.ballots, dtype=np.int64)
        rows = np.column_stack([stratum, base, objecting, stated])
        distinct, self.multiplicity = np.unique(rows, axis=0, return_counts=True)
        self.stratum, self.base = distinct[:, 0], distinct[:, 1].astype(np.int8)
        self.objecting, self.stated = distinct[:, 2].astype(bool), distinct[:, 3:].astype(np.int8)
        self.weights = [group.stratum_weights[name] for name in names] or [Fraction(1)]
        self.is_open = group.is_open

    def with_measures(self, measures: Sequence[int]) -> Figures:
        best = np.max(self.stated[:, list(measures)], axis=1, initial=-1) if len(measures) else self.base
        rows = marks(np.maximum(self.base, best)[:, None], self.objecting[:, None], self.charter)
        table = Table(rows[:, :, 0].T.astype(np.float64), self.stratum, self.weights, self.is_open)
        return table.figures(self.multiplicity)[0]
