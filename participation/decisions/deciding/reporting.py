"""The whole result as plain data, for JSON. Exact numbers stand as text, beside their value to six decimals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from participation.decisions.deciding.choosing import (
    Outcome,
    as_number,
    choose,
    gains_over,
    is_dominated,
    winners,
)
from participation.decisions.deciding.decision import Decision
from participation.decisions.deciding.explaining import Explanation, explain
from participation.decisions.deciding.figures import Support, Supports, count
from participation.decisions.deciding.packages import Compensation, Package
from participation.decisions.deciding.robustness import RESAMPLES, SEED, Robustness, examine

Exact = list[Any] | None


@dataclass(frozen=True)
class Result:
    """All there is to know of a decision."""

    decision: Decision
    supports: Supports
    outcome: Outcome
    robustness: Robustness | None
    explanation: Explanation


def decide(decision: Decision, *, resamples: int = RESAMPLES, seed: int = SEED) -> Result:
    """Count, grade, choose, examine and explain. No resamples: no robustness report, which takes most of the time."""
    supports = count(decision)
    outcome = choose(decision, supports)
    robustness = examine(decision, supports, outcome, resamples=resamples, seed=seed) if resamples else None
    return Result(decision, supports, outcome, robustness, explain(decision, supports, outcome, robustness))


def report(result: Result, compensation: Compensation | Sequence[Compensation] | None = None) -> dict[str, Any]:
    """``result`` has the figures of each option, ``winners`` the winner under each rule, ``decision`` what was
    decided. ``compensation``: one search, or a list of them as the file has it."""
    decision, supports = result.decision, result.supports
    data: dict[str, Any] = {
        "decision": _decision(result),
        "result": {option: _option(decision, support, supports) for option, support in supports.items()},
        "nash_vs_status_quo": {
            option: as_number(gains_over(support, supports[decision.status_quo]), decision.weights)
            for option, support in supports.items()
            if option != decision.status_quo
        },
        "winners": {
            **winners(decision, supports),
            "acceptable": [
                option
                for option, support in supports.items()
                if option != decision.status_quo and all(support.passes(decision.charter).values())
            ],
        },
        "explanation": _explanation(result.explanation),
        "weights": {group: str(weight) for group, weight in decision.weights.items()},
        "params": {name: str(v) if isinstance(v, Fraction) else v for name, v in decision.charter.values().items()},
    }
    if result.robustness is not None:
        data["robustness"] = _robustness(result.robustness)
    if isinstance(compensation, Compensation):
        data["compensation"] = _compensation(compensation)
    elif compensation is not None:
        data["compensation"] = [_compensation(one) for one in compensation]
    return data


def exact(value: Fraction | None) -> Exact:
    return None if value is None else [str(value), round(float(value), 6)]


def _option(decision: Decision, support: Support, supports: Supports) -> dict[str, Any]:
    groups, balanced = support.groups, support.balanced
    passes = support.passes(decision.charter)
    return {
        "U": {group: exact(figures.mean) for group, figures in groups.items()},
        "balanced": exact(balanced),
        "maximin": exact(support.leximin[0]) if support.leximin else None,
        "leximin": [exact(mean) for mean in support.leximin] if support.leximin else None,
        "nash": as_number(support.means, decision.weights),
        "resistance": None if balanced is None else exact(1 - balanced),
        "accept": {group: exact(figures.accept) for group, figures in groups.items()},
        "strong": {group: exact(figures.strong) for group, figures in groups.items()},
        "pooled": exact(support.pooled),
        "gap": exact(support.gap),
        "passes": passes,
        "acceptable_to_all": all(passes.values()),
        "pareto": not is_dominated(support.option, supports),
    }


def _decision(result: Result) -> dict[str, Any]:
    decision, outcome = result.decision, result.outcome
    return {
        "status": outcome.status,
        "option": outcome.option,
        "round": decision.round,
        "grades": dict(outcome.grades),
        "eligible": list(outcome.eligible),
        "steps": [{"rule": step.rule, "left": list(step.left)} for step in outcome.steps],
        "not_heard": list(outcome.not_heard),
        "ballots": {group.id: group.ballots if group.is_told else None for group in decision.groups},
        "unweighted": {
            group.id: {option: exact(s.groups[group.id].unweighted) for option, s in result.supports.items()}
            for group in decision.groups
            if group.strata
        },
    }


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return {
        "robust": explanation.is_robust,
        "worst_off": explanation.worst_off,
        "groups": {
            view.group: {
                "favourites": list(view.favourites),
                "given_up": exact(view.given_up),
                "gained": exact(view.gained),
            }
            for view in explanation.groups
        },
        "shortfalls": {
            option: {group: _exact_values(missing) for group, missing in groups.items()}
            for option, groups in explanation.shortfalls.items()
        },
        "duties": list(explanation.duties),
        "minority": [
            {"group": objection.group, "harm": objection.harm, "part": objection.part}
            for objection in explanation.minority
        ],
        "changed_by": [
            {"kind": variant.kind, "what": variant.what, "status": variant.status, "option": variant.option}
            for variant in explanation.changed_by
        ],
    }


def _exact_values(values: Mapping[str, Fraction]) -> dict[str, Exact]:
    return {name: exact(value) for name, value in values.items()}


def _robustness(robustness: Robustness) -> dict[str, Any]:
    change = robustness.smallest_change
    return {
        "variants": [
            {"kind": variant.kind, "what": variant.what, "status": variant.status, "option": variant.option}
            for variant in robustness.variants
        ],
        "bootstrap": {
            "resamples": robustness.resamples,
            "seed": robustness.seed,
            "same": exact(robustness.same),
            "wins": [
                {"option": option, "times": times}
                for option, times in sorted(robustness.wins.items(), key=lambda item: (-item[1], str(item[0])))
            ],
        },
        "smallest_change": None
        if change is None
        else {"ballots": change.ballots, "group": change.group, "how": change.how, "rival": change.rival},
    }


def _compensation(compensation: Compensation) -> dict[str, Any]:
    packages, cheapest = compensation.all_packages(), compensation.cheapest_sufficient()
    conditional: dict[str, list[Any]] = {group: [] for group in compensation.voices}
    for said in compensation.conditions:
        conditional[said.group].append([said.ballot, said.measure, said.rating])
    data: dict[str, Any] = {
        "option": compensation.option,
        "measures": {measure.id: _number(measure.cost) for measure in compensation.measures},
        "conditional": conditional,
        "cheapest_sufficient_package": _package(cheapest) if cheapest else None,
    }
    if compensation.not_asked:
        data["not_asked"] = compensation.not_asked
    if packages is not None:
        data["all_packages"] = [{**_package(package), "acceptable": package.is_acceptable} for package in packages]
    return data


def _package(package: Package) -> dict[str, Any]:
    return {
        "cost": _number(package.cost),
        "measures": list(package.measures),
        "group_means": [None if f.mean is None else round(float(f.mean), 3) for f in package.figures.values()],
    }


def _number(value: Fraction) -> int | str:
    """Whole amounts as numbers, others as exact ratios."""
    return value.numerator if value.denominator == 1 else str(value)
