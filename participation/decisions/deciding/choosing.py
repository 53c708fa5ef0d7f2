"""Grades and the choice: acceptable to all first, then the option whose worst-off group is best off."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm, prod
from typing import Any

from participation.decisions.deciding.charter import Charter
from participation.decisions.deciding.decision import Decision
from participation.decisions.deciding.figures import Support, Supports
from participation.decisions.deciding.objections import Petition


class Grade(StrEnum):
    ACCEPTED_BY_ALL = "accepted_by_all"
    WITH_DUTIES = "accepted_with_duties"
    RETURN = "return_for_revision"
    NOT_ACCEPTABLE = "not_acceptable"


class Status(StrEnum):
    """``EXTEND``: a group was not heard, the time is extended. ``AUTHORITY``: it still was not, the competent
    authority decides with published reasons. ``INTEGRATE``: objections or a petition are to be worked on before the
    decision. ``REVISE``: no option is acceptable yet, options are amended and rated again. ``STATUS_QUO``: nothing
    was found in the last round."""

    DECIDED = "decided"
    DECIDED_WITH_DUTIES = "decided_with_duties"
    INTEGRATE = "integrate"
    REVISE = "revise"
    STATUS_QUO = "status_quo"
    EXTEND = "extend"
    AUTHORITY = "authority"


@dataclass(frozen=True)
class Step:
    """A rule of the choice and the options that were left after it."""

    rule: str
    left: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """``option``: what is chosen, or would be if nothing stood in the way (``INTEGRATE``); None if nothing is.
    ``eligible``: accepted by all, not dominated, other than the status quo. ``not_heard``: groups without quorum."""

    status: Status
    option: str | None
    grades: Mapping[str, Grade | None]
    eligible: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    not_heard: tuple[str, ...] = ()


def choose(decision: Decision, supports: Supports, charter: Charter | None = None) -> Outcome:
    """Decide by the rules of the charter (another one may be given to see what it would have changed).

    The result depends neither on the order of options, groups and ballots nor on the number of ballots of a closed
    group; a dominated option never wins; higher ratings for the winner leave it the winner.
    """
    charter = charter or decision.charter
    grades: dict[str, Grade | None] = {
        option: None if option == decision.status_quo else grade(decision, support, supports, charter)
        for option, support in supports.items()
    }
    if not_heard := tuple(group for group in decision.not_heard if group in next(iter(supports.values())).groups):
        status = Status.EXTEND if decision.extensions_used < charter.extensions else Status.AUTHORITY
        return Outcome(status, None, grades, not_heard=not_heard)
    undominated = [option for option in supports if not is_dominated(option, supports)]
    eligible = tuple(sorted(option for option in undominated if grades[option] is Grade.ACCEPTED_BY_ALL))
    candidates, status = eligible, Status.DECIDED
    if not candidates:
        if decision.round < charter.rounds:
            return Outcome(Status.REVISE, None, grades)
        candidates = tuple(option for option in undominated if grades[option] is Grade.WITH_DUTIES)
        status = Status.DECIDED_WITH_DUTIES
    if not candidates:
        return Outcome(Status.STATUS_QUO, decision.status_quo, grades)
    steps = tuple(_narrowed(candidates, decision, supports, charter))
    option = steps[-1].left[0]
    return Outcome(Status.INTEGRATE if is_unsettled(decision, option) else status, option, grades, eligible, steps)


def grade(decision: Decision, support: Support, supports: Supports, charter: Charter) -> Grade:
    """What everybody's tests together say of an option that is not the status quo.

    Not acceptable: the legal unit upholds an objection, or no group gains anything over the status quo.
    """
    about = [objection for objection in decision.objections if objection.option == support.option]
    if any(objection.is_upheld for objection in about) or not _gains_anybody(support, supports[decision.status_quo]):
        return Grade.NOT_ACCEPTABLE
    if any(objection.blocks for objection in about):
        return Grade.RETURN
    if all(support.passes(charter).values()):
        return Grade.ACCEPTED_BY_ALL
    if _passes_with_duties(support, charter) and not any(
        p.is_valid(charter) for p in petitions_on(decision, support.option)
    ):
        return Grade.WITH_DUTIES
    return Grade.RETURN


def _gains_anybody(support: Support, status_quo: Support) -> bool:
    if support.means is None or status_quo.means is None:
        return True
    return any(mean > status_quo.means[group] for group, mean in support.means.items())


def _passes_with_duties(support: Support, charter: Charter) -> bool:
    return (
        support.balanced is not None
        and support.balanced >= charter.duties_balanced_min
        and all(
            figures.accept is not None
            and figures.accept >= charter.duties_accept_min
            and figures.strong is not None
            and figures.strong <= charter.duties_strong_max
            for figures in support.groups.values()
        )
    )


def petitions_on(decision: Decision, option: str) -> list[Petition]:
    return [petition for petition in decision.petitions if petition.option == option]


def is_unsettled(decision: Decision, option: str) -> bool:
    """Whether an objection to the option is still being worked on, or a petition has not had its integration round."""
    most = decision.charter.integration_rounds
    return any(o.option == option and o.is_unsettled(most) for o in decision.objections) or any(
        petition.is_valid(decision.charter) and not petition.integration_rounds
        for petition in petitions_on(decision, option)
    )


def is_dominated(option: str, supports: Supports) -> bool:
    """Some other option is at least as good for every group and better for one (Pareto)."""
    means = supports[option].means
    if means is None:
        return False
    return any(
        other.means is not None
        and other.means != means
        and all(other.means[group] >= mean for group, mean in means.items())
        for other in supports.values()
    )


def _narrowed(candidates: Sequence[str], decision: Decision, supports: Supports, charter: Charter) -> Iterable[Step]:
    """Leximin, Nash gain, balanced support, cost and lot, until one option is left.

    Leximin compares group by group from the worst-off upwards and keeps whatever is less than ``tie`` below the best: a
    comparison of pairs with such a tolerance could go round in circles.
    """
    left = tuple(sorted(candidates))
    yield Step("acceptable", left)
    vectors = {option: supports[option].leximin or () for option in left}
    for level in range(len(decision.groups)):
        if len(left) > 1 and level < len(vectors[left[0]]):
            best = max(vectors[option][level] for option in left)
            missing = {option: best - vectors[option][level] for option in left}
            remaining = tuple(option for option in left if not missing[option] or missing[option] < charter.tie)
            if remaining != left:
                left = remaining
                yield Step(f"leximin_{level + 1}", left)
    gains = any(nash_gain(supports[o], supports[decision.status_quo]) > 0 for o in supports) if len(left) > 1 else False
    rules: list[tuple[str, Callable[[str], Any]]] = [
        ("nash", lambda o: nash_gain(supports[o], supports[decision.status_quo]) if gains else nash(supports[o])),
        ("balanced", lambda o: supports[o].balanced),
    ]
    for name, value in rules:
        if len(left) > 1:
            values = {option: value(option) for option in left}
            best_value = max(values.values())
            remaining = tuple(option for option in left if values[option] == best_value)
            if remaining != left:
                left = remaining
                yield Step(name, left)
    if len(left) > 1:
        first = min(left, key=decision.last_resort.__getitem__)
        is_cost = sum(decision.last_resort[option][0] == decision.last_resort[first][0] for option in left) == 1
        yield Step("cost" if is_cost else "lot", (first,))


def nash(support: Support) -> Fraction:
    """The product of U_g^(w_g D), where D makes every exponent a whole number: ordered as the product of U_g^w_g."""
    return _product(support.means, support.weights)


def nash_gain(support: Support, status_quo: Support) -> Fraction:
    """The same of the gains max(0, U_g - U_g(status quo)): zero unless every group gains."""
    return _product(gains_over(support, status_quo), support.weights)


def gains_over(support: Support, status_quo: Support) -> Mapping[str, Fraction] | None:
    if support.means is None or status_quo.means is None:
        return None
    return {group: max(Fraction(0), mean - status_quo.means[group]) for group, mean in support.means.items()}


def _product(values: Mapping[str, Fraction] | None, weights: Mapping[str, Fraction]) -> Fraction:
    if values is None:
        return Fraction(0)
    scale = lcm(*(weights[group].denominator for group in values))
    return prod((value ** int(weights[group] * scale) for group, value in values.items()), start=Fraction(1))


def as_number(values: Mapping[str, Fraction] | None, weights: Mapping[str, Fraction]) -> float | None:
    """The product of v_g^w_g, to be shown."""
    return None if values is None else prod(float(value) ** float(weights[group]) for group, value in values.items())


def winners(decision: Decision, supports: Supports) -> Mapping[str, str | None]:
    """Who wins under each rule among all options, acceptable or not; ties go to the lower cost, then by lot."""
    status_quo = supports[decision.status_quo]
    rules: Mapping[str, Callable[[Support], Any]] = {
        "pooled": lambda support: support.pooled,
        "balanced": lambda support: support.balanced,
        "leximin": lambda support: support.leximin,
        "nash": nash,
        "nash_vs_status_quo": lambda support: nash_gain(support, status_quo),
    }
    complete = [support for support in supports.values() if support.means is not None]
    found: dict[str, str | None] = {}
    for name, value in rules.items():
        values = {s.option: value(s) for s in complete if name != "nash_vs_status_quo" or s is not status_quo}
        if not values or (name == "nash_vs_status_quo" and not any(values.values())):
            found[name] = None
            continue
        best = max(values.values())
        found[name] = min((o for o in values if values[o] == best), key=decision.last_resort.__getitem__)
    return found
