"""What would have changed the result: other groups, weights, thresholds, means, samples, ballots."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from participation.decisions.deciding.charter import LARGEST_RATING, Charter
from participation.decisions.deciding.choosing import Outcome, Status, choose
from participation.decisions.deciding.decision import Decision, Group
from participation.decisions.deciding.figures import Figures, Support, Supports, supports_of, table_of, tables_of

RESAMPLES, SEED = 1000, 20250101
WEIGHT_STEP, THRESHOLD_STEP, TRIMMED = Fraction(1, 4), Fraction(1, 20), 10
THRESHOLDS = ("accept_min", "strong_max", "floor", "duties_balanced_min", "duties_accept_min", "duties_strong_max")


@dataclass(frozen=True)
class Variant:
    """One thing done differently, and what would have come of it."""

    kind: str
    what: str
    status: Status
    option: str | None


@dataclass(frozen=True)
class Change:
    """``ballots`` of ``group``, rated anew, change the result: ``acceptance`` is lost, or ``overtaken`` by
    ``rival``."""

    ballots: int
    group: str
    how: str
    rival: str | None = None


@dataclass(frozen=True)
class Robustness:
    """``wins``: how often each option (None: none) was chosen in the resamples. ``smallest_change``: the fewest
    changed ballots of one group that were found to change the result; None if no group can do it alone, or nothing
    was chosen."""

    variants: Sequence[Variant]
    wins: Mapping[str | None, int]
    resamples: int
    seed: int
    same: Fraction | None
    smallest_change: Change | None


def examine(
    decision: Decision, supports: Supports, outcome: Outcome, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Robustness:
    """Leave one group out, weights +-25 %, thresholds +-5 points, trimmed means, bootstrap, smallest change."""
    wins = bootstrap(decision, resamples=resamples, seed=seed) if outcome.option is not None else Counter()
    return Robustness(
        [*_variants(decision, supports)],
        wins,
        resamples,
        seed,
        Fraction(wins[outcome.option], resamples) if wins else None,
        smallest_change(decision, outcome),
    )


def _variants(decision: Decision, supports: Supports) -> Iterator[Variant]:
    def variant(kind: str, what: str, changed: Supports, charter: Charter | None = None) -> Variant:
        outcome = choose(decision, changed, charter)
        return Variant(kind, what, outcome.status, outcome.option)

    ids = [group.id for group in decision.groups]
    for id_ in ids if len(ids) > 1 else ():
        yield variant("without_group", id_, _with_weights(supports, {**decision.weights, id_: Fraction(0)}))
    for id_ in ids if len(ids) > 1 else ():
        for factor in (1 - WEIGHT_STEP, 1 + WEIGHT_STEP):
            weights = {**decision.weights, id_: decision.weights[id_] * factor}
            yield variant("weight", f"{id_} x {float(factor):g}", _with_weights(supports, weights))
    names = (*THRESHOLDS, "open_accept_min") if any(group.is_open for group in decision.groups) else THRESHOLDS
    for name in names:
        for step in (-THRESHOLD_STEP, THRESHOLD_STEP):
            value = getattr(decision.charter, name) + step
            changed = decision.charter.with_threshold(name, value)
            yield variant("threshold", f"{name} {float(step):+.2f}", supports, changed)
    yield variant("trimmed_means", f"{TRIMMED} %", trimmed(decision, supports))


def _with_weights(supports: Supports, weights: Mapping[str, Fraction]) -> Supports:
    """Other weights, scaled to add up to 1; a group that weighs nothing is left out altogether."""
    total = sum(weights.values())
    scaled = {group: weight / total for group, weight in weights.items() if weight}
    return {
        option: Support(option, {group: support.groups[group] for group in scaled}, scaled)
        for option, support in supports.items()
    }


def trimmed(decision: Decision, supports: Supports) -> Supports:
    """Means without the highest and lowest tenth of a group's ratings (rounded down, at each end), without strata. The
    tenth of a group that is told by its sums is no whole ballot."""
    rows: dict[str, list[Figures]] = {}
    for group in decision.groups:
        rows[group.id] = []
        if group.sums:
            rows[group.id] = [supports[option.id].groups[group.id] for option in decision.options]
            continue
        for position, option in enumerate(decision.options):
            rated = np.sort(group.ratings[group.ratings[:, position] >= 0, position]).astype(int)
            cut = len(rated) * TRIMMED // 100
            kept = rated[cut : len(rated) - cut]
            mean = Fraction(int(kept.sum()), LARGEST_RATING * len(kept)) if len(kept) else None
            rows[group.id].append(replace(supports[option.id].groups[group.id], mean=mean))
    return supports_of(decision, rows)


def bootstrap(decision: Decision, *, resamples: int, seed: int) -> Counter[str | None]:
    """How often each option is chosen when every group's ballots are drawn again, with replacement (Efron 1979).

    The draw is the raw PCG64 stream modulo the number of ballots, over sorted groups and ballots: it stays the same
    with every version of the library and every order in the file.
    """
    stream = np.random.PCG64(seed)
    tables = tables_of(decision)
    order = {group.id: _in_order(group, decision) for group in decision.groups}
    wins: Counter[str | None] = Counter()
    for _ in range(resamples):
        rows = {}
        for id_ in sorted(tables):
            ballots = len(order[id_])
            drawn = stream.random_raw(ballots) % np.uint64(max(ballots, 1))
            counts = np.bincount(order[id_][drawn.astype(np.int64)], minlength=ballots)
            rows[id_] = tables[id_].figures(counts)
        wins[choose(decision, supports_of(decision, rows)).option] += 1
    return wins


def _in_order(group: Group, decision: Decision) -> np.ndarray:
    if group.sums:
        return np.zeros(1, dtype=np.int64)
    columns = sorted(range(len(decision.options)), key=lambda position: decision.options[position].id)
    objecting = decision.objecting(group)
    keys = [*(objecting[:, c] for c in columns), *(group.ratings[:, c] for c in columns)]
    return np.lexsort([*keys, np.array(group.strata)] if group.strata else keys)


def smallest_change(decision: Decision, outcome: Outcome) -> Change | None:
    """The fewest ballots of one group, of those that are told one by one, whose change was found to change the result.

    For losing acceptance the number is exact: ballots that accept most, oppose least or weigh most are turned to 0.
    For being overtaken it is an upper bound: the ballots that prefer the chosen option most are turned to 0 for it
    and 10 for the rival, which a few ballots of several groups together might do with less.
    """
    if outcome.option is None or outcome.option == decision.status_quo:
        return None
    told = [group for group in decision.groups if not group.sums]
    found = [change for group in told if (change := _losing(decision, group, outcome)) is not None]
    for group in told:
        for rival in sorted(option.id for option in decision.options if option.id != outcome.option):
            limit = min((change.ballots for change in found), default=group.ballots + 1) - 1
            change = _overtaking(decision, group, outcome.option, rival, min(limit, group.ballots))
            found.extend([change] if change else [])
    return min(found, key=lambda change: change.ballots, default=None)


def _losing(decision: Decision, group: Group, outcome: Outcome) -> Change | None:
    """For an option that is accepted by all: the fewest ballots of the group without which it would not be."""
    option = str(outcome.option)
    if option not in outcome.eligible:
        return None
    position, charter = decision.positions[option], decision.charter
    ratings, objecting = group.ratings[:, [position]], decision.objecting(group)[:, [position]]
    weights = np.array([float(group.stratum_weights[name]) for name in group.strata] or [1.0] * group.ballots)
    column = ratings[:, 0].astype(int)
    preferences = [
        np.argsort(~(column >= charter.accept_from), kind="stable"),
        np.argsort((column <= charter.oppose_to) | objecting[:, 0], kind="stable"),
        np.argsort(-weights * column, kind="stable"),
    ]
    numbers = []
    for order in preferences:
        order = order[column[order] >= 0]

        def fails(ballots: int, order: np.ndarray = order) -> bool:
            changed = ratings.copy()
            changed[order[:ballots]] = 0
            return not table_of(group, changed, objecting, charter).figures()[0].passes(charter)

        if (number := _first(fails, len(order))) is not None:
            numbers.append(number)
    return Change(min(numbers), group.id, "acceptance") if numbers else None


def _overtaking(decision: Decision, group: Group, option: str, rival: str, most: int) -> Change | None:
    """At most ``most`` ballots of the group, turned from the option to the rival, that leave another one chosen."""
    here, there = decision.positions[option], decision.positions[rival]
    preference = group.ratings[:, here].astype(int) - group.ratings[:, there].astype(int)
    order = np.argsort(-preference, kind="stable")
    rows = {id_: table.figures() for id_, table in tables_of(decision).items()}
    objecting = decision.objecting(group)

    def overtakes(ballots: int) -> bool:
        changed = group.ratings.copy()
        changed[order[:ballots], here], changed[order[:ballots], there] = 0, LARGEST_RATING
        figures = table_of(group, changed, objecting, decision.charter).figures()
        return choose(decision, supports_of(decision, {**rows, group.id: figures})).option not in (option, None)

    number = _first(overtakes, most)
    return None if number is None else Change(number, group.id, "overtaken", rival)


def _first(is_enough: Callable[[int], bool], most: int) -> int | None:
    """The smallest number from 1 to ``most`` that is enough, if more of it stays enough."""
    if most < 1 or not is_enough(most):
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return low
