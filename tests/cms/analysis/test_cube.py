"""The cube says what the lines say, of the newest public version alone."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.analysis import cube
from cms.analysis.models import DepartmentCell, ProgrammeCell
from cms.budget.actions import publish_release
from cms.budget.models import Line, Release
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PUBLIC = AnonymousUser()


def of_departments() -> list[cube.CubeSum]:
    return cube.sums_by(cube.department_cells(PUBLIC), "department")


def publish(release: Release) -> Release:
    return publish_release(release, acting_user=None)


def test_a_draft_has_no_cells() -> None:
    make_line(make_release(published=False))
    cube.rebuild()
    assert (DepartmentCell.objects.count(), ProgrammeCell.objects.count()) == (0, 0)


def test_publication_sums_the_facts_and_keeps_what_is_missing_apart_from_nought() -> None:
    release = make_release(published=False)
    programme = make_programme(make_department(release.government))
    for adopted, executed, is_leaf in ((100, None, True), (50, None, True), (150, None, False), (0, 0, True)):
        code = "2010101" if adopted else "2020101"
        make_line(release, programme, adopted=adopted, executed=executed, is_leaf=is_leaf, functional_code=code)
    publish(release)
    cells = DepartmentCell.objects.order_by("function").values_list("function", "line_count", "adopted", "executed")
    assert list(cells) == [("201", 2, 150, None), ("202", 1, 0, 0)]
    codes = ProgrammeCell.objects.order_by("functional_code").values_list("functional_code", "adopted")
    assert list(codes) == [("2010101", 150), ("2020101", 0)]


def test_a_correction_replaces_the_cells_of_the_version_before() -> None:
    first = make_release(published=False, version=1)
    line = make_line(first, adopted=100)
    publish(first)
    second = make_release(published=False, version=2)
    make_line(second, line.programme, adopted=70)
    publish(second)
    assert list(DepartmentCell.objects.values_list("release", "adopted")) == [(second.pk, 70)]


def test_an_earlier_version_that_is_published_late_changes_nothing() -> None:
    first, second = make_release(published=False, version=1), make_release(published=False, version=2)
    line = make_line(first, adopted=100)
    make_line(second, line.programme, adopted=70)
    publish(second)
    publish(first)
    assert list(DepartmentCell.objects.values_list("release", "adopted")) == [(second.pk, 70)]


def test_lines_without_a_department_are_kept_as_such() -> None:
    release = make_release(published=False)
    Line.objects.create(release=release, row_number=1, functional_code="2010101", adopted=7)
    publish(release)
    assert [(found.key, found.amounts["adopted"]) for found in of_departments()] == [(None, 7)]


def test_departments_over_the_years_cost_the_same_at_one_and_at_thirty() -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            of_departments()
        return len(captured)

    release = make_release(published=False, fiscal_year=2024)
    make_line(release)
    publish(release)
    few = queries()
    later = make_release(published=False, fiscal_year=2025)
    for _number in range(30):
        make_line(later)
    publish(later)
    assert (few, queries(), len(of_departments())) == (2, 2, 31)


def test_rebuilding_gives_what_publishing_gave() -> None:
    release = make_release(published=False)
    for _number in range(3):
        make_line(release)
    publish(release)
    columns = ("release", "department", "function", "economic", "line_count", "adopted", "executed")
    before = sorted(DepartmentCell.objects.values_list(*columns))
    cube.rebuild()
    assert sorted(DepartmentCell.objects.values_list(*columns)) == before


def test_the_check_passes_on_sums_of_the_lines() -> None:
    release = make_release(published=False)
    make_line(release)
    publish(release)
    out = io.StringIO()
    call_command("cube_rebuild", check=True, stdout=out)
    assert out.getvalue() == "Every sum is that of the lines.\n"


@pytest.mark.parametrize("harm", ["changed", "missing", "stale"])
def test_the_check_finds_a_cell_that_is_wrong(harm: str) -> None:
    release = make_release(published=False)
    make_line(release)
    publish(release)
    match harm:
        case "changed":
            DepartmentCell.objects.update(adopted=1)
        case "missing":
            ProgrammeCell.objects.all().delete()
        case "stale":
            Release.objects.update(published_at=None)
    with pytest.raises(CommandError):
        call_command("cube_rebuild", check=True, stderr=io.StringIO())
