"""Work in a process of its own on the test database, without the seconds that Python and Django need to start."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

# A connection of the parent is neither used nor closed here: its end would reach the parent's server.
_left_alone: list[object] = []


@dataclass
class Child:
    """A running process. ``said`` is what its work returned."""

    pid: int
    _answer: int

    def ended(self) -> tuple[int, str]:
        """Its exit code, negative for a signal, and what it said."""
        with os.fdopen(self._answer, encoding="utf-8") as answer:
            said = answer.read()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), said


def forked(work: Callable[[], object]) -> Child:
    """Start ``work`` as a process. What it returns is said; an error is said too, with exit code 1."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return Child(pid, read)
    os.close(read)
    _left_alone.append(connection.connection)
    connection.connection = None
    code = 0
    try:
        said = str(work())
    except BaseException as error:
        code, said = 1, f"{type(error).__name__}: {error}"
    os.write(write, said.encode())
    # Nothing of the parent is cleaned up here.
    os._exit(code)


@contextmanager
def signal_to_child() -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """(wait, go): the child waits until the parent says go. Made before the child is."""
    read, write = os.pipe()
    try:
        yield lambda: bool(os.read(read, 1)) and None, lambda: bool(os.write(write, b"g")) and None
    finally:
        os.close(read)
        os.close(write)
