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

# A little is measured by default, so that one look takes seconds; the bars are for a quiet machine and more.
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(what: str, server: str, **env: str) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.realtime.servers", what, server, str(port)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.realtime.settings", **env},
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{what} on {server} did not start") from None
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


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
    generator = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.realtime.load"],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert generator.stdin
    assert generator.stdout
    generator.stdin.write(json.dumps(given) + "\n")
    generator.stdin.flush()
    answer = generator.stdout.read()
    if generator.wait() or not answer:
        raise RuntimeError("the load generator failed")
    return json.loads(answer)  # type: ignore[no-any-return]
