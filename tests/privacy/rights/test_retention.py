"""What has been kept for as long as it may goes; what is under a legal hold, or young, stays."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.utils import timezone, translation

from participation.feedback.models import Draft, Feedback
from participation.following.models import Announcement, Notification
from participation.stakeholders.models import Role, User
from privacy.log.models import LogEntry
from privacy.rights.deadlines import LegalRule, RuleDefinition, enter_rule, files, read_rules
from privacy.rights.erasing.models import LegalHold
from privacy.rights.registry import personal_data
from privacy.rights.retention.actions import run_retention
from privacy.rights.retention.models import RetentionRun
from privacy.rights.retention.periods import AS_LONG_AS, period_in_words
from privacy.rights.retention.queries import all_due, cutoff
from tests.factories import make_consultation, make_feedback, make_officeholder, make_user
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def in_english() -> None:
    translation.activate("en")


def keep(key: str, amount: int = 6, unit: str = "months") -> LegalRule:
    return enter_rule(
        RuleDefinition("CN", f"retention/{key}", amount, unit, "本平台规定", date(2020, 1, 1)), acting_user=None
    )


def draft(person: User, **age: float) -> Draft:
    return Draft.objects.create(
        consultation=make_consultation(),
        person=person,
        typed={"body": "还没写完"},
        saved_at=timezone.now() - timedelta(**age),
    )


def test_what_is_past_its_time_is_deleted_and_what_is_young_stays() -> None:
    keep("drafts")
    old, young = draft(make_user(), days=300), draft(make_user(), days=30)
    run = run_retention(acting_user=None)
    assert run is not None
    assert run.counts == {"drafts": 1}
    assert list(Draft.objects.all()) == [young] != [old]


def test_without_a_rule_nothing_goes() -> None:
    draft(make_user(), days=3000)
    assert run_retention(acting_user=None) is None
    assert Draft.objects.count() == 1


def test_a_run_that_finds_nothing_leaves_no_trace() -> None:
    keep("drafts")
    assert run_retention(acting_user=None) is None
    assert (RetentionRun.objects.count(), entries(kind="retention.run")) == (0, [])


def test_what_is_emptied_is_emptied_in_the_history_too_and_the_rest_stays() -> None:
    keep("callbacks", 12)
    said = make_feedback(callback_phone="13800138000")
    Feedback.objects.update(created=timezone.now() - timedelta(days=500))
    run = run_retention(acting_user=None)
    assert run is not None
    assert run.counts == {"callbacks": 1}
    said.refresh_from_db()
    assert (said.callback_phone, said.body) == (None, "电梯加装的钱为什么只花了四成？")
    assert not Feedback.history.exclude(callback_phone__isnull=True).exists()  # type: ignore[attr-defined]


def test_what_was_emptied_is_not_found_again() -> None:
    keep("callbacks", 12)
    make_feedback(callback_phone="13800138000")
    Feedback.objects.update(created=timezone.now() - timedelta(days=500))
    run_retention(acting_user=None)
    assert run_retention(acting_user=None) is None


def test_news_goes_with_those_who_were_told() -> None:
    keep("notifications", 12)
    told = Announcement.objects.create(key=uuid4(), row_id=uuid4(), kind="deadline", words={}, url="/")
    Announcement.objects.update(created=timezone.now() - timedelta(days=500))
    Notification.objects.create(recipient=make_user(), announcement=told, cadence="daily")
    Notification.objects.update(created=timezone.now() - timedelta(days=500))
    run_retention(acting_user=None)
    assert (Announcement.objects.count(), Notification.objects.count()) == (0, 0)


def hold(by: User, **on: Any) -> LegalHold:
    return LegalHold.objects.create(basis="民事诉讼法", reason="诉讼未决", placed_by=by, **on)


def test_what_is_held_for_a_person_stays() -> None:
    keep("drafts")
    person, officer = make_user(), make_officeholder(Role.PRIVACY)
    draft(person, days=300)
    hold(officer, scope_type="person", scope_ref=person.row_id)
    assert run_retention(acting_user=None) is None


def test_a_record_that_is_held_stays() -> None:
    keep("drafts")
    held = draft(make_user(), days=300)
    hold(make_officeholder(Role.PRIVACY), record_label="participation.draft", record_ref=held.row_id)
    assert run_retention(acting_user=None) is None


def test_the_log_tells_how_many_of_which_and_of_nobody() -> None:
    keep("drafts")
    person = make_user()
    draft(person, days=300)
    run_retention(acting_user=None)
    (leaf,) = entries(kind="retention.run")
    assert isinstance(leaf, LogEntry)
    assert '"rows":{"drafts":1}' in leaf.leaf
    assert str(person.row_id) not in leaf.leaf


def test_a_dry_run_counts_and_touches_nothing() -> None:
    keep("drafts")
    draft(make_user(), days=300)
    said = io.StringIO()
    call_command("privacy_retention", "--dry-run", stdout=said)
    assert "drafts: 1 deleted (What you have begun to write, 6 months" in said.getvalue()
    assert Draft.objects.count() == 1


def test_the_command_takes_away() -> None:
    keep("drafts")
    draft(make_user(), days=300)
    said = io.StringIO()
    call_command("privacy_retention", stdout=said)
    assert (said.getvalue(), Draft.objects.count()) == ("drafts: 1\n", 0)


def test_only_those_who_guard_privacy_start_a_run() -> None:
    with pytest.raises(PermissionDenied):
        run_retention(acting_user=make_officeholder(Role.MODERATOR))


NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "unit", "before"),
    [
        pytest.param(72, "hours", datetime(2026, 3, 28, 4, tzinfo=UTC), id="hours"),
        # Midnights in Shanghai.
        pytest.param(30, "days", datetime(2026, 2, 28, 16, tzinfo=UTC), id="days"),
        pytest.param(1, "months", datetime(2026, 2, 28, 16, tzinfo=UTC), id="a_month_that_is_too_short"),
        pytest.param(12, "months", datetime(2025, 3, 30, 16, tzinfo=UTC), id="a_year"),
    ],
)
def test_the_last_moment_that_is_past_its_time(amount: int, unit: str, before: datetime) -> None:
    rule = keep("drafts", amount, unit)
    found = cutoff(rule, NOON)
    assert found == before
    assert rule.after(found - timedelta(seconds=1)) < NOON <= rule.after(found)


def test_every_period_that_a_declaration_names_comes_with_the_portal() -> None:
    shipped = {
        (rule.jurisdiction, rule.kind.removeprefix("retention/"))
        for path in files()
        for rule in read_rules(path.read_bytes())
        if rule.kind.startswith("retention/")
    }
    named = {one.retention for one in personal_data() if one.since}
    assert shipped == {(place, key) for place in ("CN", "EU") for key in named}


def test_what_has_no_end_of_its_own_says_how_long_it_stays() -> None:
    silent = {one.retention for one in personal_data() if not one.since} - set(AS_LONG_AS)
    assert silent == set()


def test_a_period_in_words() -> None:
    keep("drafts")
    (drafts,) = [one for one in personal_data() if one.retention == "drafts"]
    assert period_in_words(drafts) == "6 months"


def test_every_kind_with_an_end_is_looked_at() -> None:
    assert {due.declared.retention for due in all_due()} == {one.retention for one in personal_data() if one.since}


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_privacy_officer_sees_what_is_due_and_takes_it_away() -> None:
    keep("drafts")
    draft(make_user(), days=300)
    browser = browser_of(make_officeholder(Role.PRIVACY))
    assert b"1 row is past its time" in browser.get("/en/privacy-desk/retention/").content
    assert browser.post("/en/privacy-desk/retention/").status_code == 302
    assert Draft.objects.count() == 0


def test_the_privacy_desk_leads_to_retention_and_is_not_there_for_others() -> None:
    page = browser_of(make_officeholder(Role.PRIVACY)).get("/en/privacy-desk/")
    assert b'href="/en/privacy-desk/retention/"' in page.content
    assert browser_of(make_officeholder(Role.AUDITOR)).get("/en/privacy-desk/").status_code == 404
