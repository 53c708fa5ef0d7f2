"""Options, groups and their ballots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
from numpy.typing import NDArray

from participation.decisions.deciding.charter import LARGEST_RATING, Charter
from participation.decisions.deciding.objections import Objection, Petition

BLANK = -1
Ratings = NDArray[np.int8]
# The stratum of a ballot that says none: it counts once.
UNSTATED = ""

# Products with weights as exponents are compared exactly; finer weights would only make the numbers longer.
FINEST_WEIGHT = 10_000
LEAST_STRATUM_WEIGHT, LARGEST_STRATUM_WEIGHT = Fraction(1, 3), Fraction(3)


class UnreadableDecision(ValueError):
    """The decision cannot be made from this input; the message says what is wrong and where."""


@dataclass(frozen=True)
class Option:
    id: str
    cost: Fraction = Fraction(0)


@dataclass(frozen=True)
class Sums:
    """A group whose ballots are not told one by one. ``marks``: 5 x options, those of ``figures.marks`` summed over its
    ballots; all zero for an option that too few of them rated."""

    ballots: int
    marks: NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """``ratings``: ballots x options, 0 to 10, ``BLANK`` for an abstention. ``roster``: how many may vote, None for
    an open group without one. ``quorum``: ballots needed besides the charter's. ``is_open``: anybody verified may
    join, so acceptance is tested by its Wilson bound. ``strata``: one name for each ballot (``UNSTATED`` for none),
    with ``population`` people in each. ``sums``: instead of ratings. ``is_told``: False for a group of so few that
    nothing of it is told; it is not heard."""

    id: str
    ratings: Ratings
    is_open: bool = False
    roster: int | None = None
    quorum: int = 0
    strata: Sequence[str] = ()
    population: Mapping[str, int] = field(default_factory=dict)
    sums: Sums | None = None
    is_told: bool = True

    @property
    def ballots(self) -> int:
        return self.sums.ballots if self.sums else len(self.ratings)

    @cached_property
    def stratum_weights(self) -> Mapping[str, Fraction]:
        """Post-stratification: share of the population / share of the ballots, trimmed to [1/3, 3].

        Both are shares among the strata that somebody has voted in, so that a ballot of no stratum, which counts once,
        weighs as much as the mean of the others.
        """
        ballots = Counter(stratum for stratum in self.strata if stratum != UNSTATED)
        people, stated = sum(self.population[stratum] for stratum in ballots), sum(ballots.values())
        weights = {
            stratum: min(
                max(Fraction(self.population[stratum] * stated, people * number), LEAST_STRATUM_WEIGHT),
                LARGEST_STRATUM_WEIGHT,
            )
            for stratum, number in ballots.items()
        }
        return weights | ({UNSTATED: Fraction(1)} if UNSTATED in self.strata else {})

    def is_heard(self, charter: Charter) -> bool:
        needed = max(charter.quorum_ballots, self.quorum)
        return (
            self.is_told
            and self.ballots >= needed
            and (self.roster is None or Fraction(self.ballots, self.roster) >= charter.quorum_share)
        )


@dataclass(frozen=True)
class Decision:
    """``weights`` of the groups add up to 1. ``lot``: every option once, in the order drawn before opening.

    Raises ``UnreadableDecision`` with the reason for anything that cannot be counted.
    """

    options: Sequence[Option]
    status_quo: str
    groups: Sequence[Group]
    weights: Mapping[str, Fraction]
    charter: Charter = field(default_factory=Charter)
    lot: Sequence[str] = ()
    objections: Sequence[Objection] = ()
    petitions: Sequence[Petition] = ()
    round: int = 1
    extensions_used: int = 0

    def __post_init__(self) -> None:
        ids = [option.id for option in self.options]
        if len(set(ids)) < len(ids):
            raise UnreadableDecision("An option is listed twice.")
        if self.status_quo not in ids:
            raise UnreadableDecision(f"The status quo ({self.status_quo}) must be one of the options.")
        if len(ids) < 2:
            raise UnreadableDecision("There is no option besides the status quo.")
        if not self.groups:
            raise UnreadableDecision("There is no group.")
        if self.lot and sorted(self.lot) != sorted(ids):
            raise UnreadableDecision("The lot must have every option once.")
        if not 1 <= self.round <= self.charter.rounds:
            raise UnreadableDecision(f"The round must be between 1 and {self.charter.rounds}.")
        for option in self.options:
            if option.cost < 0:
                raise UnreadableDecision(f"The cost of {option.id} cannot be negative.")
        for group in self.groups:
            _check_group(group, len(ids))
        self._check_weights()
        self._check_objections()

    def _check_weights(self) -> None:
        if set(self.weights) != {group.id for group in self.groups}:
            raise UnreadableDecision("There must be one weight for each group, and no other.")
        if any(weight <= 0 for weight in self.weights.values()) or sum(self.weights.values()) != 1:
            raise UnreadableDecision("The weights of the groups must be above zero and add up to 1.")
        if lcm(*(weight.denominator for weight in self.weights.values())) > FINEST_WEIGHT:
            raise UnreadableDecision("The weights are too fine: use at most three decimals.")

    def _check_objections(self) -> None:
        # Of a group that is told by its sums, no objection goes with a ballot.
        ballots = {group.id: len(group.ratings) for group in self.groups}
        for objection in self.objections:
            self._check_place("An objection", objection.option, objection.group)
            if objection.ballot is not None and not 0 <= objection.ballot < ballots[objection.group]:
                raise UnreadableDecision(f"An objection names ballot {objection.ballot} of {objection.group}: no such.")
        for petition in self.petitions:
            self._check_place("A petition", petition.option, petition.group)

    def _check_place(self, what: str, option: str, group: str) -> None:
        if option not in self.positions:
            raise UnreadableDecision(f"{what} is about {option}, which is not an option.")
        if group not in self.weights:
            raise UnreadableDecision(f"{what} comes from {group}, which is not a group.")

    @cached_property
    def positions(self) -> Mapping[str, int]:
        return {option.id: position for position, option in enumerate(self.options)}

    @cached_property
    def last_resort(self) -> Mapping[str, tuple[Fraction, int | str]]:
        """What breaks the last ties, smaller first: cost, then the lot (without one, the id)."""
        drawn = {id_: number for number, id_ in enumerate(self.lot)}
        return {option.id: (option.cost, drawn.get(option.id, option.id)) for option in self.options}

    def objecting(self, group: Group) -> NDArray[np.bool_]:
        """Ballots x options: where an objection is sustained that counts as opposition whatever the rating."""
        found = np.zeros(group.ratings.shape, dtype=bool)
        most = self.charter.integration_rounds
        for objection in self.objections:
            if objection.group == group.id and objection.ballot is not None and objection.is_sustained(most):
                found[objection.ballot, self.positions[objection.option]] = True
        return found

    @property
    def not_heard(self) -> list[str]:
        return [group.id for group in self.groups if not group.is_heard(self.charter)]


def _check_group(group: Group, options: int) -> None:
    if group.ratings.ndim != 2 or group.ratings.shape[1] != options:
        raise UnreadableDecision(f"The ballots of {group.id} must have one column for each of the {options} options.")
    if len(group.ratings) and not (group.ratings.min() >= BLANK and group.ratings.max() <= LARGEST_RATING):
        raise UnreadableDecision(f"A rating of {group.id} is not between 0 and {LARGEST_RATING}.")
    if group.roster is not None and group.ballots > group.roster:
        raise UnreadableDecision(f"{group.id} has {group.ballots} ballots, but only {group.roster} may vote.")
    if group.strata and len(group.strata) != group.ballots:
        raise UnreadableDecision(f"{group.id} needs one stratum for each of its {group.ballots} ballots.")
    if any(people <= 0 for people in group.population.values()):
        raise UnreadableDecision(f"The population of every stratum of {group.id} must be above zero.")
    if group.sums is not None:
        _check_sums(group, group.sums, options)
    if unknown := sorted(set(group.strata) - {UNSTATED} - set(group.population)):
        raise UnreadableDecision(f"{group.id} has ballots of the stratum {unknown[0]}, whose population is not given.")


def _check_sums(group: Group, sums: Sums, options: int) -> None:
    if len(group.ratings) or group.strata or not group.is_told:
        raise UnreadableDecision(f"{group.id} is told by its sums, and by nothing else.")
    if sums.marks.shape != (5, options):
        raise UnreadableDecision(f"The sums of {group.id} must have five numbers for each of the {options} options.")
    rated, rating, accepting, heard, opposing = sums.marks
    fits = (accepting <= rated) & (rated <= heard) & (heard <= sums.ballots) & (opposing <= heard)
    if not (fits & (rating <= LARGEST_RATING * rated)).all() or sums.marks.min() < 0:
        raise UnreadableDecision(f"The sums of {group.id} do not fit its {sums.ballots} ballots.")
