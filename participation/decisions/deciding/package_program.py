"""The cheapest sufficient package of many measures, as an integer program solved by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor, lcm
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from participation.decisions.deciding.charter import LARGEST_RATING
from participation.decisions.deciding.decision import UnreadableDecision

if TYPE_CHECKING:
    from participation.decisions.deciding.packages import Compensation, Voices

SECONDS = 60
INFEASIBLE, TIME_IS_UP = 2, 1


@dataclass
class _Program:
    """Rows ``low <= sum of coefficients x variables``. The first variables say whether a measure is taken; each other
    one whether ballots of a kind reach a rating, which is at most the number of measures taken that would bring them
    there."""

    measures: int
    variables: int = field(init=False)
    rows: list[dict[int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.variables = self.measures

    def at_least(self, least: float, coefficients: dict[int, float]) -> None:
        self.rows.append(coefficients)
        self.low.append(least)

    def reaching(self, measures: Sequence[int]) -> int:
        variable, self.variables = self.variables, self.variables + 1
        self.at_least(0.0, {variable: -1.0, **dict.fromkeys(measures, 1.0)})
        return variable

    def solve(self, objective: Sequence[float]) -> tuple[int, ...] | None:
        rows = [row for row, held in enumerate(self.rows) for _ in held]
        columns = [column for held in self.rows for column in held]
        values = [value for held in self.rows for value in held.values()]
        matrix = csr_array((values, (rows, columns)), shape=(len(self.rows), self.variables), dtype=float)
        found = milp(
            np.concatenate([objective, np.zeros(self.variables - self.measures)]),
            constraints=LinearConstraint(matrix, lb=np.array(self.low)),
            integrality=(np.arange(self.variables) < self.measures).astype(int),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0, "time_limit": SECONDS},
        )
        if found.status == INFEASIBLE:
            return None
        if found.status == TIME_IS_UP or found.x is None:
            raise UnreadableDecision("The cheapest package was not found in time: offer fewer measures.")
        return tuple(number for number in range(self.measures) if found.x[number] > 0.5)


def cheapest_by_program(compensation: Compensation) -> tuple[int, ...] | None:
    """Positions of the measures of the cheapest sufficient package within the limit; None if there is none.

    Ties: fewer measures, then the order of the list. The program works with rounded numbers, so that what it finds is
    tested exactly; a package that fails is excluded with everything inside it.
    Raises ``UnreadableDecision`` if it cannot be found in a minute.
    """
    scale = lcm(*(measure.cost.denominator for measure in compensation.measures))
    costs = [float(measure.cost * scale) for measure in compensation.measures]
    program = _Program(len(costs))
    for voices in compensation.voices.values():
        _require_pass(program, voices)
    if compensation.limit is not None:
        program.at_least(-float(floor(compensation.limit * scale)), {n: -cost for n, cost in enumerate(costs)})
    found = _exactly(program, costs, compensation)
    if found is None:
        return None
    program.at_least(-sum(costs[n] for n in found) - 1e-6, {n: -cost for n, cost in enumerate(costs)})
    found = _exactly(program, [1.0] * len(costs), compensation) or ()
    program.at_least(-len(found) - 1e-6, dict.fromkeys(range(len(costs)), -1.0))
    # Earlier measures first: the objective weighs one measure at a time, and what is settled stays.
    for number in range(len(costs)):
        preferred = [-1.0 if other == number else 0.0 for other in range(len(costs))]
        found = _exactly(program, preferred, compensation) or ()
        program.at_least(1.0 if number in found else 0.0, {number: 1.0 if number in found else -1.0})
    return found


def _exactly(program: _Program, objective: Sequence[float], compensation: Compensation) -> tuple[int, ...] | None:
    while True:
        found = program.solve(objective)
        if found is None or compensation.is_sufficient(found):
            return found
        outside = [number for number in range(program.measures) if number not in found]
        program.at_least(1.0, dict.fromkeys(outside, 1.0))


def _require_pass(program: _Program, voices: Voices) -> None:
    """The acceptance test of a group as three rows: points, accepting and opposing ballots."""
    now, charter = voices.with_measures(()), voices.charter
    points: dict[int, float] = {}
    accepting: dict[int, float] = {}
    relenting: dict[int, float] = {}
    weights = [float(voices.weights[number]) for number in voices.stratum]
    for kind, (base, stated, people) in enumerate(zip(voices.base, voices.stated, voices.multiplicity, strict=True)):
        reached, accepts, opposes = int(base), base >= charter.accept_from, base <= charter.oppose_to
        for level in sorted({int(rating) for rating in stated if rating > base}):
            variable = program.reaching([int(number) for number in np.flatnonzero(stated >= level)])
            points[variable] = weights[kind] * float(people) * (level - reached)
            if not accepts and level >= charter.accept_from:
                accepting[variable], accepts = float(people), True
            if opposes and level > charter.oppose_to and not voices.objecting[kind]:
                relenting[variable], opposes = float(people), False
            reached = level
    rated = voices.base >= 0
    people_weighed = float(np.sum(np.array(weights) * voices.multiplicity * rated))
    least_points = (float(charter.floor) - float(now.mean or Fraction(0))) * LARGEST_RATING * people_weighed
    program.at_least(least_points - 1e-7, points)
    program.at_least(_accepting_needed(voices) - now.accepting, accepting)
    program.at_least(now.opposing - floor(charter.strong_max * now.heard), relenting)


def _accepting_needed(voices: Voices) -> int:
    """The smallest number of accepting ballots with which the share, or its Wilson bound, suffices."""
    now, low, high = voices.with_measures(()), 0, voices.with_measures(()).rated
    while low < high:
        middle = (low + high) // 2
        if replace(now, accepting=middle).accepts(voices.charter):
            high = middle
        else:
            low = middle + 1
    return low
