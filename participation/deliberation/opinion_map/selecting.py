"""Which statements stand for a group, and which for everybody. Source: Polis, ``repness.clj``."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from participation.deliberation.opinion_map.positions import Floats
from participation.deliberation.opinion_map.tallies import Side, Sides, Tallies
from participation.deliberation.opinion_map.votes import Ids

# One-sided 90 %, the rounded quantile of Polis.
SIGNIFICANT = 1.2816
LISTED = 5


@dataclass(frozen=True)
class Selected:
    """A statement with its figures for one direction, "agree" or "disagree": ``count`` of ``seen`` votes, the smoothed
    ``probability`` and its z. ``repness`` and its z compare a group with the rest; None in the list for everybody."""

    statement: int
    direction: str
    count: int
    seen: int
    probability: float
    probability_test: float
    repness: float | None = None
    repness_test: float | None = None
    is_best_agree: bool = False


def representative_statements(sides: Sides, statements: Ids, out: NDArray[np.bool_]) -> list[list[Selected]]:
    """For each of G groups up to five statements, those it agrees with first.

    A statement is sufficient when both z (against a half, against the rest) are significant for agree, or both for
    disagree. First comes the statement the group agrees on best, then the sufficient ones by ``repness * repness_test
    * probability * probability_test`` from the largest. Without a sufficient one: the best agreed, else the one that
    differs most from the rest. With one group there is nothing to differ from, and nothing is listed.
    """
    groups = len(sides.agree.seen)
    if groups < 2:
        return [[] for _ in range(groups)]
    return [_of_group(sides, group, statements, np.flatnonzero(~out)) for group in range(groups)]


def _of_group(sides: Sides, group: int, statements: Ids, asked: NDArray[np.int64]) -> list[Selected]:
    agree, disagree = sides.agree, sides.disagree
    enough = _is_significant(agree, group) | _is_significant(disagree, group)
    sufficient = asked[enough[asked]]
    towards_agree = agree.repness_test[group] > disagree.repness_test[group]
    metric = np.where(towards_agree, _metric(agree, group), _metric(disagree, group))
    best = _best_agreed(agree, disagree, group, asked)
    chosen = [int(column) for column in sufficient[np.argsort(-metric[sufficient], kind="stable")] if column != best]
    if best is not None:
        chosen.insert(0, best)
    elif not chosen and asked.size:
        difference = np.maximum(agree.repness_test[group], disagree.repness_test[group])[asked]
        chosen = [int(asked[difference.argmax()])]
    selected = [
        _selected(
            agree if towards_agree[column] else disagree,
            group,
            column,
            statements,
            column == best,
            towards_agree[column],
        )
        for column in chosen[:LISTED]
    ]
    return sorted(selected, key=lambda entry: entry.direction)


def _is_significant(side: Side, group: int) -> NDArray[np.bool_]:
    return (side.probability_test[group] > SIGNIFICANT) & (side.repness_test[group] > SIGNIFICANT)


def _metric(side: Side, group: int) -> Floats:
    return side.repness[group] * side.repness_test[group] * side.probability[group] * side.probability_test[group]


def _best_agreed(agree: Side, disagree: Side, group: int, asked: NDArray[np.int64]) -> int | None:
    """The column that stands for what the group agrees on: a champion that others challenge in the order of
    statements. What a challenger must exceed depends on whether the champion is agreed on more here than
    elsewhere."""
    repness, probability = agree.repness[group], agree.probability[group]
    test, metric = agree.probability_test[group], _metric(agree, group)
    best: int | None = None
    for column in map(int, asked):
        if not agree.count[group, column] and not disagree.count[group, column]:
            continue
        if best is None:
            wins = test[column] > SIGNIFICANT or (repness[column] > 1 and probability[column] > 0.5)
        elif repness[best] > 1:
            wins = metric[column] > metric[best]
        else:
            wins = probability[column] * test[column] > probability[best] * test[best]
        if wins:
            best = column
    return best


def _selected(side: Side, group: int, column: int, statements: Ids, is_best: bool, agrees: bool) -> Selected:
    return Selected(
        statement=int(statements[column]),
        direction="agree" if agrees else "disagree",
        count=int(side.count[group, column]),
        seen=int(side.seen[group, column]),
        probability=float(side.probability[group, column]),
        probability_test=float(side.probability_test[group, column]),
        repness=float(side.repness[group, column]),
        repness_test=float(side.repness_test[group, column]),
        is_best_agree=is_best,
    )


def consensus_statements(everybody: Tallies, statements: Ids, out: NDArray[np.bool_]) -> dict[str, list[Selected]]:
    """Up to five statements that most people agree with, and five that most disagree with. ``everybody``: (1, C) over
    all participants, in a group or not. A candidate has a smoothed probability above 1/2 and a significant z; the
    largest ``probability * probability_test`` come first, at equality the lower id."""
    sides = Sides.of(everybody)
    return {
        "agree": list(_agreed(sides.agree, "agree", statements, out)),
        "disagree": list(_agreed(sides.disagree, "disagree", statements, out)),
    }


def _agreed(side: Side, direction: str, statements: Ids, out: NDArray[np.bool_]) -> Iterator[Selected]:
    probability, test = side.probability[0], side.probability_test[0]
    candidates = np.flatnonzero(~out & (probability > 0.5) & (test > SIGNIFICANT))
    for column in candidates[np.argsort(-(probability * test)[candidates], kind="stable")][:LISTED]:
        yield Selected(
            statement=int(statements[column]),
            direction=direction,
            count=int(side.count[0, column]),
            seen=int(side.seen[0, column]),
            probability=float(probability[column]),
            probability_test=float(test[column]),
        )
