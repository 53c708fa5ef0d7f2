"""A public release as a Parquet file that says exactly what its lines say."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest
from django.core.files.storage import default_storage

from cms.analysis.models import Snapshot
from cms.analysis.snapshots import COLUMNS, release_parquet, snapshot_of, write_parquet
from cms.budget.actions import publish_release
from portal.errors import NotFound
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ODD = '引号" 换行\n回车\r两者\r\n逗号, \\N \\. {"a": 1} 😀 =1+1 "" \''


def read(path: Path, columns: str = "*") -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {columns} FROM read_parquet(?)", [str(path)]).fetchall()


def test_a_snapshot_has_every_fact_with_its_exact_values() -> None:
    release = make_release()
    programme = make_programme(make_department(release.government))
    first = make_line(release, programme, row_number=2, adopted=2**62, executed=None, note=ODD)
    make_line(release, programme, row_number=3, is_leaf=False)
    last = make_line(release, programme, row_number=1, adopted=-5, executed=0, fund="")
    last.department = last.programme = None
    last.save()
    path = release_parquet(release)
    assert read(path, "line, row_number, department, programme, note, fund, proposed, adopted, executed") == [
        (str(last.row_id), 1, None, None, "", "", None, -5, 0),
        (str(first.row_id), 2, programme.department.name, programme.name, ODD, "", None, 2**62, None),
    ]


@pytest.mark.parametrize(
    "note", ["", " ", '""', "NULL", "\r", "\n", ",", "\\.", "字" * 1_000_000], ids=lambda n: ascii(n)[:8]
)
def test_a_text_arrives_as_it_is(note: str) -> None:
    release = make_release()
    make_line(release, note=note)
    make_line(release, note="after")
    assert read(release_parquet(release), "note") == [(note,), ("after",)]


def test_a_department_without_a_code_is_told_from_none() -> None:
    release = make_release()
    department = make_department(release.government)
    department.code = ""
    department.save()
    make_line(release, make_programme(department))
    assert read(release_parquet(release), "department_code, department, programme_id IS NULL") == [
        ("", department.name, False)
    ]


def test_a_snapshot_has_the_columns_that_are_documented() -> None:
    release = make_release()
    make_line(release)
    with duckdb.connect() as connection:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(release_parquet(release))])
        assert {row[0]: row[1] for row in described.fetchall()} == COLUMNS


def test_a_release_without_lines_has_a_snapshot_without_rows() -> None:
    assert read(release_parquet(make_release())) == []


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    release = make_release()
    for _number in range(20):
        make_line(release)
    counts = [write_parquet(release, tmp_path / name) for name in ("one", "two")]
    assert counts == [20, 20]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_snapshot_is_made_once_and_described() -> None:
    release = make_release()
    make_line(release)
    path = release_parquet(release)
    made = path.stat().st_mtime_ns
    snapshot = snapshot_of(release)
    assert release_parquet(release).stat().st_mtime_ns == made
    assert (snapshot.line_count, snapshot.size) == (1, path.stat().st_size)
    assert snapshot.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_was_lost_is_made_again() -> None:
    release = make_release()
    make_line(release)
    before = snapshot_of(release)
    default_storage.delete(before.name)
    assert (snapshot_of(release).sha256, release_parquet(release).exists()) == (before.sha256, True)


def test_a_draft_has_no_snapshot() -> None:
    with pytest.raises(NotFound):
        release_parquet(make_release(published=False))


def test_publication_makes_the_snapshot(django_capture_on_commit_callbacks: object) -> None:
    release = make_release(published=False)
    make_line(release)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        publish_release(release, acting_user=None)
    assert Snapshot.objects.get().release == release
