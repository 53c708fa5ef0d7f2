"""What a decision of a city costs: 20,000 citizens and three rosters over six options; packages, tried and programmed."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from participation.decisions.deciding.decision import Decision, Group, Option
from participation.decisions.deciding.figures import count
from participation.decisions.deciding.package_program import cheapest_by_program
from participation.decisions.deciding.packages import Compensation, Condition, Measure
from participation.decisions.deciding.reporting import decide

GROUPS = {"citizens": 20_000, "organisations": 60, "enterprises": 40, "departments": 20}
OPTIONS = [*"ABCDE", "SQ"]


def test_deciding() -> None:
    city = city_of(np.random.default_rng(8))
    slow, plainly_seconds = seconds(lambda: plainly(city))
    supports, count_seconds = seconds(lambda: count(city))
    assert {option: support.means for option, support in supports.items()} == slow
    result, decide_seconds = seconds(lambda: decide(city))
    compensation = offered(city)
    tried, tried_seconds = seconds(compensation.cheapest_sufficient)
    programmed, program_seconds = seconds(lambda: cheapest_by_program(compensation))
    assert tried is not None
    assert tried.measures == tuple(compensation.measures[number].id for number in programmed or ())
    print(
        json.dumps(
            {
                "ballots": sum(GROUPS.values()),
                "status": result.outcome.status,
                "count_cpu_s": round(count_seconds, 3),
                "count_times_faster_than_plain_fractions": round(plainly_seconds / count_seconds, 1),
                "decide_with_1000_resamples_cpu_s": round(decide_seconds, 2),
                "packages_of_15_measures_tried_cpu_s": round(tried_seconds, 2),
                "packages_of_15_measures_program_cpu_s": round(program_seconds, 2),
                "measures_in_package": len(tried.measures),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


def seconds(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    return act(), time.process_time() - started


def city_of(lot: np.random.Generator) -> Decision:
    liked = np.array([[8, 7, 6, 5, 4, 4], [4, 6, 6, 7, 3, 4], [3, 6, 7, 6, 5, 5], [6, 6, 6, 6, 6, 5]])
    groups = [
        Group(id_, np.clip(lot.normal(means, 1.5, (ballots, len(OPTIONS))).round(), 0, 10).astype(np.int8))
        for (id_, ballots), means in zip(GROUPS.items(), liked, strict=True)
    ]
    return Decision([Option(id_) for id_ in OPTIONS], "SQ", groups, {group.id: Fraction(1, 4) for group in groups})


def plainly(decision: Decision) -> dict[str, dict[str, Fraction]]:
    return {
        option.id: {
            group.id: sum((Fraction(int(r), 10) for r in group.ratings[:, position]), Fraction(0)) / group.ballots
            for group in decision.groups
        }
        for position, option in enumerate(decision.options)
    }


def offered(decision: Decision) -> Compensation:
    """Fifteen measures, each of which two enterprises in fifteen and a tenth of a roster of organisations ask for."""
    lot = np.random.default_rng(9)
    measures = [Measure(f"m{number}", Fraction(int(cost))) for number, cost in enumerate(lot.integers(5, 60, 15))]
    conditions = [
        Condition(id_, int(ballot), measure.id, 8)
        for id_ in ("organisations", "enterprises")
        for measure in measures
        for ballot in lot.choice(GROUPS[id_], GROUPS[id_] // 10, replace=False)
    ]
    return Compensation(decision, "A", measures, conditions)
