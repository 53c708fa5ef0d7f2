from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from participation.deliberation.opinion_map.tallies import Sides, Tallies, group_informed_consensus, priority
from tests.participation.deliberation.opinion_map.camps import votes_of


def tallies(agree: list[list[int]], disagree: list[list[int]], seen: list[list[int]]) -> Tallies:
    return Tallies(np.array(agree), np.array(disagree), np.array(seen))


def test_counts_by_group_leave_out_whoever_is_in_none() -> None:
    votes = votes_of([(0, 0, 1), (0, 1, 0), (1, 0, -1), (2, 0, 1), (3, 1, 1)])
    counted = Tallies.of(votes, np.array([0, 0, 1, -1]), 2)
    assert [part.tolist() for part in counted] == [[[1, 0], [1, 0]], [[1, 0], [0, 0]], [[2, 1], [1, 0]]]
    assert [part.tolist() for part in counted.rest] == [[[1, 0], [1, 0]], [[0, 0], [1, 0]], [[1, 0], [2, 1]]]


def test_figures_of_one_group_by_hand() -> None:
    # 7 of 8 agree here, 2 of 10 in the rest.
    side = Sides.of(tallies([[7], [2]], [[1], [6]], [[8], [10]])).agree
    assert side.probability[0, 0] == 8 / 10
    assert side.probability_test[0, 0] == pytest.approx(2 * sqrt(9) * (8 / 9 - 1 / 2))
    assert side.repness[0, 0] == pytest.approx((8 / 10) / (3 / 12))
    both = 11 / 20
    assert side.repness_test[0, 0] == pytest.approx((8 / 9 - 3 / 11) / sqrt(both * (1 - both) * (1 / 9 + 1 / 11)))


def test_where_everybody_everywhere_agrees_no_group_differs() -> None:
    assert Sides.of(tallies([[3], [5]], [[0], [0]], [[3], [5]])).agree.repness_test.tolist() == [[0], [0]]


def test_consensus_counts_a_group_once_however_large() -> None:
    agree, disagree = group_informed_consensus(tallies([[998], [0]], [[0], [2]], [[998], [2]]))
    assert agree == pytest.approx([999 / 1000 * 1 / 4])
    assert disagree == pytest.approx([1 / 1000 * 3 / 4])


def test_a_group_without_votes_counts_a_half() -> None:
    assert group_informed_consensus(tallies([[1], [0]], [[0], [0]], [[2], [0]]))[0] == pytest.approx([2 / 4 * 1 / 2])


def test_priority_by_hand() -> None:
    counted = tallies([[3], [1]], [[1], [1]], [[5], [5]])
    # A 4, D 2, S 10, P 4, E 0.5.
    importance = (1 - 5 / 12) * 1.5 * 5 / 12
    expected = (importance * (1 + 8 * 2**-2)) ** 2
    assert priority(counted, np.array([0.5]), np.array([False])) == pytest.approx([expected])
    assert priority(counted, np.array([0.5]), np.array([True])).tolist() == [49]


def test_what_nobody_has_voted_on_is_urgent() -> None:
    assert priority(tallies([[0]], [[0]], [[0]]), np.zeros(1), np.array([False])) == pytest.approx([(0.25 * 9) ** 2])
