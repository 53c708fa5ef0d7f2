"""Start a server, load it, and take its processor time."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from django.conf import settings
from django.db import connection
from django.test import Client

# A little is measured by default, so that one look takes seconds; the bars are for a quiet machine and more.
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
START_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(what: str, server: str, port: int, **env: str) -> subprocess.Popen[bytes]:
    """A server that answers. Whoever starts it ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.realtime.servers", what, server, str(port)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.realtime.settings", **env},
    )
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return process
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise RuntimeError(f"{what} on {server} did not start") from None
            time.sleep(0.1)


@contextmanager
def served(what: str, server: str, **env: str) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    process = started(what, server, port, **env)
    try:
        yield port, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def asked(module: str, plan: dict[str, Any]) -> dict[str, Any]:
    """What a program of ours says, a process of its own, that reads its plan from standard input."""
    program = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.realtime.{module}"],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    answer, _errors = program.communicate(json.dumps(plan) + "\n")
    if program.returncode or not answer:
        raise RuntimeError(f"{module} failed")
    return json.loads(answer)  # type: ignore[no-any-return]


def database_url() -> str:
    """Of the test database, for a process of its own."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?")


def cookie_of(user: Any) -> str:
    browser = Client()
    browser.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def load(port: int, process: psutil.Process, **plan: Any) -> dict[str, Any]:
    """What the generator saw, with the processor seconds of the server and deliveries for each of them."""
    given = {
        "port": port,
        "pid": process.pid,
        "path": "/ws/",
        "frame": "tutorial",
        "payload": 200,
        "outstanding": 20,
        "seconds": SECONDS,
        **plan,
    }
    return asked("load", given)
