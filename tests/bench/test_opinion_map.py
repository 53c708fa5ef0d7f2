"""How fast an opinion map is drawn: against red-dwarf on a real conversation, and for a city that votes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from participation.deliberation.opinion_map.drawing import draw_map
from participation.deliberation.opinion_map.reading import read_statements, read_votes
from participation.deliberation.opinion_map.votes import Votes
from tests.data import SHARED

ROOT = Path(__file__).resolve().parents[2]
CONVERSATION = SHARED / "data" / "polis" / "vtaiwan.uberx"
ROUNDS = 5

CITY = """
import json, resource, time
import numpy as np
from participation.deliberation.opinion_map.drawing import draw_map
from participation.deliberation.opinion_map.votes import Statement, Votes

people, statements, each = 20_000, 1_500, 60
lot = np.random.default_rng(1)
rows = np.repeat(np.arange(people), each)
columns = np.concatenate([lot.choice(statements, each, replace=False) for _ in range(people)])
camp = lot.integers(0, 3, people)
leaning = lot.normal(size=(3, statements))[camp[rows], columns] + lot.normal(size=rows.size)
values = np.where(leaning > 0.5, 1, np.where(leaning < -0.5, -1, 0))
times = np.arange(rows.size)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.process_time()
drawn = draw_map(Votes.latest(rows, columns, values, times), [Statement(id_) for id_ in range(statements)])
spent = time.process_time() - started
print(json.dumps({
    "people": people, "statements": statements, "votes": int(rows.size), "groups": len(drawn.group_ids),
    "CPU seconds": round(spent, 2),
    "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "MB before": before // 1024,
}))
"""


def cpu(call: Callable[[], object]) -> float:
    """The best of some rounds, in CPU seconds of this process."""
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        call()
        spent.append(time.process_time() - started)
    return min(spent)


@pytest.mark.skipif(
    not CONVERSATION.is_dir(), reason="real conversations are expected beside the repository, in ../shared/data"
)
def test_a_real_conversation_is_drawn_ten_times_as_fast_as_by_red_dwarf() -> None:
    polis = pytest.importorskip("reddwarf.implementations.polis", reason="red-dwarf is in requirements-bench.lock")
    statements = read_statements((CONVERSATION / "comments.csv").read_bytes())
    votes, _ = read_votes((CONVERSATION / "votes.csv").read_bytes()).votes(statements)
    people, asked = votes.participants[votes.rows].tolist(), votes.statements[votes.columns].tolist()
    values = votes.values.tolist()
    records = [
        {"participant_id": person, "statement_id": text, "vote": value}
        for person, text, value in zip(people, asked, values, strict=True)
    ]
    out = [statement.id for statement in statements if statement.is_rejected]

    measured = {
        "red-dwarf": cpu(lambda: polis.run_pipeline(votes=records, mod_out_statement_ids=out, random_state=42)),
        "compatible": cpu(lambda: draw_map(Votes.latest(people, asked, values), statements, compatible=True)),
        "with our deviations": cpu(lambda: draw_map(Votes.latest(people, asked, values), statements)),
    }
    ratios = {f"{name}, times as fast": round(measured["red-dwarf"] / spent, 1) for name, spent in measured.items()}
    print(json.dumps({"votes": len(values), "CPU seconds": {k: round(v, 4) for k, v in measured.items()}, **ratios}))
    assert ratios["compatible, times as fast"] >= 10
    assert ratios["with our deviations, times as fast"] >= 10


def test_a_city_of_twenty_thousand_is_drawn_in_three_seconds_of_cpu_and_a_gigabyte() -> None:
    done = subprocess.run([sys.executable, "-c", CITY], cwd=ROOT, capture_output=True, text=True, check=True)
    print(done.stdout)
    measured = json.loads(done.stdout)
    assert measured["groups"] == 3
    assert measured["CPU seconds"] <= 3
    assert measured["peak MB"] <= 1024
