"""Groups of like opinion: who is grouped, how many groups there are, who is in which."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from participation.deliberation.opinion_map.positions import Floats
from participation.deliberation.opinion_map.votes import Ids, Indices, Votes

ENOUGH_VOTES = 7
FEWEST_PEOPLE = 15
MOST_GROUPS = 5

SMALLEST_GROUP = 3
SMALLEST_SHARE = 0.02

ITERATIONS = 300
# Iteration ends when the centres together move less than this share of the variance (squared), as in scikit-learn.
TOLERANCE = 1e-4

EXACT_UP_TO = 5_000
SAMPLE = 4_000
BLOCK = 1_000


@dataclass(frozen=True)
class Grouping:
    """``labels`` (n,): groups 0 to k-1 of n people; ``silhouette`` from -1 to 1, 0 for a single group."""

    labels: Indices
    k: int
    silhouette: float


def who_is_grouped(votes: Votes, earlier: Collection[int] = ()) -> Indices:
    """Rows of those with at least min(7, C) votes, and of those who were grouped ``earlier`` (ids): nobody leaves.
    When they are fewer than 15, the most active others join, at equality the lower id (Polis,
    ``conversation.clj``)."""
    active = votes.per_participant
    chosen = active >= min(ENOUGH_VOTES, len(votes.statements))
    chosen |= np.isin(votes.participants, np.fromiter(earlier, np.int64))
    missing = max(FEWEST_PEOPLE - int(chosen.sum()), 0)
    others = np.flatnonzero(~chosen)
    chosen[others[np.argsort(-active[others], kind="stable")][:missing]] = True
    return np.flatnonzero(chosen)


def best_groupings(points: Floats, *, compatible: bool = False) -> dict[int, Grouping]:
    """The best grouping for each possible number of groups from 2 to 5, by mean silhouette (Rousseeuw 1987).

    k-means (Lloyd) of ``points`` (n, 2) from several fixed starts; a grouping with a group smaller than max(3, 2 % of
    n) is not considered. ``compatible``: one start and no least size, as red-dwarf 0.4.0 has it. Where nothing is
    left, everybody is one group; no people, no groups (an empty answer).
    """
    if not len(points):
        return {}
    distinct = np.unique(points, axis=0)
    least = 1 if compatible else max(SMALLEST_GROUP, SMALLEST_SHARE * len(points))
    labellings = [
        labels
        for k in range(2, min(MOST_GROUPS, len(distinct), len(points) - 1) + 1)
        for start in ([distinct[:k]] if compatible else _starts(points, distinct, k))
        if np.bincount(labels := k_means(points, start), minlength=k).min() >= least
    ]
    best: dict[int, Grouping] = {}
    for labels, silhouette in zip(labellings, mean_silhouettes(points, labellings), strict=True):
        k = int(labels.max()) + 1
        if k not in best or silhouette > best[k].silhouette:
            best[k] = Grouping(labels, k, silhouette)
    return best or {1: Grouping(np.zeros(len(points), np.int64), 1, 0.0)}


def best_of(groupings: dict[int, Grouping]) -> Grouping:
    """The largest silhouette; at equality fewer groups."""
    return min(groupings.values(), key=lambda grouping: (-grouping.silhouette, grouping.k))


def _starts(points: Floats, distinct: Floats, k: int) -> Iterator[Floats]:
    """The people furthest to the left, as red-dwarf; the first people with different positions, as Polis; slices of
    equal number along the first axis; and from the one furthest out, whoever is furthest from all chosen so far."""
    yield distinct[:k]
    _, first = np.unique(points, axis=0, return_index=True)
    yield points[np.sort(first)[:k]]
    yield distinct[(2 * np.arange(k) + 1) * len(distinct) // (2 * k)]
    away = np.linalg.norm(distinct - points.mean(axis=0), axis=1)
    chosen = [int(away.argmax())]
    nearest = np.full(len(distinct), np.inf)
    while len(chosen) < k:
        nearest = np.minimum(nearest, np.linalg.norm(distinct - distinct[chosen[-1]], axis=1))
        chosen.append(int(nearest.argmax()))
    yield distinct[chosen]


def k_means(points: Floats, start: Floats) -> Indices:
    """(n,): Lloyd's iteration from the centres ``start`` (k, 2) until nobody changes group or the centres hardly
    move. A group that becomes empty takes the person who is furthest from the own centre. A person between two
    centres goes to the first."""
    middle = points.mean(axis=0)
    points, centres = points - middle, start - middle
    k = len(centres)
    tolerance = TOLERANCE * points.var(axis=0).mean()
    labels = _nearest(points, centres)
    for _ in range(ITERATIONS):
        sizes = np.bincount(labels, minlength=k)
        if not sizes.all():
            labels, sizes = _without_empty(points, centres, labels)
        moved = np.column_stack([np.bincount(labels, axis, k) for axis in points.T]) / sizes[:, None]
        shift, centres = ((moved - centres) ** 2).sum(), moved
        earlier, labels = labels, _nearest(points, centres)
        if shift <= tolerance or np.array_equal(labels, earlier):
            break
    return labels


def _nearest(points: Floats, centres: Floats) -> Indices:
    # |x - c|^2 without |x|^2, which is the same for every centre.
    return ((centres**2).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)


def _without_empty(points: Floats, centres: Floats, labels: Indices) -> tuple[Indices, NDArray[np.int64]]:
    labels = labels.copy()
    away = ((points - centres[labels]) ** 2).sum(axis=1)
    for group in range(len(centres)):
        sizes = np.bincount(labels, minlength=len(centres))
        if not sizes[group]:
            furthest = int(np.where(sizes[labels] > 1, away, -1).argmax())
            labels[furthest], away[furthest] = group, 0
    return labels, np.bincount(labels, minlength=len(centres))


def mean_silhouettes(points: Floats, labellings: list[Indices]) -> list[float]:
    """For each labelling the mean over people of ``(b - a) / max(a, b)``: a the mean distance to the others of the
    own group, b the smallest mean distance to another group, 0 for somebody alone in a group.

    Exact up to 5,000 people. Beyond, over 4,000 of them that lie evenly along the order of positions, so that every
    part of the map is represented by its share."""
    if not labellings:
        return []
    sample = np.arange(len(points))
    if len(points) > EXACT_UP_TO:
        sample = np.lexsort((points[:, 1], points[:, 0]))[np.arange(SAMPLE) * len(points) // SAMPLE]
        points = points[sample]
    members = [np.eye(int(labels.max()) + 1)[labels[sample]] for labels in labellings]
    ends = np.cumsum([part.shape[1] for part in members])[:-1]
    everybody = np.hstack(members)
    values = [np.empty(len(points)) for _ in labellings]
    for begin in range(0, len(points), BLOCK):
        block = slice(begin, begin + BLOCK)
        sums = np.split(cdist(points[block], points) @ everybody, ends, axis=1)
        for value, part, distances in zip(values, members, sums, strict=True):
            value[block] = _silhouettes(distances, part[block].astype(bool), part.sum(axis=0))
    return [float(value.mean()) for value in values]


def _silhouettes(distances: Floats, own: NDArray[np.bool_], sizes: Floats) -> Floats:
    """(n,) from the summed distances to the members of each group (n, k)."""
    size = np.broadcast_to(sizes, own.shape)[own]
    inside = distances[own] / np.maximum(size - 1, 1)
    outside = np.where(own | (sizes == 0), np.inf, distances / np.maximum(sizes, 1)).min(axis=1)
    larger = np.maximum(inside, outside)
    usable = (size > 1) & (larger > 0) & np.isfinite(larger)
    return np.divide(outside - inside, larger, out=np.zeros(len(size)), where=usable)


def ordered(labels: Indices, k: int) -> Indices:
    """The same groups, the largest as 0; at equality the one with the lowest member first."""
    sizes = np.bincount(labels, minlength=k)
    first = np.array([np.flatnonzero(labels == group)[0] for group in range(k)])
    order = np.lexsort((first, -sizes))
    rank = np.empty(k, np.int64)
    rank[order] = np.arange(k)
    return rank[labels]


def kept_names(labels: Indices, k: int, people: Ids, earlier: Mapping[int, Collection[int]]) -> list[int]:
    """The id of each new group 0 to k-1: that of the ``earlier`` group (id to members) with which it shares most
    people, over all pairs together (Hungarian method), so that group A stays group A. Others get the lowest free
    number."""
    ids = sorted(earlier)
    overlap = np.zeros((k, len(ids)), np.int64)
    for column, id_ in enumerate(ids):
        shared = np.isin(people, np.fromiter(earlier[id_], np.int64))
        overlap[:, column] = np.bincount(labels[shared], minlength=k)
    names: dict[int, int] = {
        int(group): ids[column]
        for group, column in zip(*linear_sum_assignment(-overlap), strict=True)
        if overlap[group, column]
    }
    free = (number for number in range(k + len(ids)) if number not in names.values() and number not in ids)
    return [names[group] if group in names else next(free) for group in range(k)]
