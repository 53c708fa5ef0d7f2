"""What is kept: messages a second with everything that a message asks for, and what it costs to come back."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from participation.discussion.entries import entries_of
from participation.discussion.models import Room
from participation.discussion.posting import Draft, post_messages
from participation.discussion.queries import entries_since
from participation.discussion.topics import joined
from tests.bench.realtime.measuring import cookie_of, database_url, load, served
from tests.factories import CITIZEN, make_consultation, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
OUTSTANDING = 20
MISSED = 50


@pytest.fixture(autouse=True)
def _unlimited() -> Iterator[None]:
    with override_settings(WRITE_RATES=dict.fromkeys(settings.WRITE_RATES, "100000/second")):
        yield


def told(capsys: pytest.CaptureFixture[str], **figures: Any) -> None:
    with capsys.disabled():
        print(json.dumps({"bench": "realtime", "database": connection.vendor, **figures}))


def test_messages_stored_together_against_a_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours with rights, number, history and leaf; the other is a bare row in a transaction of its own."""
    consultation, author = make_consultation(), make_user()
    text = "x" * 200
    ours, bare = 0.0, 0.0
    for _round in range(ROUNDS):
        drafts = [Draft(author, CITIZEN, text, uuid4()) for _number in range(OUTSTANDING)]
        started = time.perf_counter()
        post_messages(consultation, drafts)
        ours += time.perf_counter() - started
        started = time.perf_counter()
        for _number in range(OUTSTANDING):
            Session.objects.create(session_key=uuid4().hex, session_data=text, expire_date=timezone.now())
        bare += time.perf_counter() - started
    number = ROUNDS * OUTSTANDING
    told(
        capsys,
        what="stored",
        ours_per_second=round(number / ours),
        bare_rows_per_second=round(number / bare),
        ratio=round(bare / ours, 2),
    )


def test_messages_a_second_over_sockets_against_the_tutorial_with_a_row_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Twenty people, each of whom says the next thing as soon as the last is stored; all of them hear everything."""
    cookies = [cookie_of(make_user()) for _number in range(OUTSTANDING)]
    plan = {"listeners": OUTSTANDING, "senders": OUTSTANDING, "outstanding": OUTSTANDING, "until": "own"}
    here = {"DATABASE_URL": database_url(), "REDIS_URL": ""}
    with served("durable-tutorial", "daphne", **here) as (port, process):
        tutorial = load(port, process, **plan)
    found = {}
    for server in ("daphne", "uvicorn"):
        # A room of its own: what the other server stored would be heard again.
        path = f"/ws/consultations/{make_consultation().row_id}/"
        with served("portal", server, **here) as (port, process):
            found[server] = load(port, process, **plan, path=path, frame="send", cookies=cookies)
    told(
        capsys,
        what="durable",
        tutorial=tutorial,
        found=found,
        ratios={
            server: round(figures["messages_per_second"] / tutorial["messages_per_second"], 1)
            for server, figures in found.items()
        },
        # What a busy machine disturbs less.
        ratios_by_processor={
            server: round(tutorial["server_processor_ms_per_message"] / figures["server_processor_ms_per_message"], 1)
            for server, figures in found.items()
        },
    )
    for room in Room.objects.all():
        assert list(room.events.values_list("seq", flat=True)) == list(range(1, room.last_seq + 1))


def test_coming_back_from_memory_against_the_database(capsys: pytest.CaptureFixture[str]) -> None:
    consultation, author = make_consultation(), make_user()
    said = post_messages(consultation, [Draft(author, CITIZEN, "x" * 200, uuid4()) for _number in range(MISSED)])
    room = said[0].event.room  # type: ignore[union-attr]
    ring = entries_of(room, [each.event for each in said])  # type: ignore[union-attr]

    def replay(entries: Any) -> None:
        assert joined([entry.text("en", is_concerned=False, is_mine=False) for entry in entries]).frame

    replay(ring)
    taken = {"memory": 0.0, "database": 0.0}
    for _round in range(20 * ROUNDS):
        started = time.process_time()
        replay(ring)
        taken["memory"] += time.process_time() - started
        started = time.process_time()
        replay(entries_since(room, 0))
        taken["database"] += time.process_time() - started
    told(
        capsys,
        what="resume",
        microseconds={name: round(1e6 * spent / 20 / ROUNDS, 1) for name, spent in taken.items()},
        ratio=round(taken["database"] / taken["memory"], 1),
    )
    assert taken["memory"] < taken["database"]
