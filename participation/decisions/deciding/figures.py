"""What each group thinks of each option, exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from participation.decisions.deciding.charter import LARGEST_RATING, Charter, wilson_at_least
from participation.decisions.deciding.decision import Decision, Group, Ratings, Sums

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Figures:
    """One group and one option. ``mean`` is the utility U_g, post-stratified where the group has strata,
    ``unweighted`` the plain one; ``accepting`` of ``rated`` ballots say that they can live with it, ``opposing`` of
    ``heard`` are strongly against it or sustain an objection. Means and shares are None where nobody rated the
    option."""

    mean: Fraction | None
    unweighted: Fraction | None
    rated: int
    accepting: int
    heard: int
    opposing: int
    is_open: bool = False

    @property
    def accept(self) -> Fraction | None:
        return Fraction(self.accepting, self.rated) if self.rated else None

    @property
    def strong(self) -> Fraction | None:
        return Fraction(self.opposing, self.heard) if self.heard else None

    def accepts(self, charter: Charter) -> bool:
        if not self.rated:
            return False
        if self.is_open:
            return wilson_at_least(self.accepting, self.rated, charter.open_accept_min, charter.wilson_z)
        return Fraction(self.accepting, self.rated) >= charter.accept_min

    def passes(self, charter: Charter) -> bool:
        """The acceptance test of a group: enough accept, few oppose, and the mean reaches the floor."""
        return (
            self.mean is not None
            and self.strong is not None
            and self.accepts(charter)
            and self.strong <= charter.strong_max
            and self.mean >= charter.floor
        )

    def shortfall(self, charter: Charter) -> Mapping[str, Fraction]:
        """How much each part of the test is missed by; only what is missed. For an open group the missing share is told
        against the raw one, which may be nothing although its Wilson bound fails."""
        if self.mean is None or self.accept is None or self.strong is None:
            return {}
        least = charter.open_accept_min if self.is_open else charter.accept_min
        missed = {
            "accept": least - self.accept,
            "strong": self.strong - charter.strong_max,
            "floor": charter.floor - self.mean,
        }
        found = {name: missing for name, missing in missed.items() if missing > 0}
        if self.is_open and not self.accepts(charter):
            found.setdefault("accept", Fraction(0))
        return found


@dataclass(frozen=True)
class Support:
    """One option over all groups, whose ``weights`` add up to 1."""

    option: str
    groups: Mapping[str, Figures]
    weights: Mapping[str, Fraction]

    @cached_property
    def means(self) -> Mapping[str, Fraction] | None:
        """U_g of every group; None if one of them rated nothing: then no rule compares the option."""
        found = {group: figures.mean for group, figures in self.groups.items() if figures.mean is not None}
        return found if len(found) == len(self.groups) else None

    @cached_property
    def balanced(self) -> Fraction | None:
        """S = sum of w_g U_g."""
        if self.means is None:
            return None
        return sum((self.weights[group] * mean for group, mean in self.means.items()), Fraction(0))

    @cached_property
    def leximin(self) -> tuple[Fraction, ...] | None:
        """U_g from the worst-off group upwards."""
        return None if self.means is None else tuple(sorted(self.means.values()))

    @property
    def gap(self) -> Fraction | None:
        return None if self.leximin is None else self.leximin[-1] - self.leximin[0]

    @property
    def pooled(self) -> Fraction | None:
        """The plain mean over all ballots, for comparison only: it follows headcount."""
        rated = sum(figures.rated for figures in self.groups.values())
        if not rated:
            return None
        return (
            sum((f.unweighted * f.rated for f in self.groups.values() if f.unweighted is not None), Fraction(0)) / rated
        )

    def passes(self, charter: Charter) -> Mapping[str, bool]:
        return {group: figures.passes(charter) for group, figures in self.groups.items()}


Supports = Mapping[str, Support]


def marks(ratings: Ratings, objecting: NDArray[np.bool_], charter: Charter) -> Counts:
    """5 x ballots x options: rated, rating, accepting, heard, opposing. Sums over ballots are all that figures need."""
    rated = ratings >= 0
    return np.stack(
        [
            rated,
            np.where(rated, ratings, 0),
            ratings >= charter.accept_from,
            rated | objecting,
            (rated & (ratings <= charter.oppose_to)) | objecting,
        ]
    ).astype(np.int64)


@dataclass(frozen=True)
class Table:
    """Ballots of one group as sums need them: ``marks`` is ballots x (5 x options, flat), ``stratum`` the number of
    each ballot's stratum, whose ballots count ``stratum_weights`` each."""

    marks: NDArray[np.float64]
    stratum: Counts
    stratum_weights: Sequence[Fraction]
    is_open: bool

    def figures(self, multiplicity: Counts | None = None) -> list[Figures]:
        """Figures of each option, with ballot i counted ``multiplicity[i]`` times.

        Floating-point sums are exact here: they are whole numbers far below 2^53.
        """
        counts = np.ones(len(self.marks)) if multiplicity is None else multiplicity.astype(np.float64)
        sums = [
            ((counts * (self.stratum == number)) @ self.marks).reshape(5, -1).astype(np.int64)
            for number in range(len(self.stratum_weights))
        ]
        return _figures_of(sums, self.stratum_weights, self.is_open)


def table_of(group: Group, ratings: Ratings, objecting: NDArray[np.bool_], charter: Charter) -> Table:
    """The table of these ballots x options, which need not be all that the group has rated."""
    numbers = {name: number for number, name in enumerate(sorted(set(group.strata)))}
    stratum = [numbers[name] for name in group.strata] or [0] * group.ballots
    weights = [group.stratum_weights[name] for name in numbers] or [Fraction(1)]
    flat = marks(ratings, objecting, charter).transpose(1, 0, 2).reshape(group.ballots, 5 * ratings.shape[1])
    return Table(flat.astype(np.float64), np.array(stratum, dtype=np.int64), weights, group.is_open)


def _figures_of(sums: Sequence[Counts], weights: Sequence[Fraction], is_open: bool) -> list[Figures]:
    total = sum(sums[1:], sums[0])
    found = []
    for option, (rated, rating, accepting, heard, opposing) in enumerate(total.T.tolist()):
        plain = Fraction(rating, LARGEST_RATING * rated) if rated else None
        mean = plain
        if rated and len(weights) > 1:
            people = sum(weight * int(part[0, option]) for weight, part in zip(weights, sums, strict=True))
            points = sum(weight * int(part[1, option]) for weight, part in zip(weights, sums, strict=True))
            mean = Fraction(points) / (LARGEST_RATING * Fraction(people))
        found.append(Figures(mean, plain, rated, accepting, heard, opposing, is_open))
    return found


def table_of_sums(group: Group, sums: Sums) -> Table:
    """One row stands for all ballots: whatever draws ballots anew draws all of them or none."""
    row = sums.marks.reshape(1, -1).astype(np.float64)
    return Table(row, np.zeros(1, dtype=np.int64), [Fraction(1)], group.is_open)


def tables_of(decision: Decision) -> Mapping[str, Table]:
    return {
        group.id: table_of_sums(group, group.sums)
        if group.sums
        else table_of(group, group.ratings, decision.objecting(group), decision.charter)
        for group in decision.groups
    }


def supports_of(decision: Decision, by_group: Mapping[str, Sequence[Figures]]) -> Supports:
    """From the figures of every group, in the order of the options, to the support of every option."""
    return {
        option.id: Support(option.id, {group: rows[position] for group, rows in by_group.items()}, decision.weights)
        for position, option in enumerate(decision.options)
    }


def count(decision: Decision) -> Supports:
    """The support of every option in all ballots."""
    return supports_of(decision, {group: table.figures() for group, table in tables_of(decision).items()})
