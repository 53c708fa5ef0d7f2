"""``manage.py worker``: what has to be done beside serving pages, in one process of its own."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks_db import DatabaseBackend
from django_tasks_db.management.commands.db_worker import Worker as TaskWorker

from privacy.log import sequencer

logger = logging.getLogger(__name__)
# A task in hand is finished first; the sequencer needs at most one round.
STOP_SECONDS = 30.0


class Command(BaseCommand):
    help = "Do background tasks and number, sign and hand out the entries of the log, until SIGTERM or SIGINT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between two looks for work (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        failures: list[BaseException] = []
        tasks = (
            task_worker(options["interval"])
            if isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], DatabaseBackend)
            else None
        )

        def stop(signum: int = 0, frame: FrameType | None = None) -> None:
            stopping.set()
            if tasks is not None:
                tasks.running = False

        def sequence() -> None:
            sequencer.run(options["interval"], stopping)

        # The signals of Django's worker end the process at once, sequencer and all; these let both finish.
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, stop)
        thread = threading.Thread(target=guarded(sequence, failures, stop), name="sequencer")
        thread.start()
        doing = "tasks and the log" if tasks is not None else "the log; tasks are done where they arise"
        self.stdout.write(f"The worker is at work: {doing}.")
        self.stdout.flush()
        if tasks is not None:
            guarded(tasks.run, failures, stop)()
        while thread.is_alive() and not stopping.wait(1):
            pass
        thread.join(STOP_SECONDS)
        if failures:
            raise CommandError(f"The worker stopped: {failures[0]}") from failures[0]
        self.stdout.write("The worker has stopped.")


def task_worker(interval: float) -> TaskWorker:
    return TaskWorker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=interval,
        batch=False,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
    )


def guarded(work: Callable[[], None], failures: list[BaseException], stop: Callable[[], None]) -> Callable[[], None]:
    """``work``, such that its failure ends the other half too: a process that does half its work looks healthy."""

    def run() -> None:
        try:
            work()
        except Exception as error:
            logger.exception("The worker failed")
            failures.append(error)
        finally:
            stop()
            connections.close_all()

    return run
