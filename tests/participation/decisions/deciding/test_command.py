import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

RATINGS = {"citizens": {"A": [8, 7, 6], "SQ": [3, 3, 3]}, "offices": {"A": [6, 6, 6], "SQ": [4, 4, 4]}}


def answer(path: Path, *arguments: str, **about: Any) -> str:
    file = path / "decision.json"
    file.write_text(json.dumps({"ratings": RATINGS, **about}), "utf-8")
    out = StringIO()
    call_command("decide", file, *arguments, stdout=out)
    return out.getvalue()


def test_json_has_figures_decision_reasons_and_robustness(tmp_path: Path) -> None:
    found = json.loads(answer(tmp_path, "--json", "--resamples=10"))
    assert list(found) == [
        "decision", "result", "nash_vs_status_quo", "winners", "explanation", "weights", "params", "robustness",
    ]  # fmt: skip
    assert (found["decision"]["status"], found["decision"]["option"]) == ("decided", "A")
    assert found["result"]["A"]["U"] == {"citizens": ["7/10", 0.7], "offices": ["3/5", 0.6]}
    assert found["robustness"]["bootstrap"]["same"] == ["1", 1.0]


def test_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    assert answer(tmp_path, "--json") == answer(tmp_path, "--json")


def test_words_name_the_option_and_every_groups_utility(tmp_path: Path) -> None:
    assert answer(tmp_path, "--resamples=0").splitlines() == [
        "decided: A (round 1)",
        "  A: accepted_by_all; citizens 0.70, offices 0.60",
        "  SQ: status quo; citizens 0.30, offices 0.40",
        "  acceptable: A",
    ]


@pytest.mark.parametrize("arguments", [["--resamples=-1"], ["--seed=-1"]])
def test_negative_numbers_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="cannot be negative"):
        answer(tmp_path, *arguments)


def test_faults_of_the_file_are_told_without_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="The round must be between 1 and 3"):
        answer(tmp_path, round=7)
    with pytest.raises(CommandError, match="No such file"):
        call_command("decide", tmp_path / "absent.json")
