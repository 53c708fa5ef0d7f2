from __future__ import annotations

import numpy as np

from participation.deliberation.opinion_map.selecting import consensus_statements, representative_statements
from participation.deliberation.opinion_map.tallies import Sides, Tallies
from tests.participation.deliberation.opinion_map.camps import camps

IDS = np.arange(10)
NONE_OUT = np.zeros(10, bool)


def of_camps(**sizes: int) -> Tallies:
    return Tallies.of(camps(**sizes), np.repeat(np.arange(len(sizes)), list(sizes.values())), len(sizes))


def listed(tallies: Tallies, out: np.ndarray = NONE_OUT) -> list[list[tuple[int, str]]]:
    chosen = representative_statements(Sides.of(tallies), IDS, out)
    return [[(entry.statement, entry.direction) for entry in group] for group in chosen]


def test_each_group_has_at_most_five_of_its_own_with_agreement_first() -> None:
    river, hill = listed(of_camps(river=20, hill=20))
    assert [direction for _, direction in river] == sorted(direction for _, direction in river)
    assert len(river) == len(hill) == 5
    assert {direction for id_, direction in river if id_ < 4} == {"agree"}
    assert {direction for id_, direction in river if 4 <= id_ < 8} == {"disagree"}
    # What both agree on stands for neither.
    assert not {8, 9} & {id_ for id_, _ in river + hill}


def test_the_best_agreed_statement_is_marked() -> None:
    chosen = representative_statements(Sides.of(of_camps(river=20, hill=20)), IDS, NONE_OUT)
    assert [[entry.is_best_agree for entry in group] for group in chosen] == [[True] + [False] * 4] * 2


def test_a_statement_that_is_out_is_never_listed() -> None:
    tallies = of_camps(river=20, hill=20)
    out = np.isin(IDS, [0, 9])
    assert not {0, 9} & {id_ for group in listed(tallies, out) for id_, _ in group}
    assert [entry.statement for entry in consensus_statements(tallies.total, IDS, out)["agree"]] == [8]


def test_a_group_without_significance_has_its_best_agreed_or_what_differs_most() -> None:
    # Two people, one vote each: nothing is significant. Group 0 leans to agree, group 1 is against.
    tallies = Tallies(np.array([[1, 0], [0, 0]]), np.array([[0, 0], [1, 0]]), np.array([[1, 0], [1, 0]]))
    chosen = representative_statements(Sides.of(tallies), np.array([4, 5]), np.zeros(2, bool))
    assert [[(entry.statement, entry.direction) for entry in group] for group in chosen] == [
        [(4, "agree")],
        [(4, "disagree")],
    ]


def test_a_single_group_has_nothing_to_differ_from() -> None:
    assert listed(of_camps(river=20)) == [[]]


def test_where_all_statements_are_out_nothing_is_listed() -> None:
    assert listed(of_camps(river=20, hill=20), np.ones(10, bool)) == [[], []]


def test_consensus_is_over_everybody_and_at_equality_the_lower_id_comes_first() -> None:
    chosen = consensus_statements(of_camps(river=20, hill=20).total, IDS, NONE_OUT)
    assert [(entry.statement, entry.count, entry.seen) for entry in chosen["agree"]] == [(8, 36, 40), (9, 36, 40)]
    assert chosen["disagree"] == []
