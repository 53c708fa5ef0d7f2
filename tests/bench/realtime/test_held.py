"""Many open pages for a long time, and how soon a right that ends is felt on one of them."""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any

import pytest
from django.db import connection

from participation.stakeholders.models import Appointment, Role, User
from tests.bench.realtime.load import connect, frame_of
from tests.bench.realtime.measuring import asked, cookie_of, database_url, served
from tests.factories import make_consultation, make_moderator, make_user

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "50"))
HELD_SECONDS = float(os.environ.get("BENCH_HELD_SECONDS", "3"))
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def told(capsys: pytest.CaptureFixture[str], **figures: Any) -> None:
    with capsys.disabled():
        print(json.dumps({"bench": "realtime", "database": connection.vendor, **figures}))


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_open_pages_are_held_and_cost_little(capsys: pytest.CaptureFixture[str], server: str) -> None:
    path = f"/ws/consultations/{make_consultation().row_id}/"
    with served("portal", server, DATABASE_URL=database_url(), REDIS_URL="") as (port, process):
        plan = {"port": port, "pid": process.pid, "path": path, "connections": CONNECTIONS, "seconds": HELD_SECONDS}
        found = asked("held", plan)
    told(capsys, what="held", server=server, seconds=HELD_SECONDS, **found)
    assert found["gone"] == 0


def heard_until(link: socket.socket, words: bytes) -> None:
    heard = b""
    while words not in heard:
        more = link.recv(4096)
        assert more, heard
        heard += more


def suspend(user: User) -> None:
    user.is_active = False
    user.save()


def end_office(user: User) -> None:
    Appointment.objects.get(person=user, role=Role.MODERATOR).delete()


@pytest.mark.parametrize(
    ("make", "end", "told_by"), [(make_user, suspend, b'"not_allowed"'), (make_moderator, end_office, b'"you"')]
)
def test_a_right_that_ends_elsewhere_is_felt_at_once(
    capsys: pytest.CaptureFixture[str], make: Any, end: Any, told_by: bytes
) -> None:
    if "REDIS_URL" not in os.environ:
        pytest.skip("two processes hear each other by Redis: -p tests.services --services")
    user, consultation = make(), make_consultation()
    with served("portal", "uvicorn", DATABASE_URL=database_url()) as (port, _process):
        link = connect({"port": port, "path": f"/ws/consultations/{consultation.row_id}/"}, cookie_of(user))
        link.sendall(frame_of('{"type":"hello","v":1}'))
        heard_until(link, b'"welcome"')
        started = time.perf_counter()
        end(user)
        heard_until(link, told_by)
        took = time.perf_counter() - started
    told(capsys, what="right ended", by=end.__name__, seconds=round(took, 3))
