"""The simple statistics, held to textbook values and to what must always be true of them."""

from __future__ import annotations

import statistics
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.analysis.distribution import (
    FEWEST,
    Method,
    histogram,
    outliers,
    quantile,
    rank_correlation,
    ranks,
    round_edges,
    summary,
)
from cms.analysis.drivers import contributions

D = Decimal
numbers = st.integers(-(10**12), 10**12).map(lambda cents: D(cents) / 100)
amounts = st.none() | st.integers(-(2**53), 2**53)


def decimals(*values: object) -> list[Decimal]:
    return [D(str(value)) for value in values]


def test_nothing_has_no_summary() -> None:
    assert summary([]) is None


@given(st.lists(numbers, min_size=2, max_size=40))
def test_quartiles_are_those_of_the_inclusive_method(values: list[Decimal]) -> None:
    found = summary(values)
    assert found is not None
    expected = statistics.quantiles(values, n=4, method="inclusive")
    assert [found.lower_quartile, found.median, found.upper_quartile] == expected


@given(st.lists(numbers, min_size=1, max_size=40))
def test_a_summary_is_in_order(values: list[Decimal]) -> None:
    found = summary(values)
    assert found is not None
    five = [found.minimum, found.lower_quartile, found.median, found.upper_quartile, found.maximum]
    assert five == sorted(five)


@given(st.lists(numbers, min_size=1, max_size=60))
def test_a_histogram_counts_every_value_once_between_its_edges(values: list[Decimal]) -> None:
    bins = histogram(values)
    assert sum(found.count for found in bins) == len(values)
    assert (len(bins) <= 10, bins[0].lower <= min(values), max(values) <= bins[-1].upper) == (True, True, True)


def test_edges_are_round() -> None:
    assert round_edges(D(3), D(97)) == decimals(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)


def test_the_upper_edge_belongs_to_the_last_bin() -> None:
    bins = histogram(decimals(0, "0.5", 1), decimals(0, "0.5", 1))
    assert [found.count for found in bins] == [1, 2]


@pytest.mark.parametrize("n", range(FEWEST))
def test_below_eight_values_nothing_is_called_an_outlier(n: int) -> None:
    found = outliers([D(0)] * max(0, n - 1) + [D(10**9)] * min(1, n))
    assert (found.method, found.n, found.apart) == (Method.TOO_FEW, n, [])


def test_robust_z_is_that_of_the_textbook() -> None:
    found = outliers(decimals("2.1", "2.6", "2.4", "2.5", "2.3", "2.1", "2.3", "2.6", "8.2", "8.3"))
    assert (found.method, found.apart) == (Method.MAD, [8, 9])
    assert found.z[8] is not None
    # Median 2.45, MAD 0.15: 0.6745 x 5.75 / 0.15.
    assert found.z[8].quantize(D("0.001")) == D("25.856")


def test_where_most_values_are_the_same_the_mean_distance_is_used() -> None:
    found = outliers([D(100)] * 9 + [D(20)])
    assert (found.method, found.apart) == (Method.MEAN_DISTANCE, [9])


def test_values_that_are_all_the_same_have_no_outlier() -> None:
    found = outliers([D(100)] * 9)
    assert (found.method, found.apart) == (Method.ALL_EQUAL, [])


@given(st.lists(numbers, min_size=FEWEST, max_size=30), numbers, st.sampled_from(decimals("0.5", 2, 4)))
def test_outliers_do_not_depend_on_the_unit_or_the_zero(values: list[Decimal], shift: Decimal, scale: Decimal) -> None:
    assert outliers([value * scale + shift for value in values]).apart == outliers(values).apart


def test_equal_values_share_their_rank() -> None:
    assert ranks(decimals(5, 1, 5, 9)) == decimals("2.5", 1, "2.5", 4)


@pytest.mark.parametrize(
    ("second", "expected"),
    [(range(8), D(1)), (range(8, 0, -1), D(-1)), ((0, 2, 1, 3, 5, 4, 7, 6), D("0.928571428571"))],
    ids=["same", "reverse", "mixed"],
)
def test_rank_correlation(second: range, expected: Decimal) -> None:
    found = rank_correlation(decimals(*range(8)), decimals(*second))
    assert found is not None
    assert found.quantize(D("1e-12")) == expected


@pytest.mark.parametrize("values", [range(7), [3] * 8], ids=["too few", "no variation"])
def test_no_rank_correlation_where_it_would_mean_nothing(values: range) -> None:
    assert rank_correlation(decimals(*values), decimals(*range(len(values)))) is None


@given(st.lists(st.tuples(numbers, numbers), min_size=FEWEST, max_size=30))
def test_rank_correlation_is_symmetric_and_within_bounds(pairs: list[tuple[Decimal, Decimal]]) -> None:
    first, second = [a for a, _b in pairs], [b for _a, b in pairs]
    rho = rank_correlation(first, second)
    assert rho == rank_correlation(second, first)
    assert rho is None or -1 <= rho <= 1


@given(st.dictionaries(st.integers(0, 20), amounts), st.dictionaries(st.integers(0, 20), amounts))
def test_contributions_add_up_to_the_change_exactly(
    before: dict[int, int | None], after: dict[int, int | None]
) -> None:
    found = contributions(before, after)
    whole = sum(value or 0 for value in after.values()) - sum(value or 0 for value in before.values())
    assert sum(part.change for part in found) == whole
    assert [part.key for part in found] == [
        part.key for part in sorted(found, key=lambda p: (-abs(p.change), str(p.key)))
    ]


def test_shares_are_of_the_net_change() -> None:
    found = contributions({"a": 100, "b": 50, "c": 10}, {"a": 160, "b": 30, "d": 10})
    assert [(part.key, part.change, part.share) for part in found] == [
        ("a", 60, D(60) / 40),
        ("b", -20, D(-20) / 40),
        ("c", -10, D(-10) / 40),
        ("d", 10, D(10) / 40),
    ]
    assert [(part.is_new, part.is_gone) for part in found[2:]] == [(False, True), (True, False)]


def test_where_nothing_changed_there_are_no_shares() -> None:
    assert [part.share for part in contributions({"a": 1, "b": 2}, {"a": 2, "b": 1})] == [None, None]


@given(st.lists(numbers, min_size=1, max_size=20))
def test_the_median_is_that_of_the_standard_library(values: list[Decimal]) -> None:
    assert quantile(sorted(values), D("0.5")) == statistics.median(values)
