"""History rows: who, why, what changed, and no sealed value in sight."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import override

from privacy.history.actor import acting
from privacy.history.queries import history_of

pytestmark = [pytest.mark.django_db, pytest.mark.both]

User = get_user_model()


def make_person(name: str = "Lin", **fields: Any) -> Any:
    return User.objects.create_user(
        email=f"{name.lower()}@example.org", password="correct horse", display_name=name, **fields
    )


def test_a_change_records_actor_and_reason() -> None:
    person, moderator = make_person(), make_person("Mo")
    with acting(moderator, reason="asked to be renamed"):
        person.display_name = "Lin Wei"
        person.save()
    row = person.history.first()
    assert (row.history_user, row.history_change_reason, row.display_name) == (
        moderator,
        "asked to be renamed",
        "Lin Wei",
    )


def test_without_an_actor_the_system_did_it() -> None:
    row = make_person().history.get()
    assert (row.history_user, row.history_change_reason) == (None, None)


def test_a_reason_of_its_own_goes_before_the_actors() -> None:
    person = make_person()
    person._change_reason = "its own"
    with acting(None, reason="the actor's"):
        person.save()
    assert person.history.first().history_change_reason == "its own"


def test_a_reason_may_be_long() -> None:
    with acting(None, reason="原" * 5000):
        person = make_person()
    assert person.history.get().history_change_reason == "原" * 5000


def test_the_actor_may_be_deleted_and_the_history_stays() -> None:
    moderator = make_person("Mo")
    with acting(moderator):
        person = make_person()
    User.objects.filter(pk=moderator.pk).delete()
    assert person.history.get().history_user is None


def test_the_columns_of_a_history_row() -> None:
    meta = User.history.model._meta
    user, reason = meta.get_field("history_user"), meta.get_field("history_change_reason")
    assert isinstance(meta.pk, models.BigAutoField)
    assert (user.related_model, user.remote_field.on_delete) == (User, models.SET_NULL)
    assert isinstance(reason, models.TextField)


def test_history_of_tells_who_why_and_which_fields() -> None:
    person, moderator = make_person(phone="555"), make_person("Mo")
    with acting(moderator, reason="moved"):
        person.display_name, person.phone = "Lin Wei", "556"
        person.save()
    with override("en"):
        newest, oldest = history_of(person)
    assert (newest.who, newest.reason, newest.kind, set(newest.changed)) == (
        "Mo",
        "moved",
        "changed",
        {"public name", "telephone"},
    )
    assert (oldest.who, oldest.reason, oldest.kind, oldest.changed) == ("system", "", "created", ())


def test_opening_a_sealed_value_and_saving_is_no_change() -> None:
    make_person(phone="555")
    person = User.objects.get()
    assert person.phone == "555"
    person.save()
    assert [change.changed for change in history_of(person)] == [(), ()]


def test_history_shows_no_value() -> None:
    person = make_person(phone="555 0100")
    person.phone = "555 0200"
    person.save()
    assert "555" not in repr(history_of(person))


def test_history_of_asks_once_however_long_it_is(django_assert_num_queries: Any) -> None:
    person, moderator = make_person(), make_person("Mo")
    with acting(moderator):
        for number in range(30):
            person.display_name = str(number)
            person.save()
    with django_assert_num_queries(1):
        assert len(history_of(person)) == 31
