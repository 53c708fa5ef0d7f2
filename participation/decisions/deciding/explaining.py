"""Why this option, who gave up what, what it obliges to: in numbers and words of a closed vocabulary, to be
translated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from participation.decisions.deciding.choosing import Outcome, Status, winners
from participation.decisions.deciding.decision import Decision
from participation.decisions.deciding.figures import Supports
from participation.decisions.deciding.objections import Objection
from participation.decisions.deciding.robustness import Robustness, Variant

# What an outcome obliges to.
MITIGATION_PLAN, REVIEW_DATE = "mitigation_plan", "review_date"
MINORITY_REPORT, ANSWER_POINT_BY_POINT, MONITORING = "minority_report", "answer_point_by_point", "monitoring_indicator"


@dataclass(frozen=True)
class GroupView:
    """What the chosen option is to one group. ``favourites``: its own best options; ``given_up``: how much higher it
    rates them; ``gained``: how much higher than the status quo it rates the chosen one (below zero: it loses)."""

    group: str
    mean: Fraction
    favourites: Sequence[str]
    given_up: Fraction
    gained: Fraction | None


@dataclass(frozen=True)
class Explanation:
    """``is_robust``: leximin, Nash and balanced support agree on the chosen option. ``shortfalls``: for every option
    that is not accepted by all, what each failing group misses; an empty entry says that the group rated nothing.
    ``minority``: sustained objections to the chosen option. ``changed_by``: the variants with another option."""

    status: Status
    option: str | None
    is_robust: bool
    worst_off: str | None
    groups: Sequence[GroupView]
    shortfalls: Mapping[str, Mapping[str, Mapping[str, Fraction]]]
    duties: Sequence[str]
    minority: Sequence[Objection]
    changed_by: Sequence[Variant]


def explain(decision: Decision, supports: Supports, outcome: Outcome, robustness: Robustness | None) -> Explanation:
    rules = winners(decision, supports)
    minority = [
        objection
        for objection in decision.objections
        if objection.option == outcome.option and objection.is_sustained(decision.charter.integration_rounds)
    ]
    views = _views(decision, supports, outcome.option)
    return Explanation(
        status=outcome.status,
        option=outcome.option,
        is_robust=outcome.option is not None
        and {rules["leximin"], rules["nash"], rules["balanced"]} == {outcome.option},
        worst_off=min(views, key=lambda view: (view.mean, view.group)).group if views else None,
        groups=views,
        shortfalls=_shortfalls(decision, supports),
        duties=_duties(outcome, minority),
        minority=minority,
        changed_by=[variant for variant in robustness.variants if variant.option != outcome.option]
        if robustness
        else [],
    )


def _views(decision: Decision, supports: Supports, option: str | None) -> list[GroupView]:
    means = supports[option].means if option else None
    if means is None:
        return []
    before = supports[decision.status_quo].means
    views = []
    for group, mean in means.items():
        rated = {o: figures.mean for o, s in supports.items() if (figures := s.groups[group]).mean is not None}
        best = max(value for value in rated.values() if value is not None)
        favourites = sorted(o for o, value in rated.items() if value == best)
        views.append(GroupView(group, mean, favourites, best - mean, mean - before[group] if before else None))
    return views


def _shortfalls(decision: Decision, supports: Supports) -> dict[str, dict[str, Mapping[str, Fraction]]]:
    found = {
        option: {
            group: figures.shortfall(decision.charter)
            for group, figures in support.groups.items()
            if not figures.passes(decision.charter)
        }
        for option, support in supports.items()
        if option != decision.status_quo
    }
    return {option: missing for option, missing in found.items() if missing}


def _duties(outcome: Outcome, minority: Sequence[Objection]) -> list[str]:
    duties = [MITIGATION_PLAN, REVIEW_DATE] if outcome.status is Status.DECIDED_WITH_DUTIES else []
    if minority:
        duties += [MINORITY_REPORT, ANSWER_POINT_BY_POINT, MONITORING, REVIEW_DATE]
    return list(dict.fromkeys(duties))
