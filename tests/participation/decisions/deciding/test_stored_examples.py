"""The examples that were computed elsewhere: equal to the last digit."""

import json
from typing import Any

import pytest

from participation.decisions.deciding.reading import read_decision
from participation.decisions.deciding.reporting import decide, report
from tests.data import SHARED

ORACLE = SHARED / "data" / "oracle" / "decision"
pytestmark = pytest.mark.skipif(
    not ORACLE.is_dir(), reason="stored decisions are expected beside the repository, in ../shared/data/oracle"
)


def stored(name: str) -> dict[str, Any]:
    return json.loads((ORACLE / name).read_text("utf-8"))


def reported(data: dict[str, Any]) -> dict[str, Any]:
    decision, compensation = read_decision(json.dumps(data).encode())
    return json.loads(json.dumps(report(decide(decision, resamples=0), compensation)))


@pytest.mark.parametrize("part", ["result", "winners", "nash_vs_status_quo", "compensation"])
def test_first_example_is_reproduced(part: str) -> None:
    example = stored("example1.json")
    assert reported(example)[part] == example[part]


def test_first_example_decides_for_the_option_whose_worst_off_group_is_best_off() -> None:
    decided = reported(stored("example1.json"))["decision"]
    assert (decided["status"], decided["option"], decided["eligible"]) == ("decided", "B", ["B", "C"])


def test_brigaded_example_is_reproduced_and_no_option_stays_acceptable() -> None:
    example = stored("example1.json")
    for option, ratings in example["ratings"]["citizens"].items():
        ratings += [10 if option == "A" else 0] * 400
    found = reported(example)
    assert (found["result"], found["winners"]["acceptable"]) == (stored("example1_brigaded.json"), [])
    assert (found["decision"]["status"], found["decision"]["option"]) == ("revise", None)
