"""Whom an incident concerns is found in the readings and in the scope of keys."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from participation.stakeholders.models import User
from privacy.access.recording import reading
from privacy.history.directory import directory
from privacy.incidents.actions import move_incident, plant_honey
from privacy.incidents.errors import Refused
from privacy.incidents.models import AffectedPerson, Incident
from privacy.incidents.scope import EVERYTHING, assess_incident, by_keys, by_name, by_readings, made_up
from privacy.rights.erasing.actions import ask_erasure, carry_out_erasure
from privacy.rights.erasing.models import Erasure
from privacy.rights.erasing.queries import is_erased
from privacy.sealing import ring
from privacy.sealing.errors import Shredded
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey
from tests.factories import make_moderator, make_user
from tests.privacy.incidents.conftest import Open

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def opened_by(reader: User, person: User) -> None:
    with reading("comparing", acting_user=reader):
        assert User.objects.get(pk=person.pk).phone


def test_readings_tell_who_was_read_which_field_and_by_whom() -> None:
    reader, other = make_moderator(), make_moderator()
    person, untouched = make_user(phone="13800138000"), make_user(phone="13800138001")
    opened_by(reader, person)
    opened_by(other, untouched)
    now = timezone.now()
    found = by_readings(since=now - DAY, until=now + DAY, readers=[reader.row_id])
    assert {subject.ref: dict(touched.fields) for subject, touched in found.subjects.items()} == {
        person.row_id: {"participation.user.phone": 1}
    }


def test_readings_outside_of_the_span_do_not_count() -> None:
    opened_by(make_moderator(), make_user(phone="13800138000"))
    now = timezone.now()
    assert by_readings(since=now - 2 * DAY, until=now - DAY).subjects == {}


def test_a_key_concerns_everybody_who_is_under_it() -> None:
    person = make_user(phone="13800138000")
    kek_id = DataKey.objects.get(scope_ref=person.row_id).kek_id
    touched = by_keys(kek_id=kek_id).subjects[Subject("person", person.row_id)]
    assert (dict(touched.fields), by_keys(kek_id="another").subjects) == ({EVERYTHING: 1}, {})


def test_what_of_a_person_is_concerned_goes_when_they_are_erased(opened: Open, guard: User) -> None:
    person = make_user()
    subject = Subject("person", person.row_id)
    assess_incident(opened(), by_name([subject], fields=["participation.user.phone"]), words="名单", acting_user=guard)
    ring.shred(subject)
    with pytest.raises(Shredded):
        assert AffectedPerson.objects.get().details


def test_nobody_is_counted_twice(opened: Open, guard: User) -> None:
    incident = opened()
    scoped = by_name([Subject("person", make_user().row_id)], fields=["participation.user.phone"])
    for _again in range(2):
        incident = assess_incident(incident, scoped, words="名单", acting_user=guard)
    assert (incident.scope["people"], incident.affected.count()) == (1, 1)
    assert incident.scope["fields"] == {"participation.user.phone": 1}


@pytest.mark.parametrize("is_exercise", [True, False])
def test_made_up_people_belong_into_an_exercise_and_real_ones_do_not(
    opened: Open, guard: User, is_exercise: bool
) -> None:
    scoped = by_name([], fields=()) if is_exercise else made_up(1)
    with pytest.raises(Refused):
        assess_incident(opened(is_exercise=is_exercise), scoped, words="x", acting_user=guard)


def test_an_incident_that_concerns_nobody_can_go_on(opened: Open, guard: User) -> None:
    incident: Incident = assess_incident(opened(), by_name([], fields=()), words="加密的", acting_user=guard)
    assert incident.assessed_at
    assert move_incident(incident, to="closed", words="误报", acting_user=guard).state == "closed"


def test_a_planted_record_is_nobody(opened: Open, guard: User) -> None:
    planted = directory().plant_person()
    plant_honey(record=planted, note="名册末尾", acting_user=guard)
    assert assess_incident(opened(), by_keys(), words="全部密钥", acting_user=guard).scope["people"] == 0


def test_who_was_erased_gets_no_new_key_and_no_letter(opened: Open, guard: User, settings: Any, tmp_path: Path) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")
    person = make_user(phone="13800138000")
    opened_by(make_moderator(), person)
    subject, now = person.sealing_subject(), timezone.now()
    erasure = ask_erasure(subject, acting_user=person)
    Erasure.objects.filter(pk=erasure.pk).update(due_at=now)
    carry_out_erasure(erasure)
    found = by_readings(since=now - DAY, until=now + DAY)
    assert set(found.subjects) == {subject}
    incident = assess_incident(opened(), found, words="读取记录", acting_user=guard)
    assert (incident.scope["people"], is_erased(subject)) == (0, True)
    assert directory().contacts_of([subject]) == {}
