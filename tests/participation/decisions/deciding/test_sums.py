"""A group of few ballots that is told by its sums decides as its ballots would."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from participation.decisions.deciding.choosing import choose, winners
from participation.decisions.deciding.decision import Decision, Sums, UnreadableDecision
from participation.decisions.deciding.figures import count, marks
from participation.decisions.deciding.packages import Compensation, Condition, Measure
from participation.decisions.deciding.reading import read_decision
from participation.decisions.deciding.reporting import decide, report
from tests.participation.decisions.deciding.ballots import SQ, always_the_same, columns, decision, same
from tests.participation.decisions.deciding.test_properties import ROUNDS, Rated


def told_by_sums(made: Decision, id_: str) -> Decision:
    """The same decision with the ballots of a group added up."""
    (few,) = (group for group in made.groups if group.id == id_)
    sums = Sums(few.ballots, marks(few.ratings, made.objecting(few), made.charter).sum(axis=1))
    short = replace(few, ratings=np.empty((0, few.ratings.shape[1]), dtype=np.int8), sums=sums)
    return replace(made, groups=[short if group is few else group for group in made.groups])


@always_the_same
@given(columns(), ROUNDS)
def test_sums_decide_as_the_ballots_do(rated: Rated, round_: int) -> None:
    made = decision(rated, round=round_)
    for id_ in rated:
        added = told_by_sums(made, id_)
        assert count(added) == count(made)
        assert choose(added, count(added)) == choose(made, count(made))
        assert winners(added, count(added)) == winners(made, count(made))


def test_samples_take_a_group_of_sums_as_a_whole_and_no_ballot_of_it_is_changed() -> None:
    made = decision({"few": {"A": same(6), SQ: same(3)}, "many": {"A": [9, 8, 0, 7], SQ: same(3)}})
    found = decide(told_by_sums(made, "few"), resamples=20).robustness
    assert found is not None
    assert sum(found.wins.values()) == 20
    assert found.smallest_change is not None
    assert found.smallest_change.group == "many"


def test_a_group_of_so_few_that_nothing_is_told_is_not_heard() -> None:
    data: dict[str, Any] = {"ratings": {"few": {}, "many": {"A": same(8), SQ: same(3)}}}
    read, _compensation = read_decision(json.dumps({**data, "groups": {"few": {"told": False}}}).encode())
    found = report(decide(read, resamples=2))["decision"]
    assert (found["status"], found["not_heard"], found["ballots"]) == ("extend", ["few"], {"few": None, "many": 4})


def test_the_search_for_measures_leaves_out_what_is_told_by_sums() -> None:
    made = told_by_sums(decision({"few": {"A": same(2), SQ: same(5)}, "many": {"A": [4, 4, 9, 9], SQ: same(3)}}), "few")
    search = Compensation(made, "A", [Measure("bus", Fraction(3))], [Condition("many", 0, "bus", 6)])
    found = search.cheapest_sufficient()
    assert (search.not_asked, found and found.measures) == (["few"], ())
    with pytest.raises(UnreadableDecision, match="told by its sums"):
        replace(search, conditions=[Condition("few", 0, "bus", 6)])


@pytest.mark.parametrize(
    ("sums", "message"),
    [
        ({"ballots": 3, "options": {"A": [3, 31, 3, 3, 0], SQ: None}}, "do not fit"),
        ({"ballots": 3, "options": {"A": [4, 20, 3, 4, 0], SQ: None}}, "do not fit"),
        ({"ballots": 3, "options": {"A": [3, 20, 3, 3], SQ: None}}, "five numbers"),
        ({"ballots": 3, "options": {"A": None}}, "look at SQ"),
        ({"ballots": -3, "options": {"A": None, SQ: None}}, "whole number"),
        ([3], "JSON object"),
    ],
    ids=["above ten", "more rated than ballots", "four numbers", "an option less", "fewer than none", "no object"],
)
def test_sums_that_cannot_be_are_refused(sums: Any, message: str) -> None:
    data = {"ratings": {"few": {}, "many": {"A": same(8), SQ: same(3)}}, "groups": {"few": {"sums": sums}}}
    with pytest.raises(UnreadableDecision, match=message):
        read_decision(json.dumps(data).encode())
