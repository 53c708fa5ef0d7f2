"""The newest public lines of every year in one DuckDB file, so that a question need not open hundreds of snapshots.

The file is made of the snapshots and can be thrown away: without it, or before it has a release, snapshots are asked.
It is never changed: another, with the next number in its name, takes its place, and every process that answers
questions opens that one at its next question. So nobody who reads waits for somebody who writes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django_tasks import task

from cms.analysis.snapshots import COLUMNS, paths_of
from cms.budget.models import Phase, Release

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "512MB"
THREADS = 2
# Lines of a snapshot as questions see them. Classes are there in full: to cut a code for every line takes longest.
CLASSES = {"function_class": "left(functional_code, 3)", "economic_class": "left(economic_code, 3)"}
KEPT = (
    *("release", "government", "fiscal_year", "currency", "department_id", "programme_id"),
    *("functional_code", "economic_code", "fund"),
    *Phase.values,
)
LINES_OF_SNAPSHOTS = (
    f"SELECT {', '.join(KEPT)}, {', '.join(f'{cut} AS {name}' for name, cut in CLASSES.items())} "  # noqa: S608
    "FROM read_parquet(?)"
)
TABLE = ", ".join(
    [*(f"{name} {COLUMNS[name]}" for name in KEPT), *(f"{name} VARCHAR" for name in CLASSES)],
)
# A file of another shape, left by another version of this program, is not ours.
SHAPE = hashlib.sha256(f"{TABLE} {LINES_OF_SNAPSHOTS}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class OpenStore:
    """A file as this process has it open, read-only. ``releases``: row ids of the releases whose lines it has."""

    path: Path
    process: int
    connection: DuckDBPyConnection
    releases: frozenset[str]


_guard = threading.Lock()
_open: OpenStore | None = None


@task()
def refresh_store() -> None:
    """Done after publication, when the snapshot is made."""
    refresh()


def refresh_after_commit(_release: Release) -> None:
    transaction.on_commit(lambda: refresh_store.enqueue())


def refresh() -> None:
    """Make a file that has the newest public releases, unless there is one.

    Nobody waits: where another process is at it, that one looks again when it is done.
    """
    while not is_current():
        with _alone() as is_alone:
            if not is_alone:
                return
            _make()


def is_current() -> bool:
    """Whether the file has the newest public releases and no others."""
    found = opened()
    return found is not None and found.releases == set(_newest().keys())


def opened() -> OpenStore | None:
    """The newest file, open; None where there is none that can be read."""
    global _open
    import duckdb

    with _guard:
        for _try in range(2):
            path = _newest_file()
            if path is None:
                return None
            if _open and (_open.path, _open.process) == (path, os.getpid()):
                return _open
            try:
                # The one before is left to those who still read from it; closing it would end their questions.
                _open = _opened(path)
            except duckdb.Error:
                # Another took its place in this moment, or it is damaged.
                continue
            return _open
    return None


def cursor_of(store: OpenStore) -> DuckDBPyConnection:
    """A connection for one question: questions of several threads run side by side."""
    with _guard:
        return store.connection.cursor()


def _opened(path: Path) -> OpenStore:
    import duckdb

    # Nothing is written anywhere: what does not fit in memory is refused.
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": THREADS,
        "temp_directory": "",
    }
    connection = duckdb.connect(str(path), read_only=True, config=limits)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    releases = frozenset(row[0] for row in connection.execute("SELECT row_id FROM releases").fetchall())
    return OpenStore(path, os.getpid(), connection, releases)


def _newest() -> dict[str, Release]:
    newest = Release.objects.published().newest_versions().select_related("government")
    return {str(release.row_id): release for release in newest.order_by("pk")}


def _make() -> None:
    """A copy of the file, less the releases that were replaced, plus those it has not."""
    newest = _newest()
    before = _newest_file()
    with tempfile.TemporaryDirectory(dir=_folder(), prefix="making-") as folder:
        path = Path(folder) / "lines.duckdb"
        readable = opened()
        if before and readable and readable.path == before:
            shutil.copyfile(before, path)
        _write(path, newest)
        path.replace(_folder() / _name(_number(before) + 1 if before else 1))
    for old in _files()[:-1]:
        old.unlink(missing_ok=True)


def _write(path: Path, newest: dict[str, Release]) -> None:
    import duckdb

    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": 1,
        "temp_directory": str(path.parent),
    }
    with duckdb.connect(str(path), config=limits) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS lines ({TABLE})")
        connection.execute("CREATE TABLE IF NOT EXISTS releases (row_id VARCHAR)")
        there = {row[0] for row in connection.execute("SELECT row_id FROM releases").fetchall()}
        if gone := sorted(there - newest.keys()):
            connection.execute("DELETE FROM lines WHERE list_contains(?, release)", [gone])
            connection.execute("DELETE FROM releases WHERE list_contains(?, row_id)", [gone])
            # What they leave is free for those that follow.
            connection.execute("CHECKPOINT")
        missing = [release for row_id, release in newest.items() if row_id not in there]
        # One release after the other, so that a question about some of them passes over the rest unread.
        for release, snapshot in zip(missing, paths_of(missing), strict=True):
            connection.execute(f"INSERT INTO lines {LINES_OF_SNAPSHOTS}", [[str(snapshot)]])
            connection.execute("INSERT INTO releases VALUES (?)", [str(release.row_id)])
        connection.execute("CHECKPOINT")


def _folder() -> Path:
    path = Path(settings.ANALYSIS_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _name(number: int) -> str:
    return f"lines-{SHAPE}-{number:09d}.duckdb"


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _files() -> list[Path]:
    """The oldest first."""
    return sorted(_folder().glob(f"lines-{SHAPE}-*.duckdb"))


def _newest_file() -> Path | None:
    return next(reversed(_files()), None)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else makes a file now; what makers left that were killed goes away."""
    with (_folder() / "making.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        for left in _folder().glob("making-*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            yield True
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
