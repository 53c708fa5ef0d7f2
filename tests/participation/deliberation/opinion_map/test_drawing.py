from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from participation.deliberation.opinion_map.drawing import OpinionMap, draw_map
from participation.deliberation.opinion_map.reporting import as_data
from participation.deliberation.opinion_map.votes import Statement, Votes
from tests.participation.deliberation.opinion_map.camps import STATEMENTS, camps, votes_of


def members(drawn: OpinionMap) -> dict[int | str, list[int]]:
    return {id_: drawn.members(place) for place, id_ in enumerate(drawn.group_ids)}


def text(drawn: OpinionMap) -> str:
    return json.dumps(as_data(drawn), allow_nan=False)


def test_camps_are_found_and_the_largest_is_group_0() -> None:
    drawn = draw_map(camps(hill=12, river=20), STATEMENTS)
    assert members(drawn) == {0: list(range(12, 32)), 1: list(range(12))}
    assert drawn.silhouette > 0.8


def test_the_same_votes_in_another_order_give_the_same_bytes() -> None:
    votes = camps(river=20, hill=12, harbour=9)
    journal = list(zip(votes.participants[votes.rows], votes.statements[votes.columns], votes.values, strict=True))
    again = votes_of([tuple(map(int, vote)) for vote in reversed(journal)])  # type: ignore[misc]
    assert text(draw_map(votes, STATEMENTS)) == text(draw_map(again, STATEMENTS[::-1]))


def test_a_group_keeps_its_id_when_another_outgrows_it() -> None:
    first = draw_map(camps(hill=12, river=20), STATEMENTS)
    votes = camps(hill=12, river=20, harbour=0)
    more = votes_of(
        [
            (int(votes.participants[r]), int(votes.statements[c]), int(v))
            for r, c, v in zip(votes.rows, votes.columns, votes.values, strict=True)
        ]
        + [
            (100 + person, text_, vote)
            for person in range(15)
            for text_, vote in enumerate((-1, -1, -1, -1, 1, 1, 1, 1, 1, 1))
        ]
    )
    assert members(draw_map(more, STATEMENTS))[0][:12] == list(range(12))
    second = draw_map(more, STATEMENTS, memory=first.memory)
    assert {id_: len(people) for id_, people in members(second).items()} == {0: 20, 1: 27}


def test_another_number_of_groups_is_shown_when_it_was_best_four_times() -> None:
    drawn = draw_map(camps(river=20, hill=18), STATEMENTS)
    shown = []
    for _ in range(4):
        drawn = draw_map(camps(river=20, hill=18, harbour=16), STATEMENTS, memory=drawn.memory)
        shown.append(len(drawn.group_ids))
    assert shown == [2, 2, 2, 3]
    assert drawn.group_ids == (0, 1, 2)


def test_a_number_of_groups_that_is_no_longer_possible_is_given_up_at_once() -> None:
    earlier = draw_map(camps(river=20, hill=18, harbour=16), STATEMENTS)
    assert len(earlier.group_ids) == 3
    later = draw_map(
        votes_of([(person, text_, 1) for person in range(20) for text_ in range(10)]), STATEMENTS, memory=earlier.memory
    )
    assert len(later.group_ids) == 1


def test_axes_do_not_flip_between_drawings() -> None:
    first = draw_map(camps(river=20, hill=12), STATEMENTS)
    assert first.memory is not None
    flipped = {id_: (-x, -y) for id_, (x, y) in first.memory.axes.items()}
    second = draw_map(camps(river=20, hill=12), STATEMENTS, memory=replace(first.memory, axes=flipped))
    assert np.allclose(second.positions.participants[:, 0], -first.positions.participants[:, 0])


def test_declared_groups_are_taken_as_they_are() -> None:
    groups = {"departments": [5], "citizens": [0, 1, 2, 77], "enterprises": []}
    drawn = draw_map(camps(river=20, hill=12), STATEMENTS, groups=groups)
    assert members(drawn) == {"departments": [5], "citizens": [0, 1, 2], "enterprises": []}
    # Statement 8: one of one, three of three, and a half for those who have not spoken.
    assert drawn.consensus_agree[8] == 2 / 3 * 4 / 5 * 1 / 2
    assert as_data(drawn)["groups"][0] == {"id": "departments", "size": 1, "members": [5]}
    assert drawn.memory is None


def test_rejected_statements_and_those_about_the_conversation_are_not_analysed() -> None:
    statements = [Statement(id_, is_rejected=id_ == 0, is_meta=id_ == 9) for id_ in range(10)]
    drawn = draw_map(camps(river=20, hill=12), statements)
    assert not drawn.positions.axes[:, [0, 9]].any()
    assert drawn.priorities[9] == 49
    assert drawn.positions.axes[:, 1].any()
    compatible = draw_map(camps(river=20, hill=12), statements, compatible=True)
    assert compatible.priorities[9] != 49


def test_a_statement_without_votes_can_be_routed_but_moves_nobody() -> None:
    votes = camps(river=20, hill=12)
    with_it, without = as_data(draw_map(votes, [*STATEMENTS, Statement(33)])), as_data(draw_map(votes, STATEMENTS))
    assert with_it["participants"] == without["participants"]
    assert (with_it["priority"]["33"], with_it["group_informed_consensus"]["33"]) == (5.0625, 0.25)


def test_an_empty_conversation_is_an_empty_map() -> None:
    assert as_data(draw_map(votes_of([]), [])) == {
        "k": 0,
        "groups": [],
        "participants": {},
        "group_informed_consensus": {},
        "consensus": {"agree": [], "disagree": []},
        "representative": {},
        "priority": {},
    }


def test_a_single_participant_is_one_group_in_the_middle() -> None:
    data = as_data(draw_map(votes_of([(4, text_, 1) for text_ in range(10)]), STATEMENTS))
    assert (data["k"], data["groups"], data["participants"]) == (
        1,
        [{"id": 0, "size": 1, "members": [4]}],
        {"4": [0, 0]},
    )
    assert data["representative"] == {"0": []}


def test_identical_votes_are_one_group_in_the_middle() -> None:
    votes = votes_of([(person, text_, (-1) ** text_) for person in range(40) for text_ in range(10)])
    data = as_data(draw_map(votes, STATEMENTS))
    assert (data["k"], data["groups"][0]["size"]) == (1, 40)
    assert {tuple(place) for place in data["participants"].values()} == {(0, 0)}
    assert [entry["tid"] for entry in data["consensus"]["agree"]] == [0, 2, 4, 6, 8]
    assert [entry["tid"] for entry in data["consensus"]["disagree"]] == [1, 3, 5, 7, 9]


def test_only_banned_participants_leave_an_empty_map() -> None:
    assert as_data(draw_map(Votes.latest([1], [0], [1], banned=[1]), STATEMENTS))["k"] == 0
