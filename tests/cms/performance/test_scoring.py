"""Scores are exact, bounded, and never fall when the result gets better."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.performance.scoring import (
    Band,
    Direction,
    Formula,
    Grade,
    Operator,
    Result,
    Scheme,
    SchemeError,
    Score,
    achieved_share,
    execution_rate,
    execution_score,
    grade_of,
    indicator_score,
    is_target_too_easy,
    total_score,
)

D = Decimal
FOUR_GRADES = (Grade("excellent", D(90)), Grade("good", D(80)), Grade("fair", D(60)), Grade("poor", D(0)))
BANDS = (
    Band("achieved", D("0.8"), D(1)),
    Band("partly", D("0.5"), D("0.8")),
    Band("not_achieved", D(0), D("0.5")),
)


def scheme(**changes: Any) -> Scheme:
    usual: dict[str, Any] = {
        "weights": {"execution": D(10), "output": D(50), "benefit": D(30), "satisfaction": D(10)},
        "grades": FOUR_GRADES,
        "bands": BANDS,
    }
    return Scheme(**{**usual, **changes})


def result(target: Any, actual: Any, *, reverse: bool = False, weight: int = 10) -> Result:
    return Result(
        weight=D(weight),
        operator=Operator.AT_MOST if reverse else Operator.AT_LEAST,
        direction=Direction.REVERSE if reverse else Direction.POSITIVE,
        target=None if target is None else D(target),
        actual=None if actual is None else D(actual),
    )


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("100", "excellent"),
        ("90", "excellent"),
        ("89.995", "excellent"),
        ("89.994", "good"),
        ("80", "good"),
        ("79.995", "good"),
        ("79.994", "fair"),
        ("60", "fair"),
        ("59.995", "fair"),
        ("59.994", "poor"),
        ("0", "poor"),
    ],
)
def test_a_grade_begins_at_its_lower_bound(score: str, grade: str) -> None:
    assert grade_of(D(score), scheme()).code == grade


@pytest.mark.parametrize("score", ["-0.01", "100.01"])
def test_a_score_out_of_range_has_no_grade(score: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        grade_of(D(score), scheme())


def test_another_set_of_grades_is_data() -> None:
    shanghai = (Grade("excellent", D(90)), Grade("good", D(75)), Grade("pass", D(60)), Grade("fail", D(0)))
    assert [grade_of(D(score), scheme(grades=shanghai)).code for score in (90, 75, 60, 59)] == [
        "excellent",
        "good",
        "pass",
        "fail",
    ]


@pytest.mark.parametrize(
    ("full_year", "executed", "rate", "points"),
    [
        (1000, 1000, D(1), D("10.00")),
        (1000, 900, D("0.9"), D("9.00")),
        (1000, 1200, D("1.2"), D("10.00")),
        (1000, 0, D(0), D("0.00")),
        (89974, 89974, D(1), D("10.00")),
        (1000, -50, D("-0.05"), D("0.00")),
    ],
)
def test_execution_earns_its_share_and_never_more(
    full_year: int, executed: int, rate: Decimal, points: Decimal
) -> None:
    assert (execution_rate(full_year, executed), execution_score(full_year, executed, D(10))) == (rate, points)


@pytest.mark.parametrize(("full_year", "executed"), [(0, 0), (0, 5), (None, 5), (100, None)])
def test_without_a_budget_execution_is_not_scored_at_all(full_year: int | None, executed: int | None) -> None:
    assert (execution_rate(full_year, executed), execution_score(full_year, executed, D(10))) == (None, None)


@pytest.mark.parametrize(
    ("target", "actual", "points"),
    [
        (50, 50, "10.00"),
        (50, 25, "5.00"),
        (50, 80, "10.00"),
        (3, 1, "3.33"),
        (3, 2, "6.67"),
        (50, 0, "0.00"),
        (50, -5, "0.00"),
    ],
)
def test_more_is_better(target: int, actual: int, points: str) -> None:
    assert indicator_score(result(target, actual), scheme()) == D(points)


@pytest.mark.parametrize(
    ("target", "actual", "points"),
    [(30, 30, "10.00"), (30, 10, "10.00"), (30, 60, "5.00"), (30, 0, "10.00"), (30, 45, "6.67")],
)
def test_less_is_better(target: int, actual: int, points: str) -> None:
    assert indicator_score(result(target, actual, reverse=True), scheme()) == D(points)


@pytest.mark.parametrize(
    ("target", "actual", "reverse", "points"),
    [
        (0, 0, False, "10.00"),
        (0, 5, False, "10.00"),
        (0, -1, False, "0.00"),
        (0, 0, True, "10.00"),
        (0, 1, True, "0.00"),
        (-5, -3, False, "10.00"),
        (-5, -6, False, "0.00"),
    ],
)
def test_a_target_of_nought_or_less_is_reached_or_not(target: int, actual: int, reverse: bool, points: str) -> None:
    assert indicator_score(result(target, actual, reverse=reverse), scheme()) == D(points)


@pytest.mark.parametrize(("actual", "points"), [(30, "10.00"), (45, "5.00"), (60, "0.00"), (90, "0.00")])
def test_the_mirrored_formula_takes_off_what_was_too_much(actual: int, points: str) -> None:
    mirrored = scheme(reverse_formula=Formula.MIRRORED)
    assert indicator_score(result(30, actual, reverse=True), mirrored) == D(points)


@pytest.mark.parametrize(("actual", "points"), [(50, "10.00"), ("49.99", "0.00")])
def test_all_or_nothing_is_either(actual: Any, points: str) -> None:
    assert indicator_score(result(50, actual), scheme(formula=Formula.ALL_OR_NOTHING)) == D(points)


@pytest.mark.parametrize(("target", "actual"), [(None, 5), (5, None), (None, None)])
def test_what_is_not_reported_is_not_scored(target: int | None, actual: int | None) -> None:
    assert indicator_score(result(target, actual), scheme()) is None


@pytest.mark.parametrize(
    ("level", "share", "points"),
    [
        ("achieved", None, "10.00"),
        ("achieved", "0.85", "8.50"),
        ("partly", "0.5", "5.00"),
        ("not_achieved", "0", "0.00"),
        ("", None, None),
    ],
)
def test_a_qualitative_level_earns_within_its_band(level: str, share: str | None, points: str | None) -> None:
    reached = Result(D(10), Operator.QUALITATIVE, level=level, share=None if share is None else D(share))
    assert indicator_score(reached, scheme()) == (None if points is None else D(points))


@pytest.mark.parametrize(("level", "share"), [("partly", "0.9"), ("achieved", "0.5"), ("splendid", None)])
def test_a_share_outside_its_band_is_refused(level: str, share: str | None) -> None:
    reached = Result(D(10), Operator.QUALITATIVE, level=level, share=None if share is None else D(share))
    with pytest.raises(SchemeError):
        indicator_score(reached, scheme())


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": {"output": D(99)}},
        {"weights": {"output": D(110), "benefit": D(-10)}},
        {"grades": ()},
        {"grades": (Grade("good", D(80)), Grade("fair", D(60)))},
        {"grades": (Grade("fair", D(60)), Grade("good", D(80)), Grade("poor", D(0)))},
        {"bands": (Band("achieved", D("0.9"), D("0.8")),)},
    ],
    ids=["not_100", "negative", "no_grades", "not_down_to_0", "wrong_order", "band_upside_down"],
)
def test_a_scheme_that_cannot_be_scored_by_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemeError):
        scheme(**changes)


def test_what_could_not_be_scored_counts_in_neither_points_nor_weight() -> None:
    total = total_score([(D("8.50"), D(10)), (None, D(10)), (D("72.00"), D(80))])
    assert (total, total.of_100) == (Score(D("80.50"), D(90)), D("89.44"))


def test_nothing_scored_is_no_score() -> None:
    assert total_score([(None, D(10))]).of_100 is None


@pytest.mark.parametrize(
    ("target", "actual", "reverse", "too_easy"),
    [
        (100, 131, False, True),
        (100, 130, False, False),
        (100, 76, True, True),
        (100, 77, True, False),
        (0, 50, False, False),
        (100, 0, True, True),
    ],
)
def test_a_target_far_exceeded_was_too_easy(target: int, actual: int, reverse: bool, too_easy: bool) -> None:
    assert is_target_too_easy(result(target, actual, reverse=reverse), scheme()) is too_easy


numbers = st.decimals(min_value=-1000, max_value=10_000, places=4, allow_nan=False, allow_infinity=False)
formulas = st.sampled_from(Formula)


@given(target=numbers, worse=numbers, better=numbers, reverse=st.booleans(), formula=formulas)
def test_a_better_actual_never_lowers_a_score(
    target: Decimal, worse: Decimal, better: Decimal, reverse: bool, formula: Formula
) -> None:
    low, high = sorted((worse, better), reverse=reverse)
    chosen = scheme(formula=formula, reverse_formula=formula)
    assert achieved_share(result(target, low, reverse=reverse), chosen) <= achieved_share(  # type: ignore[operator]
        result(target, high, reverse=reverse), chosen
    )


@given(target=numbers, actual=numbers, reverse=st.booleans(), formula=formulas, weight=st.integers(1, 100))
def test_a_score_lies_between_nought_and_its_weight(
    target: Decimal, actual: Decimal, reverse: bool, formula: Formula, weight: int
) -> None:
    chosen = scheme(formula=formula, reverse_formula=formula)
    points = indicator_score(result(target, actual, reverse=reverse, weight=weight), chosen)
    assert points is not None
    assert 0 <= points <= weight


@given(st.decimals(min_value=0, max_value=100, places=3))
def test_every_score_has_a_grade(score: Decimal) -> None:
    assert grade_of(score, scheme()) in FOUR_GRADES
