"""Readings of confidential reports: for auditors, who learn by whom, when and why, and of which report nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.test import Client, RequestFactory

from participation.stakeholders.models import Role
from privacy.access.models import AccessEvent
from privacy.admin import AccessEventAdmin
from tests.factories import make_integrity_officer, make_officeholder, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def case_reading() -> AccessEvent:
    event: AccessEvent = AccessEvent.objects.create(
        actor=make_integrity_officer(),
        purpose="whistleblowing",
        typed_reason="初核",
        place="participation:whistleblowing:opened",
        record_label="participation.casefile",
        record_ref=uuid4(),
        subject_ref=uuid4(),
        subject_scope="case",
        fields=["details", "content"],
    )
    return event


def page_for(person: object, **asked: object) -> str:
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    page = client.get("/readings/", asked)
    assert page.status_code == 200
    return page.content.decode()


def test_an_administrator_does_not_see_that_a_report_was_read() -> None:
    case_reading()
    assert "初核" not in page_for(make_user(is_superuser=True))


def test_an_auditor_sees_who_and_why_but_neither_which_report_nor_what_of_it() -> None:
    event = case_reading()
    page = page_for(make_officeholder(Role.AUDITOR))
    assert ("初核" in page, event.actor.display_name in page) == (True, True)
    hidden = (str(event.record_ref), str(event.subject_ref), "casefile", "举报文件")
    assert [text for text in hidden if text in page] == []
    assert "content" not in str(page.split("<section")[1])


@pytest.mark.parametrize("field", ["record_ref", "subject_ref"])
def test_readings_of_one_report_cannot_be_asked_for(field: str) -> None:
    event = case_reading()
    assert "初核" not in page_for(make_officeholder(Role.AUDITOR), record=getattr(event, field))


def test_the_administration_does_not_list_them() -> None:
    case_reading()
    request = RequestFactory().get("/")
    request.user = make_user(is_superuser=True, is_staff=True)
    assert AccessEventAdmin(AccessEvent, site).get_queryset(request).count() == 0
