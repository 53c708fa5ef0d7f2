"""Every bad input gives a clear message or a defined result, never a traceback or NaN."""

import json
from fractions import Fraction
from typing import Any

import pytest

from participation.decisions.deciding.decision import UnreadableDecision
from participation.decisions.deciding.reading import read_decision
from participation.decisions.deciding.reporting import decide, report


def made(**changes: Any) -> dict[str, Any]:
    return {
        "ratings": {"citizens": {"A": [8, 7, 6], "SQ": [3, 3, None]}, "offices": {"A": [6, 6, 6], "SQ": [4, 4, 4]}},
        **changes,
    }


def raw(**changes: Any) -> bytes:
    return json.dumps(made(**changes)).encode()


def rated(value: Any) -> dict[str, Any]:
    return {"citizens": {"A": [8, 7, value], "SQ": [3, 3, 3]}, "offices": {"A": [6, 6, 6], "SQ": [4, 4, 4]}}


def test_everything_that_is_not_said_has_its_default() -> None:
    decision, compensation = read_decision(raw())
    assert compensation is None
    assert (decision.status_quo, decision.round, decision.weights) == (
        "SQ",
        1,
        {"citizens": Fraction(1, 2), "offices": Fraction(1, 2)},
    )
    assert decision.groups[0].ratings.tolist() == [[8, 3], [7, 3], [6, -1]]


def test_everything_can_be_said() -> None:
    decision, compensation = read_decision(
        raw(
            options={"A": {"cost": "12.50"}, "SQ": {}},
            status_quo="SQ",
            weights={"offices": "1/4", "citizens": 0.75},
            params={"accept_min": "2/3", "tie": 0.05, "rounds": 4},
            groups={
                "citizens": {"open": True, "strata": ["n", "n", "s"], "population": {"n": 10, "s": 20}, "quorum": 2}
            },
            lot=["SQ", "A"],
            round=4,
            extensions_used=1,
            objections=[
                {"option": "A", "group": "offices", "harm": "law", "part": "3.1", "state": "sustained", "ballot": 1}
            ],
            petitions=[{"option": "A", "group": "offices", "signers": "roster", "signatures": 3, "out_of": 9}],
            compensation={
                "option": "A",
                "measures": {"bus": 0.5},
                "conditional": {"offices": [[0, "bus", 9]]},
                "limit": 1,
            },
        )
    )
    assert decision.weights == {"citizens": Fraction(3, 4), "offices": Fraction(1, 4)}
    assert (decision.options[0].cost, decision.charter.accept_min, decision.charter.tie) == (
        Fraction(25, 2),
        Fraction(2, 3),
        Fraction(1, 20),
    )
    assert compensation is not None
    assert (compensation.limit, compensation.measures[0].cost) == (1, Fraction(1, 2))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "This is not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "The file must be a JSON object"),
        (b"{}", "ratings must be a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"ratings": NaN}', "NaN is not a number"),
        (b'{"ratings": {"g": {}, "g": {}}}', "g is given twice"),
        (b'{"round": ' + b"9" * 5000 + b"}", "integer"),
        (raw(ratings={}), "There is no group|must be one of the options"),
        (raw(ratings={"g": {"SQ": [1, 2, 3]}}), "no option besides the status quo"),
        (raw(ratings={"g": {"A": [1], "B": [2]}}), "status quo .SQ. must be one of the options"),
        (raw(ratings={"g": {"A": [1, 2], "SQ": [2]}}), "one rating in every list for each ballot"),
        (raw(ratings={"g": {"A": [1], "SQ": [2]}, "h": {"SQ": [2]}}), "look at A in h"),
        (raw(ratings={"g": {"A": "7", "SQ": [2]}}), "ratings of g for A must be a list"),
        (raw(ratings=rated(11)), "Ballot 2 of citizens rates A with 11"),
        (raw(ratings=rated(-1)), "rates A with -1"),
        (raw(ratings=rated(7.5)), "rates A with 7.5"),
        (raw(ratings=rated("7")), 'rates A with "7"'),
        (raw(ratings=rated(True)), "rates A with true"),
        (raw(ratings=rated("x" * 10_000_000)), "rates A with .{40}…"),
        (raw(weights={"citizens": 1}), "look at offices"),
        (raw(weights={"citizens": 1, "offices": 0}), "above zero"),
        (raw(weights={"citizens": 1, "offices": "1/0"}), "weight of offices must be a number"),
        (raw(weights={"citizens": "1e999999999", "offices": 1}), "weight of citizens must be a number"),
        (b'{"ratings": {}, "weights": {"g": 1e999999999}}', "1e999999999 is not a number"),
        (raw(weights={"citizens": 0.123456789, "offices": 1}), "too fine"),
        (raw(params={"accept": 1}), "accept is not a parameter"),
        (raw(params={"accept_min": 2}), "accept_min must be between 0 and 1"),
        (raw(params={"accept_from": 1}), "accept_from must be above oppose_to"),
        (raw(params={"rounds": 0}), "at least 1"),
        (raw(params={"rounds": "3"}), "rounds must be a whole number"),
        (raw(round=4), "between 1 and 3"),
        (raw(lot=["A"]), "every option once"),
        (raw(options={"A": {"cost": -1}, "SQ": {}}), "cost of A cannot be negative"),
        (raw(options={"A": {}, "B": {}, "SQ": {}}), "look at B in citizens"),
        (raw(groups={"nobody": {}}), "nobody has no ratings"),
        (raw(groups={"citizens": {"open": 1}}), "true or false"),
        (raw(groups={"citizens": {"roster": 2}}), "only 2 may vote"),
        (raw(groups={"citizens": {"strata": ["n"], "population": {"n": 1}}}), "one stratum for each of its 3 ballots"),
        (raw(groups={"citizens": {"strata": ["n", "n", "s"], "population": {"n": 1}}}), "stratum s"),
        (raw(groups={"citizens": {"strata": ["n", "n", "n"], "population": {"n": 0}}}), "above zero"),
        (raw(objections=[{"option": "Z", "group": "offices", "harm": "law", "state": "filed"}]), "about Z"),
        (raw(objections=[{"option": "A", "group": "z", "harm": "law", "state": "filed"}]), "comes from z"),
        (
            raw(objections=[{"option": "A", "group": "offices", "harm": "dislike", "state": "filed"}]),
            "must be one of rights",
        ),
        (
            raw(objections=[{"option": "A", "group": "offices", "harm": "law", "state": "filed", "ballot": 3}]),
            "ballot 3",
        ),
        (raw(petitions=[{"option": "A", "group": "offices", "signers": "roster"}]), "signatures of a petition"),
        (raw(compensation={"option": "Z", "measures": {}}), "about Z"),
        (raw(compensation={"option": "A", "measures": {"bus": -1}}), "cannot be negative"),
        (
            raw(compensation={"option": "A", "measures": {"bus": 1}, "conditional": {"offices": [[0, "bus"]]}}),
            "must be",
        ),
        (raw(compensation={"option": "A", "measures": {f"m{n}": 1 for n in range(61)}}), "At most 60"),
    ],
    ids=range(50),
)
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableDecision, match=message):
        read_decision(data)


@pytest.mark.parametrize("empty", [{}, {"A": [], "SQ": []}], ids=["no columns", "no ballots"])
def test_empty_group_has_a_defined_result_without_any_number_that_is_none(empty: dict[str, Any]) -> None:
    decision, _ = read_decision(raw(ratings={**made()["ratings"], "firms": empty}))
    found = report(decide(decision))
    assert (found["decision"]["status"], found["decision"]["not_heard"]) == ("extend", ["firms"])
    assert (found["result"]["A"]["balanced"], found["winners"]["leximin"]) == (None, None)
    json.dumps(found, allow_nan=False)


def test_all_groups_empty_is_a_missed_quorum() -> None:
    decision, _ = read_decision(raw(ratings={"g": {"A": [], "SQ": []}}))
    found = report(decide(decision))
    assert (found["decision"]["status"], found["winners"]["pooled"]) == ("extend", None)
    json.dumps(found, allow_nan=False)
