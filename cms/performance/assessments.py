"""The score of a programme's year by the rules of a scheme, beside the one that the department gave itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cms.performance.models import Indicator, ProgrammeYear
from cms.performance.schemes import SchemeGrade, ScoringScheme
from cms.performance.scoring import (
    Result,
    Scheme,
    SchemeError,
    Score,
    execution_rate,
    execution_score,
    grade_of,
    indicator_score,
    is_target_too_easy,
    total_score,
)

EXECUTION = "execution"


@dataclass(frozen=True)
class Assessment:
    """What a scheme makes of a year. ``points``: indicator pk to points; None for what is not reported or not scorable.

    ``execution`` is None where there was no budget to execute. ``total`` leaves out what could not be scored.
    """

    scheme: ScoringScheme
    execution: Decimal | None
    execution_weight: Decimal
    points: dict[int, Decimal | None]
    total: Score
    too_easy: tuple[Indicator, ...]
    stated: Decimal | None

    @property
    def score(self) -> Decimal | None:
        return self.total.of_100

    @property
    def grade(self) -> SchemeGrade | None:
        return None if self.score is None else grade_in(self.scheme, self.score)

    @property
    def stated_grade(self) -> SchemeGrade | None:
        return None if self.stated is None else grade_in(self.scheme, self.stated)

    @property
    def difference(self) -> Decimal | None:
        """Stated less computed; None where one of them is missing."""
        return None if self.stated is None or self.score is None else self.stated - self.score


@dataclass(frozen=True)
class Divergence:
    """Two scores of the same thing. ``difference``: the first less the second."""

    difference: Decimal
    is_far: bool
    is_other_grade: bool

    @property
    def is_flagged(self) -> bool:
        return self.is_far or self.is_other_grade


def scheme_for(schemes: Iterable[ScoringScheme], fiscal_year: int, jurisdiction: str) -> ScoringScheme | None:
    """The scheme for self-evaluations of a year: the jurisdiction's own before the general one, the newest first."""
    day = date(fiscal_year, 12, 31)
    fitting = [
        scheme
        for scheme in schemes
        if scheme.kind == ScoringScheme.Kind.SELF_EVALUATION
        and scheme.jurisdiction in {jurisdiction, ""}
        and scheme.valid_from <= day
        and (scheme.valid_until is None or scheme.valid_until >= day)
    ]
    return max(fitting, key=lambda s: (s.jurisdiction != "", s.valid_from, s.version, s.code), default=None)


def result_of(indicator: Indicator, actual: Decimal | None = None, level: str = "") -> Result:
    """An indicator as the formulas take it; with ``actual`` or ``level`` what it had reached at another time."""
    is_other = actual is not None or level != ""
    return Result(
        weight=indicator.weight,
        operator=indicator.as_operator,
        direction=indicator.as_direction,
        target=indicator.target,
        actual=actual if is_other else indicator.actual,
        level=level if is_other else indicator.level,
        share=None if is_other else indicator.share,
    )


def points_of(result: Result, rules: Scheme) -> Decimal | None:
    """None, too, for a level or share that the scheme does not know: what other rules made is not forced into it."""
    try:
        return indicator_score(result, rules)
    except SchemeError:
        return None


def assess(year: ProgrammeYear, indicators: Iterable[Indicator], scheme: ScoringScheme) -> Assessment:
    """Asks the database for nothing where the scheme came by ``with_rules``."""
    rules = scheme.as_scheme()
    indicators = list(indicators)
    weight = rules.weights.get(EXECUTION, Decimal(0))
    execution = execution_score(year.full_year, year.executed, weight)
    points = {indicator.pk: points_of(result_of(indicator), rules) for indicator in indicators}
    return Assessment(
        scheme=scheme,
        execution=execution,
        execution_weight=weight,
        points=points,
        total=total_score([(execution, weight), *((points[i.pk], i.weight) for i in indicators)])
        if any(value is not None for value in points.values())
        else Score(Decimal(0), Decimal(0)),
        too_easy=tuple(i for i in indicators if is_target_too_easy(result_of(i), rules)),
        stated=year.self_score,
    )


def grade_in(scheme: ScoringScheme, score: Decimal) -> SchemeGrade:
    code = grade_of(score, scheme.as_scheme()).code
    return next(grade for grade in scheme.grades.all() if grade.code == code)


def divergence(first: Decimal, second: Decimal, scheme: ScoringScheme) -> Divergence:
    """How far two scores of 100 lie apart, as of the department itself and of a third party."""
    return Divergence(
        difference=first - second,
        is_far=abs(first - second) > scheme.divergence_points,
        is_other_grade=grade_in(scheme, first).code != grade_in(scheme, second).code,
    )


def needs_reason(year: ProgrammeYear, scheme: ScoringScheme) -> bool:
    """Whether so little was executed that a reason is due and none was given."""
    rate = execution_rate(year.full_year, year.executed)
    return rate is not None and rate < scheme.reason_below and not year.execution_reason
