"""From votes to the whole map: the one way in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from participation.deliberation.opinion_map import grouping
from participation.deliberation.opinion_map.positions import Floats, Positions, place
from participation.deliberation.opinion_map.selecting import Selected, consensus_statements, representative_statements
from participation.deliberation.opinion_map.tallies import Sides, Tallies, group_informed_consensus, priority
from participation.deliberation.opinion_map.votes import Indices, Statement, Votes

# The shown number of groups changes when another has been best this often in a row.
STEADY = 4


@dataclass(frozen=True)
class Memory:
    """What the next drawing must know of this one, in plain data: ``axes`` by statement, members of the ``groups``
    that were shown, how many (``k``), and how often in a row (``streak``) ``best_k`` has been the best number."""

    axes: Mapping[int, tuple[float, float]]
    groups: Mapping[int, Sequence[int]]
    k: int
    best_k: int
    streak: int


@dataclass(frozen=True)
class OpinionMap:
    """For P participants (``votes.participants``), C statements with votes (``votes.statements``) and G groups.

    ``group_ids`` names the groups; ``labels`` (P,) is a place in it, or -1 for people in no group.
    ``consensus_agree`` and ``consensus_disagree`` (C,) are the group-informed consensus, ``priorities`` (C,) the
    routing. ``unvoted`` are statements that nobody has voted on: they have no position, each group counts 1/2 for
    them, and their extremity is 0.
    """

    votes: Votes
    positions: Positions
    group_ids: tuple[int | str, ...]
    labels: Indices
    silhouette: float
    tallies: Tallies
    consensus_agree: Floats
    consensus_disagree: Floats
    priorities: Floats
    representative: list[list[Selected]]
    consensus: Mapping[str, list[Selected]]
    unvoted: tuple[Statement, ...]
    memory: Memory | None = field(default=None, repr=False)

    def members(self, group: int) -> list[int]:
        """Ids of participants of the group at a place in ``group_ids``."""
        return [int(id_) for id_ in self.votes.participants[self.labels == group]]


def draw_map(
    votes: Votes,
    statements: Iterable[Statement],
    *,
    memory: Memory | None = None,
    groups: Mapping[int | str, Collection[int]] | None = None,
    compatible: bool = False,
) -> OpinionMap:
    """The opinion map of all ``votes``, each of them on one of the ``statements`` (else ``KeyError``).

    ``memory`` of the drawing before keeps axes, group ids and the number of groups steady, and keeps people in who
    were in. ``groups`` (id to participants) are taken as they are, and only positions and figures computed: so for
    groups that people declared, with the same formulas. Participants without a vote are left out of them; a group may
    be empty. ``compatible`` repeats red-dwarf 0.4.0: one start, no smallest group, no memory, and ``is_meta`` is not
    regarded.

    Same input, same output.
    """
    known = {entry.id: replace(entry, is_meta=entry.is_meta and not compatible) for entry in statements}
    asked = [known[int(id_)] for id_ in votes.statements]
    is_meta = np.array([entry.is_meta for entry in asked], bool)
    out = is_meta | np.array([entry.is_rejected for entry in asked], bool)
    earlier = None if compatible else memory

    positions = place(votes, out, _axes(earlier, votes))
    found = (
        _opinion_groups(votes, positions.participants, earlier, compatible) if groups is None else _given(votes, groups)
    )
    tallies = Tallies.of(votes, found.labels, len(found.ids))
    agree, disagree = group_informed_consensus(tallies)
    everybody = Tallies.of(votes, np.zeros(len(votes.participants), np.int64), 1)
    drawn = OpinionMap(
        votes=votes,
        positions=positions,
        group_ids=found.ids,
        labels=found.labels,
        silhouette=found.silhouette,
        tallies=tallies,
        consensus_agree=agree,
        consensus_disagree=disagree,
        priorities=priority(tallies, positions.extremity, is_meta),
        representative=representative_statements(Sides.of(tallies), votes.statements, out),
        consensus=consensus_statements(everybody, votes.statements, out),
        unvoted=tuple(known[id_] for id_ in sorted(set(known) - set(votes.statements.tolist()))),
    )
    return drawn if groups is not None else replace(drawn, memory=_memory(drawn, found))


@dataclass(frozen=True)
class _Groups:
    """``labels`` (P,) are places in ``ids``, or -1. What a memory counts is added: the best number, and for how
    long."""

    ids: tuple[int | str, ...]
    labels: Indices
    silhouette: float = 0.0
    best_k: int = 0
    streak: int = 0


def _opinion_groups(votes: Votes, points: Floats, earlier: Memory | None, compatible: bool) -> _Groups:
    were_in = [id_ for members in earlier.groups.values() for id_ in members] if earlier else []
    people = grouping.who_is_grouped(votes, were_in)
    groupings = grouping.best_groupings(points[people], compatible=compatible)
    labels = np.full(len(votes.participants), -1, np.int64)
    if not groupings:
        return _Groups((), labels)
    best = shown = grouping.best_of(groupings)
    streak = earlier.streak + 1 if earlier and earlier.best_k == best.k else 1
    if earlier and streak < STEADY:
        shown = groupings.get(earlier.k, best)
    by_size = grouping.ordered(shown.labels, shown.k)
    names = grouping.kept_names(by_size, shown.k, votes.participants[people], earlier.groups if earlier else {})
    labels[people] = np.argsort(np.argsort(names))[by_size]
    return _Groups(tuple(sorted(names)), labels, shown.silhouette, best.k, streak)


def _given(votes: Votes, groups: Mapping[int | str, Collection[int]]) -> _Groups:
    labels = np.full(len(votes.participants), -1, np.int64)
    for place_, members in enumerate(groups.values()):
        labels[np.isin(votes.participants, np.fromiter(members, np.int64))] = place_
    return _Groups(tuple(groups), labels)


def _axes(earlier: Memory | None, votes: Votes) -> Floats | None:
    """Axes of the drawing before, (2, C); 0 for statements that are new since."""
    if earlier is None:
        return None
    return np.array([earlier.axes.get(int(id_), (0.0, 0.0)) for id_ in votes.statements]).reshape(-1, 2).T


def _memory(drawn: OpinionMap, found: _Groups) -> Memory:
    axes = zip(drawn.votes.statements.tolist(), *drawn.positions.axes.tolist(), strict=True)
    return Memory(
        axes={statement: (x, y) for statement, x, y in axes},
        groups={int(id_): drawn.members(place_) for place_, id_ in enumerate(found.ids)},
        k=len(found.ids),
        best_k=found.best_k,
        streak=found.streak,
    )
