"""The file of the newest public lines: always the right ones, replaced without anybody waiting."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command

from cms.analysis import column_store
from cms.analysis.adhoc import Dimension, Measure, Question, ask
from cms.budget.actions import publish_release
from cms.budget.models import Release
from tests.factories import make_line, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PUBLIC = AnonymousUser()
BY_YEAR = Question((Dimension.FISCAL_YEAR,), (Measure.ADOPTED,))


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ANALYSIS_DIR = str(tmp_path / "analysis")
    return tmp_path / "analysis"


def public_year(year: int, *amounts: int, **fields: Any) -> Release:
    release = make_release(fiscal_year=year, **fields)
    for amount in amounts:
        make_line(release, adopted=amount)
    return release


def told(**narrowed: Any) -> list[tuple[int, int]]:
    return [(row["fiscal_year"], row["adopted"]) for row in ask(BY_YEAR, PUBLIC, **narrowed).rows]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.duckdb"))


def test_without_a_file_there_is_none_and_the_snapshots_are_asked(folder: Path) -> None:
    public_year(2025, 1, 2)
    assert (column_store.opened(), told(), names(folder)) == (None, [(2025, 3)], [])


def test_with_a_file_one_query_tells_what_is_public(django_assert_num_queries: Any) -> None:
    public_year(2025, 1, 2)
    column_store.refresh()
    with django_assert_num_queries(1):
        assert told() == [(2025, 3)]


def test_a_file_that_is_current_is_left_alone(folder: Path) -> None:
    public_year(2025, 1)
    column_store.refresh()
    before = names(folder)
    column_store.refresh()
    assert (len(before), names(folder)) == (1, before)


def test_a_release_is_added_and_the_file_before_goes_away(folder: Path) -> None:
    public_year(2024, 1)
    column_store.refresh()
    before = names(folder)
    public_year(2025, 2)
    column_store.refresh()
    assert (told(), len(names(folder)), names(folder) > before) == ([(2024, 1), (2025, 2)], 1, True)


def test_a_correction_takes_the_place_of_the_version_before() -> None:
    first = public_year(2025, 1)
    column_store.refresh()
    second = public_year(2025, 7, version=first.version + 1)
    column_store.refresh()
    found = column_store.opened()
    assert found is not None
    assert (told(), found.releases) == ([(2025, 7)], {str(second.row_id)})


def test_before_the_file_has_a_release_the_snapshots_are_asked() -> None:
    first = public_year(2025, 1)
    column_store.refresh()
    public_year(2025, 7, version=first.version + 1)
    assert (column_store.is_current(), told()) == (False, [(2025, 7)])


def test_drafts_are_not_in_the_file() -> None:
    draft = public_year(2025, 9, published=False)
    published = public_year(2024, 1)
    column_store.refresh()
    found = column_store.opened()
    assert found is not None
    assert (found.releases, str(draft.row_id) in found.releases) == ({str(published.row_id)}, False)


def test_of_nothing_no_file_is_made(folder: Path) -> None:
    column_store.refresh()
    assert (column_store.is_current(), names(folder)) == (True, [])


def test_a_release_with_texts_that_were_never_there_is_added() -> None:
    make_line(make_release(fiscal_year=2024), functional_code="2050202", fund="一般公共预算", adopted=1)
    column_store.refresh()
    make_line(make_release(fiscal_year=2025), functional_code="2130199", fund="政府性基金", adopted=2)
    column_store.refresh()
    rows = ask(Question((Dimension.FUNCTION_CLASS, Dimension.FUND), (Measure.ADOPTED,)), PUBLIC).rows
    assert [(row["function_class"], row["fund"], row["adopted"]) for row in rows] == [
        ("205", "一般公共预算", 1),
        ("213", "政府性基金", 2),
    ]


def test_lines_without_a_department_are_a_group_of_their_own() -> None:
    line = make_line(make_release(fiscal_year=2025), adopted=3)
    line.department = line.programme = None
    line.save()
    column_store.refresh()
    rows = ask(Question((Dimension.DEPARTMENT,), (Measure.ADOPTED,)), PUBLIC).rows
    assert [(row["department"], row["adopted"]) for row in rows] == [(None, 3)]


def test_what_is_public_no_more_is_not_told_though_the_file_has_it() -> None:
    release = public_year(2025, 9)
    column_store.refresh()
    Release.objects.filter(pk=release.pk).update(published_at=None)
    assert told() == []


def test_some_years_of_the_file_are_asked_alone() -> None:
    public_year(2024, 1)
    public_year(2025, 2)
    column_store.refresh()
    assert told(years=[2024]) == [(2024, 1)]


def test_whoever_reads_goes_on_while_the_file_is_replaced() -> None:
    public_year(2024, 1)
    column_store.refresh()
    before = column_store.opened()
    assert before is not None
    reading = column_store.cursor_of(before)
    public_year(2025, 2)
    column_store.refresh()
    assert told() == [(2024, 1), (2025, 2)]
    assert reading.execute("SELECT sum(adopted) FROM lines").fetchall() == [(1,)]


def test_nobody_waits_for_somebody_who_makes_a_file(folder: Path) -> None:
    public_year(2025, 1)
    folder.mkdir()
    with (folder / "making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        column_store.refresh()
    assert names(folder) == []
    column_store.refresh()
    assert len(names(folder)) == 1


def test_a_damaged_file_is_passed_over_and_made_again(folder: Path) -> None:
    public_year(2025, 4)
    column_store.refresh()
    path = folder / names(folder)[0]
    damaged = path.with_name(path.name.replace("000000001", "000000002"))
    damaged.write_bytes(b"not a database" * 1000)
    assert (column_store.opened(), told()) == (None, [(2025, 4)])
    column_store.refresh()
    assert (column_store.is_current(), len(names(folder)), told()) == (True, 1, [(2025, 4)])


def test_what_a_killed_maker_left_goes_away(folder: Path) -> None:
    (folder / "making-left").mkdir(parents=True)
    public_year(2025, 4)
    column_store.refresh()
    assert not (folder / "making-left").exists()


def test_publication_brings_the_file_up_to_date(django_capture_on_commit_callbacks: Any) -> None:
    release = public_year(2025, 5, published=False)
    with django_capture_on_commit_callbacks(execute=True):
        publish_release(release, acting_user=None)
    assert (column_store.is_current(), told()) == (True, [(2025, 5)])


def test_the_command_that_rebuilds_makes_the_file() -> None:
    public_year(2025, 5)
    call_command("cube_rebuild", verbosity=0)
    assert column_store.is_current()
