"""The count of an award: one person one vote, every group the same weight, no small group told apart."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from participation.recognition.counting import TOGETHER, Vote, count_of, groups_counted

GROUPS = ("citizen", "enterprise", "research")


def votes(group: str, *chosen: set[int]) -> list[Vote]:
    return [(group, frozenset(each)) for each in chosen]


def count(cast: list[Vote], opinions: dict[int, list[Decimal]] | None = None, *, jury_percent: int = 50) -> dict:
    found = count_of([1, 2], cast, opinions or {}, jury_percent=jury_percent, groups=GROUPS)
    return {case.nomination: case for case in found.cases}


def test_a_group_of_five_weighs_as_much_as_one_of_fifty() -> None:
    cast = votes("citizen", *[{1}] * 50) + votes("enterprise", *[{2}] * 5)
    cases = count(cast)
    assert (cases[1].public, cases[2].public) == (Decimal("50.0"), Decimal("50.0"))


def test_groups_of_fewer_than_five_are_counted_as_one() -> None:
    cast = votes("citizen", *[{1}] * 5) + votes("enterprise", *[{2}] * 3) + votes("research", *[{2}] * 2)
    assert {group: len(cell) for group, cell in groups_counted(cast).items()} == {"citizen": 5, TOGETHER: 5}
    assert count(cast)[2].public == Decimal("50.0")


def test_fewer_than_five_together_are_not_counted_and_nobody_can_be_picked_out() -> None:
    cast = votes("citizen", *[{1}] * 6, {2}) + votes("enterprise", {2})
    cases = count(cast)
    assert (cases[1].by_group, cases[2].by_group) == ({"citizen": None}, {"citizen": None})
    assert list(groups_counted(cast)) == ["citizen"]


def test_the_jury_counts_by_its_median_and_its_weight() -> None:
    cast = votes("citizen", *[{1}] * 5)
    cases = count(cast, {1: [Decimal(10), Decimal(60), Decimal(70)], 2: [Decimal(90)]}, jury_percent=25)
    assert (cases[1].jury, cases[1].total, cases[2].total) == (Decimal("60.0"), Decimal("90.0"), Decimal("22.5"))


def test_where_the_jury_or_the_public_is_missing_the_other_stands_alone() -> None:
    assert count([], {1: [Decimal(80)]})[1].total == Decimal("80.0")
    assert count(votes("citizen", *[{1}] * 5))[1].total == Decimal("100.0")
    assert count([])[1].total is None


@given(st.lists(st.tuples(st.sampled_from(GROUPS), st.frozensets(st.sampled_from([1, 2]), min_size=1)), max_size=40))
def test_the_public_score_is_the_mean_of_the_groups_and_stays_within_0_and_100(cast: list[Vote]) -> None:
    cells = groups_counted(cast)
    for nomination, case in count(cast).items():
        if not cells:
            assert case.public is None
            continue
        shares = [Fraction(sum(nomination in chosen for chosen in cell), len(cell)) for cell in cells.values()]
        exact = sum(shares, Fraction(0)) / len(shares) * 100
        assert case.public is not None
        assert Decimal(0) <= case.public <= Decimal(100)
        assert abs(Fraction(case.public) - exact) <= Fraction(1, 20)


@given(st.lists(st.tuples(st.sampled_from(GROUPS), st.just(frozenset({1}))), max_size=40))
def test_no_counted_cell_is_smaller_than_five(cast: list[Vote]) -> None:
    assert all(len(cell) >= 5 for cell in groups_counted(cast).values())
