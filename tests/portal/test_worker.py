"""``manage.py worker`` as a process of its own, on the file of the test database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_tasks import default_task_backend, task
from django_tasks_db.models import DBTaskResult

from privacy.log.models import LogEntry
from tests.privacy.log.written import wait_for_number

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
# Only to end a test that hangs: starting Django takes a while on a busy machine.
PATIENCE_SECONDS = 300.0
STOP_SECONDS = 120.0


@task()
def note_down(path: str, text: str) -> int:
    """A task that leaves a trace outside of the database."""
    return Path(path).write_text(text)


@contextmanager
def worker(**environment: str) -> Iterator[subprocess.Popen[str]]:
    if connection.vendor != "sqlite":
        pytest.skip("the worker is given the file of the SQLite test database")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--interval", "0.2"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "portal.settings.development",
            "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
            "REDIS_URL": "",
        }
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(happened: Callable[[], Any], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.1)


def stop(process: subprocess.Popen[str], signum: int = signal.SIGTERM) -> tuple[int, str]:
    process.send_signal(signum)
    output, _nothing = process.communicate(timeout=STOP_SECONDS)
    return process.returncode, output


def test_it_does_tasks_and_numbers_leaves_until_it_is_told_to_stop(settings: Any, tmp_path: Path) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    trace = tmp_path / "trace"
    default_task_backend.enqueue(note_down, [str(trace), "done"], {})
    wait_for_number()
    with worker(TASKS_IN_WORKER="1") as process:
        wait_for(lambda: trace.exists() and LogEntry.objects.exists(), process)
        wait_for(lambda: DBTaskResult.objects.get().finished_at, process)
        code, output = stop(process)
    assert (code, "tasks and the log" in output, "The worker has stopped." in output) == (0, True, True)
    assert (trace.read_text(), DBTaskResult.objects.get().status) == ("done", "SUCCESSFUL")
    assert LogEntry.objects.get().index == 0


@pytest.mark.parametrize(
    "signum", [pytest.param(signal.SIGTERM, marks=pytest.mark.thorough), signal.SIGINT], ids=["SIGTERM", "SIGINT"]
)
def test_without_tasks_it_keeps_the_log_alone(signum: int) -> None:
    wait_for_number()
    with worker(TASKS_IN_WORKER="0") as process:
        wait_for(LogEntry.objects.exists, process)
        code, output = stop(process, signum)
    assert (code, "tasks are done where they arise" in output) == (0, True)


def test_it_ends_with_an_error_when_one_half_of_it_fails() -> None:
    with worker(TASKS_IN_WORKER="1", DATABASE_URL="sqlite:////nowhere/at/all.sqlite3") as process:
        output, _nothing = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, "The worker stopped: unable to open database file" in output) == (1, True)
