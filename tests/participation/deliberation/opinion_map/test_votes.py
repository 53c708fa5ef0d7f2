from __future__ import annotations

import pytest

from participation.deliberation.opinion_map.votes import UnreadableVotes, Votes


def cells(votes: Votes) -> dict[tuple[int, int], int]:
    return {
        (int(votes.participants[row]), int(votes.statements[column])): int(value)
        for row, column, value in zip(votes.rows, votes.columns, votes.values, strict=True)
    }


def test_the_latest_vote_by_time_counts_wherever_it_stands() -> None:
    assert cells(Votes.latest([7, 7, 9], [3, 3, 3], [1, -1, 0], [20, 10, 5])) == {(7, 3): 1, (9, 3): 0}


def test_at_equal_time_the_later_row_counts() -> None:
    assert cells(Votes.latest([7, 9, 7], [3, 3, 3], [1, 0, -1], [10, 5, 10])) == {(7, 3): -1, (9, 3): 0}


def test_without_times_the_later_row_counts() -> None:
    assert cells(Votes.latest([7, 7], [3, 3], [1, 0])) == {(7, 3): 0}


def test_banned_participants_and_what_only_they_voted_on_are_gone() -> None:
    votes = Votes.latest([1, 2, 2], [5, 5, 6], [1, -1, 1], banned={2})
    assert (votes.participants.tolist(), votes.statements.tolist(), cells(votes)) == ([1], [5], {(1, 5): 1})


def test_ids_are_in_ascending_order_and_activity_counts_passes() -> None:
    votes = Votes.latest([12, 3, 3], [40, 8, 40], [0, 1, 0])
    assert (votes.participants.tolist(), votes.statements.tolist()) == ([3, 12], [8, 40])
    assert votes.per_participant.tolist() == [2, 1]


@pytest.mark.parametrize("value", [2, -2])
def test_another_value_is_refused(value: int) -> None:
    with pytest.raises(UnreadableVotes, match="-1"):
        Votes.latest([1], [1], [value])
