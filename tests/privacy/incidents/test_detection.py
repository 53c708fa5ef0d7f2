"""What is noticed by itself opens an incident, once; what is seen again while it is open adds a line."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from participation.stakeholders.models import User
from privacy.access.recording import reading
from privacy.history.directory import directory
from privacy.incidents.actions import move_incident, plant_honey
from privacy.incidents.detection import answer_alarms, look_for_many_exports, notice
from privacy.incidents.models import Incident
from privacy.rights.exporting.models import ExportJob
from privacy.sealing import alarms
from privacy.sealing.errors import Tampered
from tests.factories import make_moderator, make_user
from tests.specimens.models import Dossier

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str, str]]:
    answer_alarms()
    return list(Incident.objects.order_by("pk").values_list("signal", "kind"))


def test_an_altered_value_opens_an_incident_that_names_its_row_and_not_its_content() -> None:
    one, other = Dossier.objects.create(note="甲"), Dossier.objects.create(note="乙")
    held = Dossier._meta.get_field("note").held(Dossier.objects.get(pk=other.pk))
    stolen = Dossier.objects.get(pk=one.pk)
    stolen.__dict__["note"] = held
    with pytest.raises(Tampered):
        assert stolen.note
    assert found() == [("tampered", "tampered_record")]
    assert str(one.row_id) in Incident.objects.get().what_happened


def test_what_a_command_finds_opens_one() -> None:
    dossier = Dossier.objects.create(note="甲")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE specimens_dossier SET note = %s WHERE id = %s", [bytes(80), dossier.pk])
    with pytest.raises(SystemExit):
        call_command("privacy_selftest", stdout=StringIO(), stderr=StringIO())
    assert Incident.objects.get().signal == "tampered"


def test_the_same_thing_is_one_incident_while_it_is_open(guard: User) -> None:
    first = notice("witness", "甲")
    assert [notice("witness", "甲").pk, notice("witness", "乙").pk != first.pk] == [first.pk, True]
    move_incident(first, to="closed", words="误报", acting_user=guard)
    assert notice("witness", "甲").pk != first.pk


def test_what_is_seen_again_an_hour_later_is_said_once() -> None:
    first = notice("witness", "甲")
    Incident.objects.update(created=timezone.now() - timedelta(hours=2))
    notice("witness", "甲")
    notice("witness", "甲")
    assert list(first.steps.values_list("kind", flat=True)) == ["opened", "seen_again"]


def test_unusually_many_readings_open_one(settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    settings.SEALED_READS_PER_HOUR = {"default": 1}
    reader = make_user()
    with django_capture_on_commit_callbacks(execute=True), reading("looking", acting_user=reader):
        for _number in range(2):
            assert Dossier.objects.get(pk=Dossier.objects.create(note="x").pk).note
    assert found() == [("bulk_read", "insider_misuse")]


def test_opening_a_planted_record_opens_one(guard: User, django_capture_on_commit_callbacks: Any) -> None:
    planted = directory().plant_person()
    plant_honey(record=planted, note="名册末尾", acting_user=guard)
    with django_capture_on_commit_callbacks(execute=True), reading("curious", acting_user=make_moderator()):
        assert User.objects.get(pk=planted.pk).phone
    assert found() == [("honey", "insider_misuse")]


def test_a_burst_of_failed_sign_ins_opens_one_without_the_address(settings: Any) -> None:
    settings.FAILED_SIGN_INS_PER_HOUR = {"account": 2, "all": 99}
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    for _number in range(4):
        authenticate(None, username="victim@example.org", password="wrong")
    assert found() == [("failed_logins", "account_taken_over")]
    assert "victim" not in Incident.objects.get().what_happened


def test_unusually_many_exports_open_one(settings: Any) -> None:
    settings.EXPORTS_PER_HOUR = 1
    for _number in range(2):
        person = make_user()
        ExportJob.objects.create(
            subject_scope="person", subject_ref=person.row_id, asked_by=person, language="en", state="ready"
        )
    look_for_many_exports()
    assert found() == [("exports", "leaked_export")]


def test_trying_a_key_is_no_alarm() -> None:
    with alarms.trying(), pytest.raises(Tampered):
        raise Tampered("another key is tried next")
    assert not alarms.are_waiting()
