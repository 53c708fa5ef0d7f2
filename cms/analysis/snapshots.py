"""One Parquet file for each public release, written by DuckDB: the download, and what ad-hoc questions are asked of.

A file is written once and stays: a release never changes. Amounts are 64-bit integers in minor units of ``currency``;
what was not published is NULL. Rows are the facts in the order of the source, so that writing one again gives the same.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, default_storage
from django.db import IntegrityError, connection, transaction
from django_tasks import task

from cms.analysis.models import Snapshot
from cms.budget.models import Line, Phase, Release
from portal.errors import NotFound

FOLDER = "snapshots"
LINES_AT_ONCE = 5000
MEMORY_LIMIT = "256MB"
LINE_MAX_BYTES = 16 * 1024 * 1024
# DuckDB types by column, in the order of the file.
COLUMNS = {
    "line": "VARCHAR",
    "row_number": "INTEGER",
    "release": "VARCHAR",
    "government": "VARCHAR",
    "fiscal_year": "SMALLINT",
    "version": "SMALLINT",
    "currency": "VARCHAR",
    **dict.fromkeys(("department_id", "department_code", "department"), "VARCHAR"),
    **dict.fromkeys(("programme_id", "programme_code", "programme"), "VARCHAR"),
    **dict.fromkeys(("functional_code", "functional", "economic_code", "economic", "fund", "note"), "VARCHAR"),
    **dict.fromkeys(Phase.values, "BIGINT"),
}
# Where each column of a line comes from.
OF_LINE = (
    *("row_id", "row_number"),
    *("department__row_id", "department__code", "department__name"),
    *("programme__row_id", "programme__code", "programme__name"),
    *("functional_code", "functional_name", "economic_code", "economic_name", "fund", "note"),
    *Phase.values,
)
OF_RELEASE = ("release", "government", "fiscal_year", "version", "currency")
IDENTITIES = ("line", "department_id", "programme_id")
# How they come from the database. Identities may be missing, and with them the names that belong to them.
TOLD = {name: "UUID" if name in IDENTITIES else kind for name, kind in COLUMNS.items() if name not in OF_RELEASE}
CSV_OPTIONS: dict[str, Any] = {
    "columns": TOLD,
    "header": False,
    "auto_detect": False,
    "delimiter": ",",
    "quotechar": '"',
    "escapechar": '"',
    "lineterminator": r"\n",
    "na_values": "",
    "force_not_null": [name for name, kind in TOLD.items() if kind == "VARCHAR"],
    # A line of a source may have breaks and long notes in it.
    "parallel": False,
    "max_line_size": LINE_MAX_BYTES,
    "buffer_size": LINE_MAX_BYTES,
}


def _selected(name: str) -> str:
    kind = COLUMNS[name]
    if name in OF_RELEASE:
        return f"${name}::{kind} AS {name}"
    if name in IDENTITIES:
        return f"{name}::VARCHAR AS {name}"
    owner = name.removesuffix("_code")
    if owner in {"department", "programme"}:
        return f"CASE WHEN {owner}_id IS NOT NULL THEN {name} END AS {name}"
    return name


SELECTED = f"SELECT {', '.join(map(_selected, COLUMNS))} FROM told"  # noqa: S608


class Incomplete(Exception):
    """A file that does not have what it says: it is not kept."""


@task()
def make_snapshot(release_pk: int) -> None:
    """Done after publication, so that the first reader need not wait."""
    snapshot_of(Release.objects.select_related("government").get(pk=release_pk))


def snapshot_after_commit(release: Release) -> None:
    transaction.on_commit(lambda: make_snapshot.enqueue(release.pk))


def release_parquet(release: Release) -> Path:
    """The snapshot of a public release as a file on this machine, made now where there is none yet.

    Raises ``NotFound`` for a draft: what is not public is in no file that can be downloaded.
    """
    return local_path(snapshot_of(release))


def paths_of(releases: Iterable[Release]) -> list[Path]:
    """The snapshots of many public releases, in their order; one query where all are made."""
    asked = list(releases)
    made = {found.release_id: found for found in Snapshot.objects.filter(release__in=asked)}
    paths = []
    for release in asked:
        found = made.get(release.pk)
        is_there = found is not None and default_storage.exists(found.name)
        paths.append(local_path(found) if found and is_there else release_parquet(release))
    return paths


def snapshot_of(release: Release) -> Snapshot:
    """The snapshot's name, size, SHA-256 and number of lines. Raises ``NotFound`` for a draft."""
    if release.published_at is None:
        raise NotFound
    found = Snapshot.objects.filter(release=release).first()
    if found and default_storage.exists(found.name):
        return found
    with _alone(release):
        # Whoever held the lock has made it.
        found = Snapshot.objects.filter(release=release).first()
        if found and default_storage.exists(found.name):
            return found
        return _made(release, found)


def local_path(snapshot: Snapshot, storage: Storage = default_storage) -> Path:
    """Where a snapshot can be read from disk; fetched once where the storage is elsewhere."""
    try:
        return Path(storage.path(snapshot.name))
    except NotImplementedError:
        path = _scratch() / f"{snapshot.sha256}.parquet"
        if not path.exists():
            with storage.open(snapshot.name) as file, tempfile.NamedTemporaryFile(dir=_scratch(), delete=False) as copy:
                for piece in file.chunks():
                    copy.write(piece)
            Path(copy.name).replace(path)
        return path


def _made(release: Release, found: Snapshot | None) -> Snapshot:
    with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        path = Path(folder) / "release.parquet"
        line_count = write_parquet(release, path)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            name = found.name if found else f"{FOLDER}/{release.row_id}.parquet"
            name = default_storage.save(name, File(file))
        values = {"name": name, "sha256": sha256, "size": path.stat().st_size, "line_count": line_count}
    try:
        with transaction.atomic():
            return Snapshot.objects.update_or_create(release=release, defaults=values)[0]
    except IntegrityError:
        # Another machine was first; its file says the same.
        return Snapshot.objects.get(release=release)


def write_parquet(release: Release, path: Path) -> int:
    """Write the facts of a release to ``path`` with flat memory; returns how many there are.

    Raises ``Incomplete`` when the file has not as many rows as the database told, and leaves no file then.
    """
    import duckdb

    same: dict[str, Any] = {
        "release": str(release.row_id),
        "government": release.government.name,
        "fiscal_year": release.fiscal_year,
        "version": release.version,
        "currency": release.currency,
    }
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".csv", encoding="utf-8", newline="") as file:
        told = _write_lines(release, file)
        file.flush()
        with duckdb.connect(
            config={"memory_limit": MEMORY_LIMIT, "threads": 1, "temp_directory": str(path.parent)}
        ) as connection:
            connection.read_csv(file.name, **CSV_OPTIONS).create_view("told")
            # Version 2 of the format writes numbers and texts as differences: half as large, and read faster.
            target = str(path).replace("'", "''")
            counted = connection.execute(
                f"COPY ({SELECTED}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)", same
            ).fetchone()
    if counted != (told,):
        path.unlink()
        raise Incomplete(f"{release}: {told} lines were told and {counted} were written")
    return told


def _write_lines(release: Release, file: IO[str]) -> int:
    """As CSV, in which only a text can be empty: an empty field of any other type is a missing value.

    The database hands rows over as it has them; objects of Python for each value would take ten times as long.
    """
    lines = Line.objects.filter(release=release, is_leaf=True)
    sql, parameters = lines.order_by("row_number").values_list(*OF_LINE).query.sql_with_params()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", parameters) as copy:
                for block in copy:
                    file.buffer.write(block)  # type: ignore[attr-defined]
            return int(cursor.rowcount)
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        write = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows
        while rows := cursor.fetchmany(LINES_AT_ONCE):
            write(rows)
            count += len(rows)
    return count


def _scratch() -> Path:
    # Not in the common temporary folder, where anybody on the machine may stand first under a name that can be guessed.
    path = Path(settings.ANALYSIS_DIR) / "scratch"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def _alone(release: Release) -> Iterator[None]:
    """One maker of a release's snapshot at a time on this machine; on two machines they make the same file twice."""
    with (_scratch() / f"{release.row_id}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
