"""Appointing people to offices."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from participation.stakeholders.models import Appointment, Role, User
from privacy.log.kinds import LeafKind
from tests import log_entries
from tests.factories import make_department, make_moderator, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
URL = "/people/offices/"


def administrator() -> Client:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    return client


def appoint(person: User, **fields: Any) -> Any:
    return administrator().post(URL, {"person": person.email, **fields})


def test_an_administrator_appoints_a_moderator() -> None:
    person = make_user()
    appoint(person, role=Role.MODERATOR)
    assert list(person.appointments.values_list("role", "department")) == [(Role.MODERATOR, None)]


def test_an_officer_is_appointed_to_a_department() -> None:
    person, department = make_user(), make_department()
    appoint(person, role=Role.OFFICER, department=department.pk)
    assert person.appointments.get().department == department


def test_an_officer_without_a_department_is_refused() -> None:
    response = appoint(make_user(), role=Role.OFFICER)
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["department"])


def test_an_unknown_address_is_refused_in_words() -> None:
    response = administrator().post(URL, {"person": "nobody@example.org", "role": Role.MODERATOR})
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["person"])


def test_appointing_twice_keeps_one_appointment() -> None:
    person = make_user()
    appoint(person, role=Role.AUDITOR)
    appoint(person, role=Role.AUDITOR)
    assert person.appointments.count() == 1


def test_an_editor_may_open_the_administration_of_pages() -> None:
    person = make_user()
    appoint(person, role=Role.EDITOR)
    assert User.objects.get(pk=person.pk).has_perm("wagtailadmin.access_admin")


def test_an_ended_appointment_takes_the_right_away_and_stays_on_record() -> None:
    person = make_user()
    appoint(person, role=Role.EDITOR)
    appointment = person.appointments.get()
    administrator().post(f"{URL}{appointment.row_id}/revoke/")
    assert not User.objects.get(pk=person.pk).has_role(Role.EDITOR)
    assert not User.objects.get(pk=person.pk).has_perm("wagtailadmin.access_admin")
    assert Appointment.objects.filter(pk=appointment.pk, revoked_at__isnull=False).exists()


def test_both_changes_are_in_the_log() -> None:
    person = make_user()
    appoint(person, role=Role.AUDITOR)
    administrator().post(f"{URL}{person.appointments.get().row_id}/revoke/")
    assert [entry.kind for entry in log_entries.entries(record_label="participation.appointment")] == [
        LeafKind.APPOINTMENT_GRANTED,
        LeafKind.APPOINTMENT_REVOKED,
    ]


def test_for_everybody_else_the_page_does_not_exist() -> None:
    client = Client()
    client.force_login(make_moderator())
    assert client.get(URL).status_code == 404
