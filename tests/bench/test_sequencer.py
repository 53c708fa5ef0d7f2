"""How fast leaves get their numbers, what the outbox costs an action, and that memory does not grow with the log."""

from __future__ import annotations

import json
import time
from typing import Any

import psutil
import pytest
from django.db import connection

from participation.feedback import actions
from participation.feedback.actions import submit_feedback
from privacy.log.models import LogEntry
from privacy.log.sequencer import publish_checkpoint, sequence_pending
from tests.factories import CITIZEN, make_consultation, make_user
from tests.log_entries import fill_outbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
ENTRIES = 10_000
MANY_ENTRIES = 100_000
TRANSACTIONS = 100
ROUNDS = 4


def told(capsys: pytest.CaptureFixture[str], name: str, **figures: Any) -> None:
    with capsys.disabled():
        print("\n" + json.dumps({"bench": name, "database": connection.vendor, **figures}))


def test_entries_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    fill_outbox(ENTRIES)
    wall, busy = time.perf_counter(), time.process_time()
    assert sequence_pending() == ENTRIES
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    signing = time.perf_counter()
    publish_checkpoint()
    signing = time.perf_counter() - signing
    told(
        capsys,
        "sequencer",
        entries=ENTRIES,
        entries_per_second=round(ENTRIES / wall),
        entries_per_second_of_this_process=round(ENTRIES / busy),
        checkpoint_over_all_seconds=round(signing, 3),
    )


def test_actions_with_the_outbox_against_without(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    consultation, author = make_consultation(), make_user()

    # Of the processor, not of the clock: other work on the machine is not the action's.
    def submit(count: int) -> float:
        started = time.process_time()
        for number in range(count):
            submit_feedback(
                consultation,
                line=None,
                kind="question",
                body=f"为什么？{number}",
                standing=CITIZEN,
                acting_user=author,
            )
        return time.process_time() - started

    submit(20)
    taken = {"with": 0.0, "without": 0.0}
    for _round in range(ROUNDS):
        taken["with"] += submit(TRANSACTIONS)
        with monkeypatch.context() as patch:
            patch.setattr(actions, "append_leaf", lambda *args, **kwargs: None)
            taken["without"] += submit(TRANSACTIONS)
    rates = {name: TRANSACTIONS * ROUNDS / seconds for name, seconds in taken.items()}
    told(
        capsys,
        "outbox",
        transactions_per_processor_second_with=round(rates["with"]),
        transactions_per_processor_second_without=round(rates["without"]),
        ratio=round(rates["with"] / rates["without"], 3),
    )
    assert rates["with"] / rates["without"] >= 0.6


def test_memory_stays_flat(capsys: pytest.CaptureFixture[str]) -> None:
    process = psutil.Process()
    held: dict[int, int] = {}
    for size in range(ENTRIES, MANY_ENTRIES + 1, ENTRIES):
        fill_outbox(ENTRIES)
        sequence_pending()
        publish_checkpoint()
        held[size] = process.memory_info().rss
    assert LogEntry.objects.count() == MANY_ENTRIES
    megabytes = {size: round(rss / 2**20, 1) for size, rss in held.items()}
    growth = held[MANY_ENTRIES] / held[ENTRIES]
    told(
        capsys,
        "sequencer memory",
        resident_megabytes_at_10k=megabytes[ENTRIES],
        resident_megabytes_at_100k=megabytes[MANY_ENTRIES],
        ratio=round(growth, 3),
    )
    assert growth < 1.15
