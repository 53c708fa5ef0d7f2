"""Counts in groups, and what follows from them alone. The same formulas hold for groups that were found by opinion
and for groups that people declared (citizens, organisations, departments). Sources: Polis, ``repness.clj`` and
``stats.clj``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from participation.deliberation.opinion_map.positions import Floats
from participation.deliberation.opinion_map.votes import AGREE, DISAGREE, Indices, Votes

Counts = NDArray[np.int64]

NEWNESS = 8
META_PRIORITY = 7.0**2


@dataclass(frozen=True)
class Tallies:
    """(G, C) each, G groups and C statements: how many agree, disagree, and have voted at all (passes included)."""

    agree: Counts
    disagree: Counts
    seen: Counts

    @classmethod
    def of(cls, votes: Votes, labels: Indices, groups: int) -> "Tallies":
        """``labels`` (P,): the number of each participant's group, -1 for nobody's."""
        width = len(votes.statements)
        group = labels[votes.rows]

        def count(which: NDArray[np.bool_]) -> Counts:
            cells = group[which] * width + votes.columns[which]
            return np.bincount(cells, minlength=groups * width).reshape(groups, width)

        inside = group >= 0
        return cls(count(inside & (votes.values == AGREE)), count(inside & (votes.values == DISAGREE)), count(inside))

    @property
    def total(self) -> "Tallies":
        """All groups taken together: (1, C) each."""
        return Tallies(*(part.sum(axis=0, keepdims=True) for part in self))

    @property
    def rest(self) -> "Tallies":
        """For each group everybody in the other groups."""
        return Tallies(*(part.sum(axis=0, keepdims=True) - part for part in self))

    def __iter__(self) -> Iterator[Counts]:
        return iter((self.agree, self.disagree, self.seen))


@dataclass(frozen=True)
class Side:
    """One answer, agree or disagree, in each group: ``count`` of ``seen`` gave it, ``rest_count`` of ``rest_seen`` in
    the other groups. All (G, C)."""

    count: Counts
    seen: Counts
    rest_count: Counts
    rest_seen: Counts

    @cached_property
    def probability(self) -> Floats:
        """``(n + 1) / (N + 2)``"""
        return (self.count + 1) / (self.seen + 2)

    @cached_property
    def probability_test(self) -> Floats:
        """z of one proportion against a half: ``2 sqrt(N + 1) ((n + 1) / (N + 1) - 1/2)``"""
        return 2 * np.sqrt(self.seen + 1) * ((self.count + 1) / (self.seen + 1) - 0.5)

    @cached_property
    def repness(self) -> Floats:
        """Representativeness: how many times as likely here as in the rest, a ratio of two smoothed probabilities."""
        return self.probability / ((self.rest_count + 1) / (self.rest_seen + 2))

    @cached_property
    def repness_test(self) -> Floats:
        """z of two proportions, with 1 added to all four counts; 0 where everybody everywhere gave this answer:
        ``(p1 - p2) / sqrt(h (1 - h) (1/N1 + 1/N2))`` with ``h = (n1 + n2) / (N1 + N2)``."""
        here, there, seen, rest = (part + 1 for part in (self.count, self.rest_count, self.seen, self.rest_seen))
        both = (here + there) / (seen + rest)
        spread = np.sqrt(both * (1 - both) * (1 / seen + 1 / rest))
        return np.divide(here / seen - there / rest, spread, out=np.zeros(both.shape), where=spread > 0)


@dataclass(frozen=True)
class Sides:
    agree: Side
    disagree: Side

    @classmethod
    def of(cls, tallies: Tallies) -> "Sides":
        rest = tallies.rest
        return cls(
            Side(tallies.agree, tallies.seen, rest.agree, rest.seen),
            Side(tallies.disagree, tallies.seen, rest.disagree, rest.seen),
        )


def group_informed_consensus(tallies: Tallies) -> tuple[Floats, Floats]:
    """(C,) for agree and for disagree: ``prod_g (n_g + 1) / (N_g + 2)``. A group counts once, however large it is;
    one that has not voted counts 1/2. Comparable only among maps with the same number of groups: take the G-th root
    to show it."""
    agree, disagree = (((part + 1) / (tallies.seen + 2)).prod(axis=0) for part in (tallies.agree, tallies.disagree))
    return agree, disagree


def priority(tallies: Tallies, extremity: Floats, is_meta: NDArray[np.bool_]) -> Floats:
    """(C,): how urgently a statement wants votes. The next one is drawn with a probability in proportion to it.

    With A, D, S the agrees, disagrees and votes of all groups, P = S - A - D the passes, and E the extremity:
    ``importance = (1 - (P + 1) / (S + 2)) (E + 1) (A + 1) / (S + 2)``,
    ``priority = (importance (1 + 8 * 2 ** (-S / 5)))^2``; 49 for statements about the conversation itself.
    """
    agree, disagree, seen = (part[0] for part in tallies.total)
    passes = seen - agree - disagree
    importance = (1 - (passes + 1) / (seen + 2)) * (extremity + 1) * (agree + 1) / (seen + 2)
    return np.where(is_meta, META_PRIORITY, (importance * (1 + NEWNESS * np.exp2(-seen / 5))) ** 2)
