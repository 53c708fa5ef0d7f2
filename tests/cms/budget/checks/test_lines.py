from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from cms.budget.checks import run_checks
from cms.budget.models import Line, Release
from cms.calendars.models import StatutoryClock
from tests.cms.budget.checks.made_up import outcome, with_tables
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def with_lines(subtotal: int, *, unit: int = 1, **named: object) -> Release:
    """Two facts of 100.00 and 50.00 under 20502, and a subtotal of the class."""
    release = make_release(published=False, mapping={"release": {"unit": unit}})
    programme = make_programme(make_department(release.government))
    make_line(release, programme, functional_code="2050201", adopted=100_00, executed=None)
    make_line(release, programme, functional_code="2050202", adopted=50_00, executed=None)
    stated = {"functional_code": "205", "adopted": subtotal, "executed": None, "department": None, **named}
    Line.objects.create(release=release, row_number=90_000, is_leaf=False, **stated)
    return release


def rolled_up(release: Release) -> list[tuple[str, int | None, int | None]]:
    return [(f.severity, f.left_amount, f.right_amount) for f in run_checks(release) if f.rule_id == "C12"]


def test_a_subtotal_of_the_source_is_the_sum_of_its_lines() -> None:
    release = with_lines(150_00)
    assert (rolled_up(release), outcome(release, "C12")) == ([], "passed")


def test_a_subtotal_that_is_something_else_is_an_error() -> None:
    assert rolled_up(with_lines(149_00)) == [("error", 149_00, 150_00)]


def test_rounding_is_judged_by_the_unit_of_the_source() -> None:
    assert rolled_up(with_lines(150_00 + 10_000, unit=10_000)) == [("info", 25_000, 15_000)]


def test_a_subtotal_of_one_department_is_about_its_own_lines() -> None:
    release = with_lines(150_00)
    other = make_department(release.government)
    make_line(release, make_programme(other), functional_code="2050201", adopted=7_00, executed=None)
    Line.objects.create(
        release=release, row_number=90_001, is_leaf=False, department=other, functional_code="205", adopted=7_00
    )
    assert rolled_up(release) == [("error", 150_00, 157_00)]


def test_a_subtotal_without_lines_below_it_is_not_compared() -> None:
    release = with_lines(150_00, functional_code="301")
    assert rolled_up(release) == []
    assert {"word": "subtotals_without_lines"} in release.check_results.get(rule_id="C12").reasons


@pytest.mark.parametrize(("days", "expected"), [(20, 0), (21, 1)])
def test_publication_is_due_by_the_period_on_record(days: int, expected: int) -> None:
    call_command("calendar_load", periods=[], verbosity=0)
    release = make_release(published=False, approved_on=timezone.localdate() - timedelta(days=days))
    assert len([finding for finding in run_checks(release) if finding.rule_id == "C18"]) == expected


def test_a_department_is_due_by_the_period_of_departments_and_a_government_by_its_own() -> None:
    with_its_tables, without = with_tables(), make_release(published=False)
    for release in (with_its_tables, without):
        release.approved_on = timezone.localdate()
        release.save(update_fields=["approved_on"])
        run_checks(release)
    told = [release.check_results.get(rule_id="C18").reasons for release in (with_its_tables, without)]
    assert told == [[{"word": "no_clock", "clock": "T2"}], [{"word": "no_clock", "clock": "T1"}]]


def test_a_changed_law_counts_for_what_is_approved_under_it() -> None:
    today = timezone.localdate()
    values = {
        "jurisdiction": "CN",
        "rule_id": "T1",
        "name": "公开",
        "starts_with": "批准",
        "kind": "working",
        "law": "法",
        "article": "1",
    }
    StatutoryClock.objects.create(**values, days=2, valid_from=today - timedelta(days=100))
    release = make_release(published=False, approved_on=today - timedelta(days=7))
    assert [finding.rule_id for finding in run_checks(release)] == ["C18"]


def test_without_a_period_on_record_the_term_cannot_be_checked() -> None:
    release = make_release(published=False, approved_on=timezone.localdate())
    run_checks(release)
    assert release.check_results.get(rule_id="C18").reasons == [{"word": "no_clock", "clock": "T1"}]


def test_without_a_day_of_approval_the_term_cannot_be_checked() -> None:
    release = make_release(published=False)
    run_checks(release)
    assert release.check_results.get(rule_id="C18").reasons == [{"word": "no_approval_date"}]


def test_a_second_run_changes_nothing() -> None:
    release = with_lines(149_00)
    first = [finding.pk for finding in run_checks(release)]
    assert [finding.pk for finding in run_checks(release)] == first
