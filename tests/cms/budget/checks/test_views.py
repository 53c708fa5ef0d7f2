from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.budget.actions import publish_release
from cms.budget.checks import blocking
from cms.budget.checks.actions import override_check, record_tables
from cms.budget.checks.queries import summary_of
from cms.budget.models import Release
from participation.stakeholders.models import Role
from tests.cms.budget.checks.made_up import BASIC, FUND, SUMMARY, tables_csv, with_tables
from tests.factories import make_department, make_officeholder, make_officer, make_release, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

WRONG = (SUMMARY, 5, 3, "1,006.00")
REASON = "原件如此，财政部门已确认，将在下一版更正。"


def checks_url(release: Release) -> str:
    return f"/budget/releases/{release.row_id}/checks/"


def published(*changes: tuple[str, int, int, str]) -> Release:
    release = with_tables(*changes)
    for finding in blocking(release):
        override_check(finding, reason=REASON, acting_user=None)
    publish_release(release, acting_user=None)
    return release


def test_everybody_reads_what_the_checks_of_a_public_release_found(client: Client) -> None:
    page = client.get("/en" + checks_url(published(WRONG))).content.decode()
    for told in (
        "All income equals all expenditure",
        "CNY 10,050,000.00",
        "CNY 10,060,000.00",
        REASON,
        "Go to the place",
    ):
        assert told in page


def test_what_could_not_be_checked_is_told(client: Client) -> None:
    page = client.get("/en" + checks_url(make_published_without_tables())).content.decode()
    assert "the tables of the disclosure were not handed in" in page


def make_published_without_tables() -> Release:
    release = make_release(published=False)
    publish_release(release, acting_user=None)
    return release


def test_the_pages_about_a_release_lead_to_its_checks_and_tell_the_reasons(client: Client) -> None:
    release = published(WRONG)
    page = client.get(f"/budget/releases/{release.row_id}/").content.decode()
    assert (checks_url(release) in page, REASON in page) == (True, True)


def test_the_summary_counts_rules_findings_and_what_was_answered_for() -> None:
    summary = summary_of(published(WRONG, (FUND, 3, 0, "")))
    told = (summary.by_severity, summary.blocking, summary.overridden, summary.has_tables)
    assert told == ({"error": 1, "warn": 1}, 0, 1, True)


@pytest.mark.parametrize(
    ("who", "status"),
    [("visitor", 404), ("person", 404), ("another officer", 404), ("officer", 200), (Role.MODERATOR, 404), (Role.EDITOR, 200), (Role.REVIEWER, 200), (Role.AUDITOR, 200)],
    ids=str,
)  # fmt: skip
def test_who_reads_the_checks_of_a_draft(client: Client, who: str, status: int) -> None:
    release = with_tables(WRONG)
    sign_in(client, who, release)
    assert client.get(checks_url(release)).status_code == status


def sign_in(client: Client, who: str, release: Release) -> None:
    if who == "visitor":
        return
    user = {
        "person": make_user,
        "another officer": lambda: make_officer(make_department(release.government)),
        "officer": lambda: make_officer(blocking(release)[0].department),
    }.get(who, lambda: make_officeholder(Role(who)))()
    client.force_login(user)


@pytest.mark.parametrize(
    ("who", "status"),
    [("visitor", 404), ("person", 404), ("another officer", 404), ("officer", 302), (Role.EDITOR, 403), (Role.REVIEWER, 302), (Role.AUDITOR, 403)],
    ids=str,
)  # fmt: skip
def test_who_may_send_the_form_that_answers_for_an_error(client: Client, who: str, status: int) -> None:
    release = with_tables(WRONG)
    (finding,) = blocking(release)
    sign_in(client, who, release)
    response = client.post(f"/budget/findings/{finding.row_id}/override/", {"reason": REASON})
    assert (response.status_code, len(blocking(release))) == (status, 0 if status == 302 else 1)


def test_a_refused_reason_stays_in_the_form(client: Client) -> None:
    release = with_tables(WRONG)
    client.force_login(make_officeholder(Role.REVIEWER))
    response = client.post(f"/budget/findings/{blocking(release)[0].row_id}/override/", {"reason": "太短"})
    assert (response.status_code, "太短" in response.content.decode()) == (400, True)


def test_the_day_of_approval_is_entered_by_a_form(client: Client) -> None:
    release = make_release(published=False)
    client.force_login(make_officeholder(Role.EDITOR))
    response = client.post(f"/budget/releases/{release.row_id}/approval/", {"approved_on": "2025-01-31"})
    release.refresh_from_db()
    assert (response.status_code, str(release.approved_on)) == (302, "2025-01-31")


def test_a_reader_sees_the_tables_with_every_amount(client: Client) -> None:
    page = client.get(f"/en/budget/releases/{published().row_id}/tables/").content.decode()
    for told in ("支出决算表", "水利工程建设", "CNY 4,000,000.00", "no amounts", "本部门无政府性基金预算收支"):
        assert told in page


def test_a_release_without_tables_has_no_page_for_them(client: Client) -> None:
    assert client.get(f"/budget/releases/{make_release().row_id}/tables/").status_code == 404


def test_queries_do_not_grow_with_findings_and_departments(client: Client) -> None:
    few = published((FUND, 3, 0, ""))
    many = make_release(published=False, fiscal_year=2024)
    for number in range(8):
        rows = tables_csv(
            (FUND, 3, 0, ""), (SUMMARY, 5, 3, "1,005.01"), (BASIC, 1, 2, "500.01"), department=f"局{number}"
        )
        record_tables(many, rows, acting_user=None)
    publish_release(many, acting_user=None)
    counts = []
    for release in (few, many):
        client.get(checks_url(release))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(checks_url(release)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
