from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from participation.deliberation.opinion_map.positions import place
from tests.participation.deliberation.opinion_map.camps import camps, votes_of

NONE_OUT = np.zeros(2, bool)


def test_a_missing_vote_counts_as_the_mean_and_few_votes_are_scaled_up() -> None:
    # Statement 0: +1, -1. Statement 1: +1, -1, and 0 by somebody who has not voted on statement 0.
    votes = votes_of([(0, 0, 1), (0, 1, 1), (1, 0, -1), (1, 1, -1), (2, 1, 0)])
    placed = place(votes, NONE_OUT)
    assert placed.center == pytest.approx([0, 0])
    assert placed.axes == pytest.approx(np.array([[1 / sqrt(2), 1 / sqrt(2)], [0, 0]]))
    # p_i = sqrt(C / n_i) * sum: sqrt(2/2) * 2/sqrt(2), the opposite, and nothing.
    assert placed.participants == pytest.approx(np.array([[sqrt(2), 0], [-sqrt(2), 0], [0, 0]]))
    # The extremity of both is sqrt(2) times (1 - 0) divided by sqrt(2).
    assert placed.extremity == pytest.approx([1, 1])


def test_a_statement_that_is_out_moves_nobody_but_counts_as_seen_by_all() -> None:
    votes = votes_of([(0, 0, 1), (1, 0, -1), (1, 1, 1)])
    placed = place(votes, np.array([False, True]))
    assert placed.axes.tolist() == [[1, 0], [0, 0]]
    assert placed.participants[:, 0] == pytest.approx([1, -1])
    assert placed.extremity[1] == 0


def test_the_largest_loading_is_positive() -> None:
    placed = place(camps(river=20, hill=12, harbour=9), np.zeros(10, bool))
    assert placed.axes.max(axis=1) == pytest.approx(np.abs(placed.axes).max(axis=1))


def test_an_axis_keeps_the_direction_it_had() -> None:
    votes, out = camps(river=20, hill=12, harbour=9), np.zeros(10, bool)
    first = place(votes, out)
    again = place(votes, out, -first.axes)
    assert again.axes.tolist() == (-first.axes).tolist()
    assert again.participants == pytest.approx(-first.participants)


def test_axes_equal_those_of_a_dense_decomposition() -> None:
    votes = camps(river=20, hill=12, harbour=9)
    dense = np.zeros(votes.shape)
    dense[votes.rows, votes.columns] = votes.values
    _, _, vectors = np.linalg.svd(dense - dense.mean(axis=0), full_matrices=False)
    axes = place(votes, np.zeros(10, bool)).axes
    assert np.abs(np.einsum("ij,ij->i", axes, vectors[:2])) == pytest.approx([1, 1])


def test_the_sparse_decomposition_agrees_with_the_dense_one(monkeypatch: pytest.MonkeyPatch) -> None:
    votes, out = camps(river=20, hill=12, harbour=9), np.zeros(10, bool)
    dense = place(votes, out)
    monkeypatch.setattr("participation.deliberation.opinion_map.positions.SMALL", 3)
    assert place(votes, out).participants == pytest.approx(dense.participants, abs=1e-12)


def test_nobody_differs_nobody_moves() -> None:
    placed = place(votes_of([(person, text, 1) for person in range(20) for text in range(12)]), np.zeros(12, bool))
    assert not placed.participants.any()
    assert not placed.axes.any()
