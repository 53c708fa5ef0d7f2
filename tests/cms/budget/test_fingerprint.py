"""Every number of a published release is held by the log to what was published."""

import pytest

from cms.budget.actions import publish_release
from cms.budget.checks.actions import record_tables
from cms.budget.fingerprint import lines_sha256
from cms.budget.models import Line, Release
from cms.budget.tables import DisclosureTable, TableRow
from privacy.log.audit import audit_log
from privacy.log.sequencer import sequence_once
from tests.cms.budget.checks.made_up import tables_csv, with_tables
from tests.factories import make_line, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def release() -> Release:
    """Published, with one line, and on record."""
    release = make_release(published=False)
    make_line(release, adopted=100)
    publish_release(release, acting_user=None)
    sequence_once()
    return release


def lines_found() -> list[str]:
    return [problem.sentence for problem in audit_log().problems if problem.sentence.startswith("the lines of")]


def test_what_was_published_is_found_again(release: Release) -> None:
    assert lines_found() == []


@pytest.mark.parametrize("change", [{"adopted": 101}, {"adopted": None}, {"note": "改过"}, {"is_leaf": False}])
def test_a_changed_line_is_found(release: Release, change: dict[str, object]) -> None:
    Line.objects.update(**change)
    name = f"cms.release {release.row_id}"
    # The first entry is about the checks.
    assert lines_found() == [f"the lines of {name} are not those that entry 1 was written about"]


def test_a_line_more_is_another_fingerprint(release: Release) -> None:
    before = lines_sha256(release)
    make_line(release, adopted=0)
    assert lines_sha256(release) != before


def tables_found() -> list[tuple[str, str]]:
    return [(problem.name, problem.sentence) for problem in audit_log().problems if "table" in problem.sentence]


@pytest.fixture
def recorded() -> Release:
    """With the tables of two departments, handed in one after the other; the second leaf is still waiting."""
    release = with_tables()
    sequence_once()
    record_tables(release, tables_csv(department="市教育局"), acting_user=None)
    return release


@pytest.mark.parametrize("is_waiting", [True, False], ids=["waiting", "in the log"])
def test_recorded_tables_are_found_again(recorded: Release, is_waiting: bool) -> None:
    if not is_waiting:
        sequence_once()
    assert tables_found() == []


@pytest.mark.parametrize(
    "change",
    [{"amounts": {"amount": 1}}, {"label": "改过"}, {"code": "999"}, {"mark": "total"}, {"source_row": 999}],
    ids=["amounts", "label", "code", "mark", "source_row"],
)
def test_one_changed_row_of_a_table_is_found_and_its_release_named(
    recorded: Release, change: dict[str, object]
) -> None:
    sequence_once()
    row = TableRow.objects.filter(table__release=recorded).order_by("pk")[1]
    TableRow.objects.filter(pk=row.pk).update(**change)
    (found,) = tables_found()
    assert found[0] == f"cms.release {recorded.row_id}"
    assert found[1].startswith(f"the tables of cms.release {recorded.row_id} are not those that entry ")


@pytest.mark.parametrize("change", [{"title": "改过"}, {"note": "改过"}, {"unit": 1}], ids=["title", "note", "unit"])
def test_a_changed_table_is_found(recorded: Release, change: dict[str, object]) -> None:
    table = DisclosureTable.objects.filter(release=recorded).order_by("pk")[0]
    DisclosureTable.objects.filter(pk=table.pk).update(**change)
    assert [name for name, _sentence in tables_found()] == [f"cms.release {recorded.row_id}"]


def test_a_table_without_a_row_counts_too(recorded: Release) -> None:
    DisclosureTable.objects.create(release=recorded, kind="fund", position=1, title="无", unit=1)
    assert len(tables_found()) == 1


def test_tables_of_which_the_log_knows_nothing_are_named() -> None:
    table = DisclosureTable.objects.create(release=make_release(), kind="fund", position=1, title="无", unit=1)
    name = f"cms.disclosuretable {table.pk}"
    assert tables_found() == [(name, f"the row {name} has no leaf in the log")]
