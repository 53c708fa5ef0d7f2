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
from collections.abc import Iterable, Iterator
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
# Lines of a snapshot as questions see them. Classes (类), groups (款) and items (项) are there in full: to cut a code
# for every line takes longest. A source without codes is divided by its names.
CLASSES = {
    "function_class": "if(functional_code = '', functional, left(functional_code, 3))",
    "function_group": "if(functional_code = '', functional, left(functional_code, 5))",
    "function_item": "if(functional_code = '', functional, functional_code)",
    "economic_class": "if(economic_code = '', economic, left(economic_code, 3))",
    "economic_item": "if(economic_code = '', economic, economic_code)",
}
KEPT = (
    *("release", "government", "fiscal_year", "currency", "department_id", "programme_id"),
    *("functional", "economic", "fund"),
    *Phase.values,
)
LINES_OF_SNAPSHOTS = (
    f"SELECT {', '.join(KEPT)}, {', '.join(f'{cut} AS {name}' for name, cut in CLASSES.items())} "  # noqa: S608
    "FROM read_parquet(?)"
)
# Few different texts in many lines: as an enumeration they are numbers to DuckDB, which groups by them twice as fast.
ENUMERATIONS = ("government", "currency", "department_id", "functional", "economic", "fund", *CLASSES)
# Lines of one function lie together, so that a question about some functions passes over the others.
ORDER = "ORDER BY function_class, department_id, function_item"
# A file of another shape, left by another version of this program, is not ours.
SHAPE = hashlib.sha256(f"{LINES_OF_SNAPSHOTS} {ENUMERATIONS} {ORDER}".encode()).hexdigest()[:12]


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
    """Whether the file has the newest public releases and no others. Of nothing no file is made."""
    found, newest = opened(), set(_newest().keys())
    return found.releases == newest if found else not newest


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
    """A copy of the file, less the releases that were replaced, plus those it has not; or all of it anew."""
    import duckdb

    newest = _newest()
    before, readable = _newest_file(), opened()
    with tempfile.TemporaryDirectory(dir=_folder(), prefix="making-") as folder:
        path = Path(folder) / "lines.duckdb"
        try:
            if readable is None:
                raise FileNotFoundError
            shutil.copyfile(readable.path, path)
            _change(path, newest)
        except (duckdb.Error, FileNotFoundError):
            # There is none, or a new release has a text that is not in the enumerations: they cannot grow.
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
            _write(path, newest)
        path.replace(_folder() / _name(_number(before) + 1 if before else 1))
    for old in _files()[:-1]:
        old.unlink(missing_ok=True)


def _write(path: Path, newest: dict[str, Release]) -> None:
    snapshots = [str(found) for found in paths_of(newest.values())]
    with _writing(path) as connection:
        connection.read_parquet(snapshots).create_view("snapshots")
        of_snapshots = LINES_OF_SNAPSHOTS.replace("read_parquet(?)", "snapshots")
        for name in ENUMERATIONS:
            texts = f"SELECT DISTINCT {name} FROM ({of_snapshots}) WHERE {name} IS NOT NULL ORDER BY 1"  # noqa: S608
            # An enumeration without any text is none.
            has_any = connection.execute(f"SELECT EXISTS ({texts})").fetchone() == (True,)
            told = f"({texts})" if has_any else "('')"
            connection.execute(f"CREATE TYPE {name} AS ENUM {told}")
        connection.execute("DROP VIEW snapshots")
        kinds = {**COLUMNS, **{name: name for name in ENUMERATIONS}}
        columns = ", ".join(f"{name} {kinds[name]}" for name in (*KEPT, *CLASSES))
        connection.execute(f"CREATE TABLE lines ({columns})")
        connection.execute("CREATE TABLE releases (row_id VARCHAR)")
        _add(connection, newest.values())


def _change(path: Path, newest: dict[str, Release]) -> None:
    with _writing(path) as connection:
        there = {row[0] for row in connection.execute("SELECT row_id FROM releases").fetchall()}
        if gone := sorted(there - newest.keys()):
            connection.execute("DELETE FROM lines WHERE list_contains(?, release)", [gone])
            connection.execute("DELETE FROM releases WHERE list_contains(?, row_id)", [gone])
            # What they leave is free for those that follow.
            connection.execute("CHECKPOINT")
        _add(connection, [release for row_id, release in newest.items() if row_id not in there])


def _add(connection: DuckDBPyConnection, releases: Iterable[Release]) -> None:
    """One release after the other, so that a question about some of them passes over the rest unread."""
    added = list(releases)
    for release, snapshot in zip(added, paths_of(added), strict=True):
        connection.execute(f"INSERT INTO lines {LINES_OF_SNAPSHOTS} {ORDER}", [[str(snapshot)]])
        connection.execute("INSERT INTO releases VALUES (?)", [str(release.row_id)])
    connection.execute("CHECKPOINT")


def _writing(path: Path) -> DuckDBPyConnection:
    import duckdb

    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": 1,
        "temp_directory": str(path.parent),
    }
    return duckdb.connect(str(path), config=limits)


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
