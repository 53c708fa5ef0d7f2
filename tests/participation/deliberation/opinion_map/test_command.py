from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.participation.deliberation.opinion_map.camps import STATEMENTS, camps

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    votes = camps(river=20, hill=12)
    rows = [
        f"{number},Fri,{votes.statements[column]},{votes.participants[row]},{value}"
        for number, (row, column, value) in enumerate(zip(votes.rows, votes.columns, votes.values, strict=True))
    ]
    content = {
        "votes": ["timestamp,datetime,comment-id,voter-id,vote", *rows],
        "comments": ["comment-id,moderated", *(f"{statement.id},1" for statement in STATEMENTS)],
        "groups_from": [
            "participant,group-id",
            *(f"{person},{'odd' if person % 2 else 'even'}" for person in range(32)),
        ],
    }
    for name, lines in content.items():
        (tmp_path / name).write_text("\n".join(lines), "utf-8")
    return {name: tmp_path / name for name in content}


def run(files: dict[str, Path], **options: object) -> str:
    out = StringIO()
    call_command("opinion_map", votes=files["votes"], comments=files["comments"], stdout=out, **options)
    return out.getvalue()


def test_the_map_is_printed_as_json(files: dict[str, Path]) -> None:
    data = json.loads(run(files, json=True))
    assert list(data) == [
        "k", "groups", "participants", "group_informed_consensus", "consensus", "representative", "priority",
    ]  # fmt: skip
    assert [(group["id"], group["size"]) for group in data["groups"]] == [(0, 20), (1, 12)]


def test_the_map_is_told_in_lines(files: dict[str, Path]) -> None:
    assert run(files).splitlines()[0] == "32 participants, 2 groups"


def test_given_groups_are_used(files: dict[str, Path]) -> None:
    data = json.loads(run(files, json=True, groups_from=files["groups_from"]))
    assert [(group["id"], group["size"]) for group in data["groups"]] == [("even", 16), ("odd", 16)]


def test_the_same_bytes_come_without_the_portal(files: dict[str, Path]) -> None:
    arguments = ["--votes", files["votes"], "--comments", files["comments"], "--json"]
    alone = "import runpy, sys; runpy.run_module('participation.deliberation.opinion_map', run_name='__main__'); assert 'django' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", alone, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == run(files, json=True)


def test_what_was_passed_over_is_said_beside_the_map(files: dict[str, Path]) -> None:
    files["votes"].write_text(files["votes"].read_text("utf-8") + "\n99,Fri,777,1,1\n", "utf-8")
    notes = StringIO()
    run(files, stderr=notes)
    assert notes.getvalue() == "Left out: 1 votes on statements that the comments do not list (777).\n"


def test_a_bad_file_is_named(files: dict[str, Path]) -> None:
    files["comments"].write_text("nothing", "utf-8")
    with pytest.raises(CommandError, match=r"^comments: The file of comments has no column comment-id"):
        run(files)


def test_a_missing_file_is_named(files: dict[str, Path]) -> None:
    files["votes"].unlink()
    with pytest.raises(CommandError, match="votes: No such file"):
        run(files)
