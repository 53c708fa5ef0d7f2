"""Opening a sealed value of somebody else is on record before the value is known."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from privacy.access.actions import open_sealed
from privacy.access.models import AccessEvent
from privacy.access.queries import reads_about
from privacy.log.kinds import LeafKind
from privacy.log.models import AppendOnlyError
from privacy.sealing import ring
from privacy.sealing.errors import Shredded
from tests.factories import make_department, make_officer
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]

User = get_user_model()


def make_person(name: str, phone: str | None = None) -> Any:
    return User.objects.create_user(
        email=f"{name}@example.org", password="correct horse", display_name=name, phone=phone
    )


@pytest.fixture
def person() -> Any:
    return make_person("lin", "555 0100")


@pytest.fixture
def moderator() -> Any:
    return make_person("mo")


def test_it_returns_the_text(person: Any, moderator: Any) -> None:
    assert open_sealed(person, "phone", purpose="call back", acting_user=moderator) == "555 0100"


def test_a_blank_value_is_the_empty_text(moderator: Any) -> None:
    assert open_sealed(make_person("none"), "phone", purpose="call back", acting_user=moderator) == ""


def test_it_records_who_read_what_of_whom_and_why(person: Any, moderator: Any) -> None:
    open_sealed(person, "phone", purpose=" call back ", acting_user=moderator)
    event = AccessEvent.objects.get()
    assert (event.actor, event.purpose, event.record_label, event.record_ref, event.subject_ref, event.fields) == (
        moderator,
        "call back",
        "participation.user",
        person.row_id,
        person.row_id,
        ["phone"],
    )


def test_it_records_the_office_of_the_reader_at_that_moment(person: Any) -> None:
    department = make_department(name="教育局")
    officer = make_officer(department)
    open_sealed(person, "phone", purpose="call back", acting_user=officer)
    officer.appointments.update(revoked_at=timezone.now())
    event = AccessEvent.objects.get()
    assert (event.actor_roles, event.actor_department) == (["officer"], "教育局")


def test_the_log_tells_that_it_happened_and_names_nobody(person: Any, moderator: Any) -> None:
    open_sealed(person, "phone", purpose="call back", acting_user=moderator)
    [entry] = entries(kind=LeafKind.SEALED_OPENED)
    assert entry.record_ref == AccessEvent.objects.get().batch_ref
    assert json.loads(entry.leaf)["public"] == {"fields": ["participation.user.phone"], "records": 1}
    for secret in (str(person.row_id), str(moderator.row_id), "call back", "555 0100"):
        assert secret not in entry.leaf


def test_ones_own_value_is_opened_without_a_record(person: Any) -> None:
    assert open_sealed(User.objects.get(pk=person.pk), "phone", purpose="look", acting_user=person) == "555 0100"
    assert (AccessEvent.objects.count(), len(entries())) == (0, 0)


@pytest.mark.parametrize("purpose", ["", "  \n"])
def test_without_a_purpose_it_stays_closed(person: Any, moderator: Any, purpose: str) -> None:
    with pytest.raises(ValueError, match="purpose"):
        open_sealed(person, "phone", purpose=purpose, acting_user=moderator)
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_nobody_opens_nothing(person: Any, nobody: Any) -> None:
    with pytest.raises(ValueError, match="somebody"):
        open_sealed(person, "phone", purpose="call back", acting_user=nobody)


def test_a_field_that_is_not_sealed_is_refused(person: Any, moderator: Any) -> None:
    with pytest.raises(ValueError, match="not sealed"):
        open_sealed(person, "email", purpose="call back", acting_user=moderator)


def test_an_attempt_that_fails_is_on_record_too(person: Any, moderator: Any) -> None:
    ring.shred(person.sealing_subject())
    with pytest.raises(Shredded):
        open_sealed(User.objects.get(pk=person.pk), "phone", purpose="call back", acting_user=moderator)
    assert (AccessEvent.objects.count(), len(entries())) == (1, 1)


def test_inside_a_transaction_that_could_take_the_record_back_it_is_refused(person: Any, moderator: Any) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        open_sealed(person, "phone", purpose="call back", acting_user=moderator)


def test_the_database_refuses_an_empty_purpose(person: Any, moderator: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessEvent.objects.create(
            actor=moderator,
            purpose="",
            record_label="x.y",
            record_ref=person.row_id,
            subject_ref=person.row_id,
            fields=["phone"],
        )


def test_readings_cannot_be_changed_or_removed(person: Any, moderator: Any) -> None:
    open_sealed(person, "phone", purpose="call back", acting_user=moderator)
    with pytest.raises(AppendOnlyError):
        AccessEvent.objects.all().delete()
    with pytest.raises(AppendOnlyError):
        AccessEvent.objects.update(purpose="another")
    with pytest.raises(AppendOnlyError):
        AccessEvent.objects.get().delete()


def test_a_reading_outlives_its_reader(person: Any, moderator: Any) -> None:
    open_sealed(person, "phone", purpose="call back", acting_user=moderator)
    moderator.delete()
    assert AccessEvent.objects.get().actor is None


def test_people_find_every_reading_of_their_data_and_no_other(person: Any, moderator: Any) -> None:
    other = make_person("other", "1")
    open_sealed(person, "phone", purpose="first", acting_user=moderator)
    open_sealed(other, "phone", purpose="of another", acting_user=moderator)
    open_sealed(person, "phone", purpose="second", acting_user=moderator)
    assert [event.purpose for event in reads_about(person.row_id)] == ["second", "first"]
