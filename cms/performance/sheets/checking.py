"""What only the whole sheet shows: weights, stated scores, and what the year was approved with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from cms.budget.models import Programme
from cms.performance.assessments import EXECUTION
from cms.performance.models import Indicator
from cms.performance.schemes import ScoringScheme
from cms.performance.scoring import (
    Direction,
    Operator,
    Result,
    SchemeError,
    execution_rate,
    execution_score,
    indicator_score,
    is_target_too_easy,
)
from cms.performance.sheets.layout import UNITS, Message, Severity, Sheet, SheetIndicator

HUNDRED = Decimal(100)
# One indicator that carries most of the score leaves the others without meaning.
LARGEST_PART = Decimal(50)
# Where more than this part is in words and has full marks, there is little to measure.
TOO_MANY_IN_WORDS = Decimal("0.7")
ROUNDING = Decimal("0.01")


def check_sheet(
    sheet: Sheet,
    *,
    programme: Programme,
    fiscal_year: int,
    scheme: ScoringScheme | None,
    stored: Sequence[Indicator] = (),
) -> list[Message]:
    """``stored``: the indicators that the programme's year already has."""
    return [
        *_whose(sheet, programme, fiscal_year),
        *_weights(sheet, scheme),
        *_points(sheet, scheme),
        *_execution(sheet, scheme),
        *_problems(sheet),
        *_doubts(sheet),
        *_changed(sheet, stored),
    ]


def _error(code: str, cell: object, text: str) -> Message:
    return Message(Severity.ERROR, code, str(cell), text)


def _warning(code: str, cell: object, text: str) -> Message:
    return Message(Severity.WARNING, code, str(cell), text)


def result_in(indicator: SheetIndicator) -> Result:
    """An indicator of a sheet as the formulas take it."""
    is_reverse = indicator.direction == Direction.REVERSE or (
        not indicator.direction and indicator.operator == Operator.AT_MOST
    )
    return Result(
        weight=indicator.weight,
        operator=Operator(indicator.operator),
        direction=Direction.REVERSE if is_reverse else Direction.POSITIVE,
        target=indicator.target,
        actual=indicator.actual,
        level=indicator.level,
        share=awarded_share(indicator),
    )


def awarded_share(indicator: SheetIndicator) -> Decimal | None:
    """The share of the weight that a level was given: as it stands there, or as the points say."""
    if indicator.operator != Operator.QUALITATIVE or not indicator.level:
        return None
    if indicator.share is not None:
        return indicator.share
    if indicator.stated_points is None:
        return None
    return (indicator.stated_points / indicator.weight).quantize(Decimal("0.0001"))


def _whose(sheet: Sheet, programme: Programme, fiscal_year: int) -> Iterable[Message]:
    is_same = sheet.programme in {programme.name, programme.name_en} or (
        programme.code and sheet.programme_code == programme.code
    )
    if not is_same:
        text = _("The sheet is about “%(sheet)s”, not about “%(programme)s”. Upload it there, or correct 项目名称.")
        yield _error("other_programme", "", text % {"sheet": sheet.programme[:100], "programme": programme.name})
    if sheet.fiscal_year != fiscal_year:
        text = _("The sheet is for %(sheet)d, not for %(year)d. Upload it there, or correct the year.")
        yield _error("other_year", "", text % {"sheet": sheet.fiscal_year, "year": fiscal_year})


def _weights(sheet: Sheet, scheme: ScoringScheme | None) -> Iterable[Message]:
    expected = {row.dimension: row.weight for row in scheme.weights.all()} if scheme else {}
    execution = sheet.execution_weight if sheet.execution_weight is not None else expected.get(EXECUTION, Decimal(0))
    total = execution + sum((i.weight for i in sheet.indicators), Decimal(0))
    if sheet.indicators and total != HUNDRED:
        text = _("The weights, with %(execution)s for execution, come to %(total)s. They have to come to 100.")
        yield _error("weights_not_100", "", text % {"execution": execution, "total": total})
    given: Counter[str] = Counter()
    for indicator in sheet.indicators:
        given[indicator.dimension] += indicator.weight  # type: ignore[assignment]
        if indicator.weight >= LARGEST_PART:
            text = _("One indicator carries %(weight)s of 100 points. Divide it into what can be measured on its own.")
            yield _warning("one_carries_most", indicator.row, text % {"weight": indicator.weight})
    for dimension, weight in expected.items():
        if dimension != EXECUTION and sheet.indicators and given.get(dimension, Decimal(0)) != weight:
            text = _("%(dimension)s has %(given)s points; the scoring scheme gives it %(weight)s.")
            shown = {
                "dimension": Indicator.Dimension(dimension).label,
                "given": given.get(dimension, 0),
                "weight": weight,
            }
            yield _warning("dimension_weight", "", text % shown)


def _points(sheet: Sheet, scheme: ScoringScheme | None) -> Iterable[Message]:
    if scheme is None:
        text = _("No scoring scheme is in force for this year, so no score is computed beside the department's own.")
        yield _warning("no_scheme", "", text)
    rules = scheme.as_scheme() if scheme else None
    for indicator in sheet.indicators:
        result = result_in(indicator)
        if rules is None:
            continue
        try:
            points = indicator_score(result, rules)
        except SchemeError:
            text = _("The points for this level lie outside of the band that the scoring scheme gives it. Correct one.")
            yield _error("outside_band", indicator.row, text)
            continue
        stated = indicator.stated_points
        if points is not None and stated is not None and abs(points - stated) > ROUNDING:
            text = _("%(stated)s points are stated; by the scoring scheme it is %(points)s. Both will be shown.")
            yield _warning("points_differ", indicator.row, text % {"stated": stated, "points": points})
        if is_target_too_easy(result, rules):
            text = _("The result is so far beyond the target that the target looks too easy. Explain it, or raise it.")
            yield _warning("too_easy", indicator.row, text)
    stated_all = [i.stated_points for i in sheet.indicators if i.stated_points is not None]
    if sheet.self_score is not None and len(stated_all) == len(sheet.indicators) > 0:
        total = sum(stated_all, sheet.execution_points or Decimal(0))
        if abs(total - sheet.self_score) > ROUNDING:
            text = _("The stated total is %(stated)s, but its points add up to %(total)s. Both will be shown.")
            yield _warning("total_points_differ", "", text % {"stated": sheet.self_score, "total": total})
    if sheet.self_score is not None and not 0 <= sheet.self_score <= HUNDRED:
        yield _error("score_beyond_100", "", _("The total score has to lie between 0 and 100."))


def _execution(sheet: Sheet, scheme: ScoringScheme | None) -> Iterable[Message]:
    rate = execution_rate(sheet.full_year, sheet.executed)
    if scheme is None:
        return
    if rate is not None and rate < scheme.reason_below and not sheet.execution_reason:
        text = _("%(rate)s%% of the budget was spent, less than %(bound)s%%. Say why beside 执行率偏低原因.")
        shown = {"rate": f"{rate * 100:.1f}", "bound": f"{scheme.reason_below * 100:.0f}"}
        yield _error("reason_missing", "", text % shown)
    points = execution_score(sheet.full_year, sheet.executed, sheet.execution_weight or Decimal(0))
    stated = sheet.execution_points
    if stated is not None and points is not None and abs(points - stated) > ROUNDING:
        text = _("%(stated)s points are stated for execution; by the scoring scheme it is %(points)s.")
        yield _warning("execution_points_differ", "", text % {"stated": stated, "points": points})


def _problems(sheet: Sheet) -> Iterable[Message]:
    counts = (sheet.problems_found, sheet.problems_fixed, sheet.problems_open)
    if counts == (None, None, None):
        return
    if None in counts:
        text = _(
            "Of problems found, fixed and being fixed, some are given and some are not. Give all three; 0 is a number."
        )
        yield _error("problems_incomplete", "", text)
    elif sheet.problems_found != (sheet.problems_fixed or 0) + (sheet.problems_open or 0):
        text = _(
            "%(found)s problems were found, but fixed and being fixed add up to %(sum)s. Correct one of the three."
        )
        shown = {"found": sheet.problems_found, "sum": (sheet.problems_fixed or 0) + (sheet.problems_open or 0)}
        yield _error("problems_differ", "", text % shown)


def _doubts(sheet: Sheet) -> Iterable[Message]:
    named = Counter((i.dimension, i.name) for i in sheet.indicators)
    for indicator in sheet.indicators:
        if named[indicator.dimension, indicator.name] > 1:
            text = _("“%(name)s” stands here more than once. Leave one of them, or tell them apart.")
            yield _error("twice", indicator.row, text % {"name": indicator.name})
        is_cost = indicator.category == Indicator.Category.COST or indicator.dimension == Indicator.Dimension.COST
        if is_cost and indicator.target == 0 and indicator.unit in UNITS:
            text = _("A cost of 0 %(unit)s was probably rounded away. Give it in 元.")
            yield _warning("rounded_away", indicator.row, text % {"unit": indicator.unit})
        if indicator.actual == 0 and indicator.target and result_in(indicator).direction == Direction.POSITIVE:
            text = _("0 says that nothing of it was reached. Leave the cell empty where nothing was measured.")
            yield _warning("nothing_reached", indicator.row, text)
        if indicator.name.endswith("总成本") and indicator.unit in UNITS and indicator.actual is not None:
            spent = indicator.actual * UNITS[indicator.unit]
            if is_cost and sheet.executed and spent != sheet.executed:
                text = _("The cost is given as %(actual)s %(unit)s, but %(executed)s %(unit)s were spent.")
                executed = Decimal(sheet.executed) / UNITS[indicator.unit]
                shown = {"actual": indicator.actual, "unit": indicator.unit, "executed": f"{executed.normalize():f}"}
                yield _warning("cost_differs", indicator.row, text % shown)
    in_words = [i for i in sheet.indicators if i.operator == Operator.QUALITATIVE and i.stated_points == i.weight]
    if len(sheet.indicators) > 2 and len(in_words) > len(sheet.indicators) * TOO_MANY_IN_WORDS:
        text = _("%(count)d of %(all)d indicators are in words and have full marks. Find some that can be counted.")
        yield _warning("mostly_words", "", text % {"count": len(in_words), "all": len(sheet.indicators)})


def _changed(sheet: Sheet, stored: Sequence[Indicator]) -> Iterable[Message]:
    """Goals are approved with the budget: what a sheet changes of them is said aloud."""
    given = {(i.dimension, i.name): i for i in sheet.indicators}
    for indicator in stored:
        found = given.get((indicator.dimension, indicator.name))
        if found is None:
            text = _("“%(name)s” was set as a goal and is missing here. It will stay, as not reported.")
            yield _warning("missing", "", text % {"name": indicator.name})
        elif (found.operator, found.target, found.target_text) != (
            indicator.operator,
            indicator.target,
            indicator.target_text,
        ):
            text = _("The target of “%(name)s” is not the one that was set before. Its history will show both.")
            yield _warning("target_changed", found.row, text % {"name": indicator.name})
