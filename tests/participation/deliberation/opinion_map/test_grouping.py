from __future__ import annotations

import numpy as np
import pytest

from participation.deliberation.opinion_map import grouping
from participation.deliberation.opinion_map.grouping import (
    best_groupings,
    best_of,
    k_means,
    kept_names,
    mean_silhouettes,
    ordered,
    who_is_grouped,
)
from tests.participation.deliberation.opinion_map.camps import votes_of


def active(*counts: int) -> list[tuple[int, int, int]]:
    return [(person, text, 1) for person, count in enumerate(counts) for text in range(count)]


def test_people_with_seven_votes_are_grouped() -> None:
    votes = votes_of(active(*[7] * 15, 6, 8))
    assert who_is_grouped(votes).tolist() == [*range(15), 16]


def test_with_few_statements_fewer_votes_suffice() -> None:
    votes = votes_of(active(*[3] * 15, 2))
    assert who_is_grouped(votes).tolist() == list(range(15))


def test_up_to_fifteen_the_most_active_join() -> None:
    votes = votes_of(active(9, 1, 3, 8, 2, *[5] * 10, 1, 1))
    assert who_is_grouped(votes).tolist() == [0, 1, 2, 3, 4, *range(5, 15)]


def test_whoever_was_in_stays_in() -> None:
    votes = votes_of(active(*[7] * 15, 6, 2))
    assert who_is_grouped(votes, [16, 99]).tolist() == [*range(15), 16]


def test_a_silhouette_by_hand() -> None:
    points = np.array([[0.0, 0], [1, 0], [4, 0], [9, 0]])
    # Own 1, other (4 + 9) / 2; own 1, other (3 + 8) / 2; own 5, other 3.5; own 5, other 8.5.
    expected = (5.5 / 6.5 + 4.5 / 5.5 + -1.5 / 5 + 3.5 / 8.5) / 4
    # Somebody alone counts 0: own 1, other 4; own 1, other 3; own 0.
    assert mean_silhouettes(points, [np.array([0, 0, 1, 1])]) == pytest.approx([expected])
    assert mean_silhouettes(points[:3], [np.array([0, 0, 1])]) == pytest.approx([(3 / 4 + 2 / 3 + 0) / 3])


def test_silhouettes_in_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.column_stack([np.arange(40.0) % 7, np.arange(40.0) // 9])
    labellings = [np.arange(40) % 2, np.arange(40) // 14]
    whole = mean_silhouettes(points, labellings)
    monkeypatch.setattr(grouping, "BLOCK", 6)
    assert mean_silhouettes(points, labellings) == pytest.approx(whole)


def test_beyond_a_size_a_fixed_sample_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    side = np.repeat([0.0, 10.0], 500)
    points = np.column_stack([side + np.cos(np.arange(1000)), np.sin(np.arange(1000) * 3)])
    labels = (side > 5).astype(np.int64)
    exact = mean_silhouettes(points, [labels])[0]
    monkeypatch.setattr(grouping, "EXACT_UP_TO", 500)
    monkeypatch.setattr(grouping, "SAMPLE", 400)
    sampled = mean_silhouettes(points, [labels])[0]
    assert sampled != exact
    assert sampled == pytest.approx(exact, abs=0.01)


def test_k_means_by_hand() -> None:
    points = np.array([[0.0, 0], [1, 0], [10, 0], [11, 0], [12, 0]])
    assert k_means(points, points[:2]).tolist() == [0, 0, 1, 1, 1]


def test_an_empty_group_takes_the_furthest_person() -> None:
    points = np.array([[0.0, 0], [1, 0], [2, 0], [30, 0]])
    assert k_means(points, np.array([[1.0, 0], [500, 0]])).tolist() == [0, 0, 0, 1]


def clusters(*sizes: int) -> np.ndarray:
    """Tight clumps far from each other."""
    centres = [(0, 0), (40, 0), (0, 40), (40, 40), (80, 0)]
    return np.array(
        [
            (x + number % 5, y + number // 5)
            for (x, y), size in zip(centres, sizes, strict=False)
            for number in range(size)
        ],
        float,
    )


@pytest.mark.parametrize("sizes", [(20, 15), (20, 15, 12), (20, 15, 12, 9), (20, 15, 12, 9, 7)], ids=len)
def test_the_number_of_clumps_is_found(sizes: tuple[int, ...]) -> None:
    found = best_of(best_groupings(clusters(*sizes)))
    assert np.bincount(ordered(found.labels, found.k)).tolist() == list(sizes)


def test_one_person_far_away_is_no_group() -> None:
    points = np.vstack([clusters(30, 30), [[-500.0, 0.0]]])
    assert np.bincount(best_of(best_groupings(points, compatible=True)).labels).min() == 1
    assert sorted(np.bincount(best_of(best_groupings(points)).labels)) == [30, 31]


def test_where_all_are_in_one_place_there_is_one_group() -> None:
    found = best_groupings(np.zeros((20, 2)))
    assert [(k, entry.labels.tolist(), entry.silhouette) for k, entry in found.items()] == [(1, [0] * 20, 0.0)]


def test_no_people_no_groups() -> None:
    assert best_groupings(np.zeros((0, 2))) == {}


def test_groups_are_ordered_by_size_then_by_first_member() -> None:
    assert ordered(np.array([2, 0, 1, 1, 0, 1]), 3).tolist() == [2, 1, 0, 0, 1, 0]
    assert ordered(np.array([1, 0, 1, 0]), 2).tolist() == [0, 1, 0, 1]


def test_a_group_keeps_the_name_it_shares_most_people_with() -> None:
    people = np.arange(8)
    labels = np.array([1, 1, 1, 0, 0, 0, 2, 2])
    assert kept_names(labels, 3, people, {0: [0, 1, 2, 3], 1: [4, 5, 6]}) == [1, 0, 2]
    assert kept_names(labels, 3, people, {}) == [0, 1, 2]


def test_a_new_group_takes_no_name_that_was_in_use() -> None:
    assert kept_names(np.array([0, 0, 1]), 2, np.arange(3), {0: [0, 1], 1: [7, 8]}) == [0, 2]
