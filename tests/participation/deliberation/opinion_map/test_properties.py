"""What holds for every conversation."""

from __future__ import annotations

import json
import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from participation.deliberation.opinion_map.drawing import draw_map
from participation.deliberation.opinion_map.reporting import as_data
from participation.deliberation.opinion_map.tallies import group_informed_consensus
from participation.deliberation.opinion_map.votes import Statement
from tests.participation.deliberation.opinion_map.camps import votes_of

FEW = settings(max_examples=25)
STATEMENTS = [Statement(id_, is_rejected=id_ == 2, is_meta=id_ == 5) for id_ in range(9)]


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    people, texts = draw(st.integers(0, 25)), draw(st.integers(1, 9))
    cells = draw(st.lists(st.sampled_from([1, 1, 0, -1, None]), min_size=people * texts, max_size=people * texts))
    return [(place // texts, place % texts, vote) for place, vote in enumerate(cells) if vote is not None]


@FEW
@given(conversations())
def test_every_conversation_has_a_map_of_finite_numbers(journal: list[tuple[int, int, int]]) -> None:
    for compatible in (False, True):
        data = as_data(draw_map(votes_of(journal), STATEMENTS, compatible=compatible))
        json.dumps(data, allow_nan=False)
        assert len(data["participants"]) == len({person for person, _, _ in journal})
        assert all(0 < score < 1 or data["k"] == 0 for score in data["group_informed_consensus"].values())
        grouped = [member for group in data["groups"] for member in group["members"]]
        assert len(set(grouped)) == len(grouped) == sum(group["size"] for group in data["groups"])
        assert all(group["size"] for group in data["groups"])


@FEW
@given(conversations())
def test_opposite_votes_give_the_opposite_map(journal: list[tuple[int, int, int]]) -> None:
    ours = draw_map(votes_of(journal), STATEMENTS, groups={"even": range(0, 25, 2), "odd": range(1, 25, 2)})
    theirs = draw_map(
        votes_of([(person, text, -vote) for person, text, vote in journal]),
        STATEMENTS,
        groups={"even": range(0, 25, 2), "odd": range(1, 25, 2)},
    )
    assert ours.positions.center.tolist() == (-theirs.positions.center).tolist()
    assert ours.consensus_agree.tolist() == theirs.consensus_disagree.tolist()
    # The same people represent the same statements, with the other answer.
    assert [entry.statement for entry in ours.consensus["agree"]] == [
        entry.statement for entry in theirs.consensus["disagree"]
    ]


@FEW
@given(conversations(), st.integers(2, 6))
def test_consensus_does_not_count_heads(journal: list[tuple[int, int, int]], times: int) -> None:
    """Multiplying one group changes its own share at most, never the weight of the other."""
    groups = {"even": range(0, 25, 2), "odd": range(1, 25, 2)}
    votes = votes_of(journal)
    assume(len(votes.participants))
    tallies = draw_map(votes, STATEMENTS, groups=groups).tallies
    many = type(tallies)(*(part * np.array([[times], [1]]) for part in tallies))
    before, after = group_informed_consensus(tallies)[0], group_informed_consensus(many)[0]
    own = (tallies.agree[0] + 1) / (tallies.seen[0] + 2)
    grown = (times * tallies.agree[0] + 1) / (times * tallies.seen[0] + 2)
    assert all(math.isclose(x * g, y * o) for x, y, o, g in zip(before, after, own, grown, strict=True))


@FEW
@given(conversations())
def test_the_memory_of_a_map_leaves_the_same_map_as_it_is(journal: list[tuple[int, int, int]]) -> None:
    votes = votes_of(journal)
    first = draw_map(votes, STATEMENTS)
    second = draw_map(votes, STATEMENTS, memory=first.memory)
    assert as_data(second)["groups"] == as_data(first)["groups"]
    assert np.allclose(second.positions.participants, first.positions.participants, atol=1e-6)
