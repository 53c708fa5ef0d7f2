from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.utils import timezone

from cms.budget.actions import publish_release
from cms.budget.checks import blocking, run_checks
from cms.budget.checks.actions import override_check, record_approval, record_tables
from cms.budget.checks.models import CheckFinding
from cms.budget.models import Department, Release
from cms.pages.actions import publish_disclosure
from cms.pages.models import DisclosurePage
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, SignInRequired
from privacy.log.kinds import LeafKind
from tests.cms.budget.checks.made_up import SUMMARY, found, outcome, tables_csv, with_tables
from tests.factories import make_department, make_officeholder, make_officer, make_release, make_user
from tests.log_entries import entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]

REASON = "原件如此，财政部门已确认，将在下一版更正。"
WRONG = (SUMMARY, 5, 3, "1,006.00")
WORDS = {"title": "水务局2024年度部门决算", "title_en": "Water", "summary_en": "Water"}


def wrong() -> tuple[Release, CheckFinding]:
    release = with_tables(WRONG)
    (finding,) = blocking(release)
    return release, finding


def test_an_error_keeps_a_release_from_being_published() -> None:
    release, _finding = wrong()
    with pytest.raises(Conflict) as refused:
        publish_release(release, acting_user=None)
    assert refused.value.data == {"errors": 1, "url": f"/budget/releases/{release.row_id}/checks/"}
    release.refresh_from_db()
    assert release.published_at is None


def test_with_a_reason_it_is_published_all_the_same() -> None:
    release, finding = wrong()
    override_check(finding, reason=REASON, acting_user=make_officeholder(Role.REVIEWER))
    publish_release(release, acting_user=None)
    assert release.published_at is not None


def test_what_is_only_a_warning_or_rounding_is_published() -> None:
    release = with_tables((SUMMARY, 5, 3, "1,005.01"))
    publish_release(release, acting_user=None)
    assert found(release, "C1") == [("C1", "info", "summary 总计", 1_005_000_000, 1_005_010_000)]


def test_an_override_is_on_record_with_its_reason_and_a_leaf() -> None:
    release, finding = wrong()
    reviewer = make_officeholder(Role.REVIEWER)
    override = override_check(finding, reason=f"  {REASON} ", acting_user=reviewer)
    assert (override.reason, override.made_by) == (REASON, reviewer)
    assert [row.history_change_reason for row in override.history.all()] == [REASON]
    told = json.loads(entry(record_ref=override.row_id, kind=LeafKind.CHECK_OVERRIDDEN).leaf)
    assert told["public"] == {"release": str(release.row_id)}


def officer_of(release: Release, department: Department | None) -> User:
    return make_officer(department or make_department(release.government))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("visitor", SignInRequired),
        ("person", NotAllowed),
        (Role.EDITOR, NotAllowed),
        (Role.MODERATOR, NotAllowed),
        (Role.AUDITOR, NotAllowed),
        ("another officer", NotAllowed),
        ("officer", None),
        (Role.REVIEWER, None),
        ("operator", None),
    ],
    ids=str,
)
def test_who_may_answer_for_an_error(who: str, expected: type[GongzhiError] | None) -> None:
    release, finding = wrong()
    user = {
        "visitor": AnonymousUser,
        "person": make_user,
        "another officer": lambda: officer_of(release, None),
        "officer": lambda: officer_of(release, finding.department),
        "operator": lambda: None,
    }.get(who, lambda: make_officeholder(Role(who)))()
    if expected is None:
        assert override_check(finding, reason=REASON, acting_user=user).finding == finding
    else:
        with pytest.raises(expected):
            override_check(finding, reason=REASON, acting_user=user)
        assert len(blocking(release)) == 1


@pytest.mark.parametrize("reason", ["", "  ", "太短", "长" * 2001], ids=["none", "blank", "short", "long"])
def test_a_reason_has_to_say_something(reason: str) -> None:
    _release, finding = wrong()
    with pytest.raises(Invalid) as refused:
        override_check(finding, reason=reason, acting_user=None)
    assert refused.value.data == {"field": "reason"}


def test_an_error_is_answered_for_once() -> None:
    _release, finding = wrong()
    override_check(finding, reason=REASON, acting_user=None)
    with pytest.raises(Conflict):
        override_check(finding, reason=REASON, acting_user=None)


def test_what_is_no_error_needs_no_answer() -> None:
    release = with_tables((SUMMARY, 5, 3, "1,005.01"))
    with pytest.raises(Conflict):
        override_check(CheckFinding.objects.get(release=release), reason=REASON, acting_user=None)


def test_an_override_outlasts_the_next_run() -> None:
    release, finding = wrong()
    override_check(finding, reason=REASON, acting_user=None)
    run_checks(release)
    assert blocking(release) == []


def test_a_run_that_found_something_else_leaves_a_leaf() -> None:
    release, _finding = wrong()
    told = json.loads(entry(record_ref=release.row_id, kind=LeafKind.RELEASE_CHECKED).leaf)
    assert told["public"]["findings"] == {"error": 1, "warn": 0, "info": 0}


def test_tables_leave_a_leaf() -> None:
    release = with_tables()
    told = json.loads(entry(record_ref=release.row_id, kind=LeafKind.TABLES_RECORDED).leaf)
    assert (told["public"]["tables"], told["public"]["rows"]) == (9, 45)


def test_tables_are_handed_in_once() -> None:
    release = with_tables()
    with pytest.raises(Conflict):
        record_tables(release, tables_csv(), acting_user=None)


def test_a_public_release_takes_no_tables_and_no_day_of_approval() -> None:
    release = make_release()
    with pytest.raises(Conflict):
        record_tables(release, tables_csv(), acting_user=None)
    with pytest.raises(Conflict):
        record_approval(release, approved_on=timezone.localdate(), acting_user=None)


def test_a_cell_that_is_no_amount_keeps_all_tables_out_and_is_named() -> None:
    release = make_release(published=False)
    with pytest.raises(Invalid, match="完成"):
        record_tables(release, tables_csv((SUMMARY, 5, 1, "完成")), acting_user=None)
    assert release.tables.count() == 0


def test_the_day_of_approval_is_recorded_and_checked_against() -> None:
    call_command("calendar_load", periods=[], verbosity=0)
    release = make_release(published=False)
    day = timezone.localdate() - timedelta(days=30)
    record_approval(release, approved_on=day, acting_user=make_officeholder(Role.EDITOR))
    assert (release.approved_on, outcome(release, "C18")) == (day, "found")


def test_the_day_of_approval_is_not_to_come() -> None:
    with pytest.raises(Invalid):
        record_approval(make_release(published=False), approved_on=timezone.localdate() + timedelta(days=1), acting_user=None)  # fmt: skip


def test_the_text_of_a_page_is_checked_when_it_is_published(site: object) -> None:
    release = with_tables()
    with pytest.raises(Conflict):
        publish_disclosure(release=release, summary="2024年度收入总计900.00万元。", acting_user=None, **WORDS)
    assert DisclosurePage.objects.count() == 0
    publish_disclosure(release=release, summary="2024年度收入总计1,005.00万元。", acting_user=None, **WORDS)
    assert (outcome(release, "C8"), found(release)) == ("passed", [])


def test_a_later_edition_of_a_page_is_checked_too(site: object) -> None:
    release = with_tables()
    page = publish_disclosure(release=release, summary="收入总计1,005.00万元。", acting_user=None, **WORDS)
    page.summary = "收入总计1,500.00万元。"
    with pytest.raises(Conflict):
        page.save_revision().publish(skip_permission_checks=True)
