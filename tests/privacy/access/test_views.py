"""Who may see who read what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from participation.stakeholders.models import Mandate, Role, User
from privacy.access.actions import open_sealed
from privacy.access.models import AccessAlert, AccessEvent
from privacy.sealing.keys import PORTAL
from tests.factories import (
    make_department,
    make_moderator,
    make_officeholder,
    make_officer,
    make_organisation,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PHONE = "+8613800138000"
MINE, READINGS, ALERTS = "/my-data/readings/", "/readings/", "/readings/alerts/"


def reader(role: str) -> User | None:
    if role == "visitor":
        return None
    if role == "administrator":
        return make_user(is_superuser=True)
    if role == "citizen":
        return make_user()
    if role == "officer":
        return make_officer(make_department())
    return make_officeholder(Role(role))


def browser_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def record_reading(subject: UUID, actor: User | None = None, **fields: Any) -> AccessEvent:
    values: dict[str, Any] = {
        "purpose": "to call back",
        "record_label": "participation.user",
        "record_ref": subject,
        "subject_ref": subject,
        "fields": ["phone"],
        "actor": actor,
    }
    return AccessEvent.objects.create(**{**values, **fields})  # type: ignore[no-any-return]


def alert_about(actor: User) -> AccessAlert:
    return AccessAlert.objects.create(actor=actor, window_start=timezone.now(), record_count=9, threshold=3)


@pytest.mark.parametrize(
    ("role", "mine", "others"),
    [
        ("visitor", 302, 404),
        ("citizen", 200, 404),
        ("moderator", 200, 404),
        ("officer", 200, 404),
        ("editor", 200, 404),
        ("auditor", 200, 200),
        ("administrator", 200, 200),
    ],
)
def test_every_page_is_for_whom_it_is(role: str, mine: int, others: int) -> None:
    alert = alert_about(make_moderator())
    browser = browser_of(reader(role))
    found = [browser.get(path).status_code for path in (MINE, READINGS, ALERTS, f"{ALERTS}{alert.row_id}/")]
    assert found == [mine, others, others, others]


def test_a_person_sees_who_read_theirs_in_which_office_why_and_what() -> None:
    person = make_user(phone=PHONE)
    officer = make_officer(make_department(name="教育局"))
    open_sealed(person, "phone", purpose="to call back", acting_user=officer)
    page = browser_of(person).get("/en" + MINE).content.decode()
    for told in (officer.display_name, "Department officer", "教育局", "to call back", "telephone"):
        assert told in page
    assert PHONE not in page
    assert officer.email not in page


def test_a_person_sees_no_reading_of_another() -> None:
    record_reading(make_user().row_id, purpose="of another")
    page = browser_of(make_user()).get("/en" + MINE).content.decode()
    assert "of another" not in page
    assert "Nobody has." in page


def test_a_long_list_has_pages() -> None:
    person = make_user()
    for number in range(21):
        record_reading(person.row_id, purpose=f"purpose-{number:02d}")
    browser = browser_of(person)
    assert browser.get(MINE).content.decode().count("purpose-") == 20
    assert "purpose-00" in browser.get(f"{MINE}?page=2").content.decode()


def test_a_reading_without_a_purpose_says_so() -> None:
    person = make_user()
    record_reading(person.row_id, purpose="not stated")
    assert "No purpose was stated" in browser_of(person).get("/en" + MINE).content.decode()


def test_owners_see_the_readings_of_their_organisation_and_other_members_do_not() -> None:
    owner, member = make_user(), make_user()
    organisation = make_organisation(member=owner)
    Mandate.objects.create(person=member, organisation=organisation)
    record_reading(organisation.row_id, purpose="to check the account", record_label="participation.organisation")
    path = f"{MINE}?of={organisation.row_id}"
    assert "to check the account" in browser_of(owner).get(path).content.decode()
    assert browser_of(member).get(path).status_code == 404


@pytest.mark.parametrize("asked", ["not-a-reference", str(UUID(int=7))])
def test_readings_of_somebody_else_are_not_there(asked: str) -> None:
    assert browser_of(make_user()).get(f"{MINE}?of={asked}").status_code == 404


def test_auditors_find_readings_by_reader_record_and_period() -> None:
    auditor, moderator = make_officeholder(Role.AUDITOR), make_moderator()
    sought = record_reading(uuid4(), moderator, purpose="sought")
    record_reading(uuid4(), make_moderator(), purpose="another")
    record_reading(uuid4(), moderator, purpose="long ago", created=timezone.now() - timedelta(days=30))
    browser = browser_of(auditor)
    today = timezone.localdate()

    def purposes(query: str) -> list[str]:
        page = browser.get(f"{READINGS}?{query}")
        assert page.status_code == 200
        return [reading.purpose for reading in page.context["readings"]]

    assert purposes("") == ["another", "sought", "long ago"]
    assert purposes(f"reader={moderator.email}") == ["sought", "long ago"]
    assert purposes(f"record={sought.record_ref}") == ["sought"]
    assert purposes(f"since={today}&until={today}") == ["another", "sought"]
    assert purposes(f"until={today - timedelta(days=1)}") == ["long ago"]
    assert purposes("reader=nobody-of-that-name") == []


def test_what_is_nobodys_but_the_portals_is_said_to_be_so() -> None:
    lot = uuid4()
    record_reading(PORTAL.ref, record_ref=lot, subject_scope=PORTAL.scope_type)
    page = browser_of(make_officeholder(Role.AUDITOR)).get(f"/en{READINGS}").content.decode()
    assert ("the portal itself" in page, str(PORTAL.ref) in page, str(lot) in page) == (True, False, True)


@pytest.mark.parametrize(
    "query",
    [
        *("record=nonsense", "since=yesterday", "since=2026-02-01&until=2026-01-01"),
        *("since=0001-01-01", "until=9999-12-31"),
    ],
)
def test_a_question_that_makes_no_sense_is_said_to_be_so(query: str) -> None:
    page = browser_of(make_officeholder(Role.AUDITOR)).get(f"{READINGS}?{query}")
    assert page.status_code == 400
    assert 'class="error"' in page.content.decode()


def test_the_page_of_readings_asks_the_same_number_of_questions_however_long_it_is(
    django_assert_num_queries: Any,
) -> None:
    browser, moderator = browser_of(make_officeholder(Role.AUDITOR)), make_moderator()
    record_reading(uuid4(), moderator)
    browser.get(READINGS)
    with django_assert_num_queries(8):
        browser.get(READINGS)
    for _ in range(19):
        record_reading(uuid4(), moderator)
    with django_assert_num_queries(8):
        browser.get(READINGS)


def test_a_privacy_officer_writes_down_what_was_found() -> None:
    alert = alert_about(make_moderator())
    browser = browser_of(make_officeholder(Role.PRIVACY))
    path = f"{ALERTS}{alert.row_id}/"
    assert browser.post(path, {"reason": ""}).status_code == 400
    answer = browser.post(path, {"reason": "agreed clean-up"})
    assert (answer.status_code, answer["Location"]) == (302, ALERTS)
    assert "agreed clean-up" in browser.get(path).content.decode()
    assert browser.post(path, {"reason": "again"}).status_code == 409


def test_an_alert_about_oneself_is_seen_and_not_decided() -> None:
    auditor = make_officeholder(Role.AUDITOR)
    path = f"{ALERTS}{alert_about(auditor).row_id}/"
    browser = browser_of(auditor)
    assert 'name="reason"' not in browser.get(path).content.decode()
    assert browser.post(path, {"reason": "it was me"}).status_code == 403


def test_the_navigation_leads_auditors_there_and_nobody_else() -> None:
    link = 'href="/readings/"'
    shown = {role: link in browser_of(reader(role)).get(MINE).content.decode() for role in ("citizen", "auditor")}
    assert shown == {"citizen": False, "auditor": True}
