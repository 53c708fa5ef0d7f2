"""Nothing that was acknowledged is lost, doubled or seen in another order, whatever fails.

Real PostgreSQL and Redis (``-p tests.services --services``), two servers, people whose connections break at random, a
channel layer that loses messages, each server killed once, Redis killed once. ``BENCH_CHAOS`` says how many messages:
100,000 in ``make bench``, 20,000 in ``make chaos``, which is part of what every submission has to pass.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from participation.discussion.models import Event
from tests.bench.realtime.measuring import asked, cookie_of, database_url, free_port, started
from tests.factories import make_consultation, make_user
from tests.services import REDIS_OPTIONS, find_redis, redis_answers

MESSAGES = int(os.environ.get("BENCH_CHAOS", "1000"))
PEOPLE = 20
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


class World:
    """Two servers and a Redis that can be killed and come back."""

    def __init__(self, folder: str) -> None:
        self.folder, self.redis_port = folder, free_port()
        self.redis = self._redis()
        self.env = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "CHAOS": "1",
        }
        self.ports = [free_port(), free_port()]
        self.servers = [started("portal", "uvicorn", port, **self.env) for port in self.ports]

    def _redis(self) -> subprocess.Popen[bytes]:
        command = [str(find_redis()), "--port", str(self.redis_port), "--dir", self.folder, *REDIS_OPTIONS]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while not redis_answers(self.redis_port):
            time.sleep(0.05)
        return process

    def kill_server(self, number: int) -> None:
        self.servers[number].kill()
        self.servers[number].wait()
        self.servers[number] = started("portal", "uvicorn", self.ports[number], **self.env)

    def kill_redis(self) -> None:
        self.redis.kill()
        self.redis.wait()
        time.sleep(1)
        self.redis = self._redis()

    def end(self) -> None:
        for process in (*self.servers, self.redis):
            process.kill()
            process.wait()


@contextmanager
def failing(*steps: Callable[[], None]) -> Iterator[list[str]]:
    """Take the steps one after the other while the messages come in, evenly spread."""
    done: list[str] = []
    is_over = threading.Event()

    def watch() -> None:
        try:
            for number, step in enumerate(steps, start=1):
                while Event.objects.count() < MESSAGES * number // (len(steps) + 1):
                    if is_over.wait(0.2):
                        return
                with suppress(RuntimeError):
                    step()
                    done.append(step.__name__)
        finally:
            connection.close()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield done
    finally:
        is_over.set()
        watching.join()


def test_every_acknowledged_message_is_stored_once_and_everybody_ends_with_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs real servers: -p tests.services --services")
    consultation = make_consultation()
    with tempfile.TemporaryDirectory(prefix="gongzhi-chaos-") as folder:
        world = World(folder)

        def first_server() -> None:
            world.kill_server(0)

        def second_server() -> None:
            world.kill_server(1)

        plan = {
            "ports": world.ports,
            "path": f"/ws/consultations/{consultation.row_id}/",
            "events": reverse("participation:discussion:events", args=[consultation.row_id]),
            "cookies": [cookie_of(make_user()) for _number in range(PEOPLE)],
            "messages": MESSAGES,
            "outstanding": 10,
            "session_seconds": 10,
        }
        try:
            with failing(first_server, world.kill_redis, second_server) as done:
                found: dict[str, Any] = asked("chaos", plan)
        finally:
            world.end()
    acked = found.pop("acked")
    with capsys.disabled():
        print(json.dumps({"bench": "realtime", "what": "chaos", "messages": len(acked), "failed": done, **found}))
    stored = {str(cid): seq for cid, seq in Event.objects.values_list("client_id", "seq")}
    assert found["faults"] == []
    assert done == ["first_server", "kill_redis", "second_server"]
    assert stored == acked
    assert sorted(stored.values()) == list(range(1, MESSAGES + 1))
    assert (found["last"], found["sequences"]) == ([MESSAGES], 1)
