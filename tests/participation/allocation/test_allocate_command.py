"""``manage.py allocate``."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from participation.allocation.counting import pabulib
from tests.participation.allocation.elections import election

ONE = election({"B": 4, "A": 6, "C": 4}, ["BA", "C"], 10)


@pytest.fixture
def ballots(tmp_path: Path) -> Path:
    file = tmp_path / "ballots.pb"
    file.write_text(pabulib.write(ONE), encoding="utf-8")
    return file


def allocated(file: Path, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("allocate", file, "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def test_the_result_is_json(ballots: Path) -> None:
    found = allocated(ballots, "--completion", "add1", "--ties", "lexicographic")
    assert found == {
        "winners": ["A", "C"],
        "cost": 10,
        "budget": 10,
        "share": "9",
        "rounds": 2,
        "runs": 6,
        "tie_breaks": 1,
        "completed": [],
        "certificate": {"share": "9", "cost": 10, "next": {"share": "10", "cost": 14}},
        "comparison": {"greedy": ["A", "B"], "prefer_result": 1, "prefer_greedy": 1, "decided_by": "shares"},
    }


@pytest.mark.parametrize(
    ("options", "winners", "share"),
    [
        ("", ["B", "C"], "5"),
        ("--completion add1 --stop exhaustive --ties lexicographic", ["B", "C"], "5"),
        ("--completion add1u --ties lexicographic", ["A", "C"], "9"),
        ("--completion utilitarian --utility cardinality", ["B", "C"], "5"),
        ("--utility points", ["B", "C"], "5"),
        ("--rule greedy --ties lexicographic", ["A", "B"], None),
        ("--rule greedy --utility cardinality --ties lexicographic", ["B", "C"], None),
        ("--rule phragmen --ties lexicographic", ["B", "C"], None),
    ],
)
def test_every_rule_can_be_asked_for(ballots: Path, options: str, winners: list[str], share: str | None) -> None:
    found = allocated(ballots, *options.split())
    assert (found["winners"], found["share"]) == (winners, share)


def test_ties_follow_a_lot(ballots: Path, tmp_path: Path) -> None:
    lot = tmp_path / "lot.txt"
    lot.write_text("C\nB\nA\n")
    assert allocated(ballots, "--ties", str(lot))["winners"] == ["C", "B"]


def test_the_table_for_people_says_the_same(ballots: Path) -> None:
    out = StringIO()
    call_command("allocate", ballots, "--completion", "add1u", "--ties", "lexicographic", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split() for line in lines[1:3]] == [["1", "6", "1", "A"], ["2", "4", "1", "C"]]
    assert lines[3:6] == [
        "2 projects for 10 of 10.",
        "Every vote decided on 9.00; shares tried: 6; ties that the order decided: 1.",
        "Counted a second time in fractions throughout: the same winners.",
    ]


def test_the_ballot_file_is_written_with_the_winners_marked(ballots: Path, tmp_path: Path) -> None:
    written = tmp_path / "result.pb"
    allocated(ballots, "--write", str(written))
    found = pabulib.read(written.read_text("utf-8"))
    assert {project.id: project.details["selected"] for project in found.projects} == {"A": "0", "B": "1", "C": "1"}
    assert allocated(written)["winners"] == ["B", "C"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (None, "", "No such file"),
        (b"\xff\xfe", "", "is not text in UTF-8 (byte 0)"),
        (b"", "", "no section META"),
        (b"META\nkey;value\nbudget;0\nvote_type;approval\nPROJECTS\nproject_id;cost\nA;1\nVOTES\nvoter_id;vote\n1;A\n", "", "above zero"),
        (b"", "--rule greedy --completion none", "no section META"),
        (pabulib.write(ONE).encode(), "--rule greedy --completion add1", "leave out --completion"),
        (pabulib.write(ONE).encode(), "--ties absent.txt", "absent.txt: No such file or directory"),
        (pabulib.write(ONE).encode(), "--ties /dev/null", "The lot is empty"),
        (pabulib.write(ONE).encode(), "--write /", "Is a directory"),
        (pabulib.write(ONE).encode(), "--completion all", "invalid choice: 'all'"),
        (pabulib.write(ONE).encode(), "--rule borda", "invalid choice: 'borda'"),
    ],
    ids=[
        "absent", "not-text", "empty", "zero-budget", "empty-greedy", "greedy-completed", "no-lot", "empty-lot",
        "not-writable", "completion", "rule",
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, content: bytes | None, options: str, message: str
) -> None:
    file = tmp_path / "ballots.pb"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        call_command("allocate", file, *options.split(), stdout=StringIO())
    assert message in str(caught.value)
