"""No small number of people can be read, or worked out, from what is published."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.small_cells import LEAST, parts_of_one_total, share, without_small_cells


def possible_values(counts: dict[str, int]) -> dict[str, set[int]]:
    """What somebody who knows the rule can conclude of each withheld cell: every table that is published alike."""
    published = without_small_cells(counts)
    hidden = [cell for cell, count in published.cells.items() if count is None]
    found: dict[str, set[int]] = {cell: set() for cell in hidden}
    most = max(counts.values()) + LEAST
    for values in product(range(most + 1), repeat=len(hidden)):
        guess = {**counts, **dict(zip(hidden, values, strict=True))}
        if published.total is not None and sum(values) != sum(counts[cell] for cell in hidden):
            continue
        if without_small_cells(guess) == published:
            for cell, value in zip(hidden, values, strict=True):
                found[cell].add(value)
    return found


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=1))
def test_no_small_cell_is_shown_or_can_be_worked_out(counts: dict[str, int]) -> None:
    published = without_small_cells(counts)
    assert [count for count in published.cells.values() if count is not None and 0 < count < LEAST] == []
    assert [cell for cell, values in possible_values(counts).items() if len(values) < 2] == []


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 1000), min_size=1))
def test_what_is_shown_is_true(counts: dict[str, int]) -> None:
    published = without_small_cells(counts)
    assert {cell: counts[cell] for cell, count in published.cells.items() if count is not None} == {
        cell: count for cell, count in published.cells.items() if count is not None
    }
    assert published.total in (None, sum(counts.values()))


@pytest.mark.parametrize(
    ("counts", "shown", "total"),
    [
        ({"a": 7, "b": 0, "c": 12}, {"a": 7, "b": 0, "c": 12}, 19),
        ({"a": 3, "b": 20, "c": 8}, {"a": None, "b": 20, "c": None}, 31),
        ({"a": 1, "b": 1, "c": 8}, {"a": None, "b": None, "c": None}, 10),
        ({"a": 3, "b": 4, "c": 8}, {"a": None, "b": None, "c": 8}, 15),
        ({"a": 4, "b": 4, "c": 8, "d": 8}, {"a": None, "b": None, "c": None, "d": None}, 24),
        ({"a": 3, "b": 0}, {"a": None, "b": 0}, None),
        ({}, {}, 0),
    ],
    ids=["nothing-small", "one-small", "two-of-one", "two-small", "equal", "alone", "empty"],
)
def test_a_total_that_would_tell_takes_another_cell_along(
    counts: dict[str, int], shown: dict[str, int | None], total: int | None
) -> None:
    published = without_small_cells(counts)
    assert (published.cells, published.total) == (shown, total)


def test_a_table_does_not_tell_the_total_that_another_withholds() -> None:
    by_kind, by_group = parts_of_one_total({"a": 3, "b": 3, "c": 0}, {"x": 6})
    assert (by_kind.cells, by_kind.total) == ({"a": None, "b": None, "c": 0}, None)
    assert (by_group.cells, by_group.total) == ({"x": None}, None)


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(5, 10, 0.5), (0, 10, 0.0), (10, 10, 1.0), (4, 10, None), (6, 10, None), (0, 4, None)],
)
def test_a_share_is_told_of_five_or_more_on_both_sides(part: int, whole: int, told: float | None) -> None:
    assert share(part, whole) == told
