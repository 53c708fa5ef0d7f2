"""Who read what is held to the log: a reading that was altered, removed or slipped in is found and named."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from privacy.access.models import AccessEvent
from privacy.access.recording import reading
from privacy.history.actor import acting
from privacy.log.audit import audit_log
from privacy.log.models import LogEntry
from privacy.log.sequencer import sequence_once
from privacy.log.triggers import lifted
from tests.factories import make_moderator, make_user
from tests.specimens.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def read(count: int, reader: Any = None) -> list[AccessEvent]:
    """``count`` readings in one batch, in the order of their keys."""
    made = [Dossier.objects.create(note="note", secret="secret") for _ in range(count)]
    before = set(AccessEvent.objects.values_list("pk", flat=True))
    with acting(reader or make_moderator()), reading(purpose="checking the list"):
        for dossier in Dossier.objects.filter(pk__in=[one.pk for one in made]):
            assert dossier.note == "note"
    return list(AccessEvent.objects.exclude(pk__in=before).order_by("pk"))


def problems() -> list[tuple[str, str, str]]:
    """Those about readings: what factories write has no leaf either."""
    found = [(problem.kind, problem.name, problem.sentence) for problem in audit_log().problems]
    return [problem for problem in found if "accessevent" in problem[1]]


def rewrite(sql: str, *parameters: Any) -> None:
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def number_of(event: AccessEvent) -> int:
    return int(LogEntry.objects.get(record_ref=event.batch_ref).index)


@pytest.mark.parametrize("is_numbered", [True, False], ids=["numbered", "waiting"])
def test_readings_as_they_were_recorded_hold(is_numbered: bool) -> None:
    read(3)
    read(1)
    if is_numbered:
        sequence_once()
    assert (problems(), audit_log().rows) == ([], 2)


@pytest.mark.parametrize("column", ["purpose", "typed_reason", "record_label"])
def test_an_altered_reading_is_named(column: str) -> None:
    (event,) = read(1)
    read(1)
    sequence_once()
    rewrite(f"UPDATE privacy_accessevent SET {column} = 'x' WHERE id = %s", event.pk)
    name = f"privacy.accessevent {event.pk}"
    assert problems() == [("row", name, f"the row {name} is not what entry {number_of(event)} was written about")]


def test_a_reading_that_is_blamed_on_another_reader_is_named() -> None:
    (event,) = read(1)
    sequence_once()
    rewrite("UPDATE privacy_accessevent SET actor_id = %s", make_user().pk)
    assert [name for _kind, name, _sentence in problems()] == [f"privacy.accessevent {event.pk}"]


def test_readings_of_somebody_whose_account_is_gone_still_hold() -> None:
    reader = make_user()
    read(2, reader)
    sequence_once()
    reader.delete()
    assert list(AccessEvent.objects.values_list("actor", flat=True)) == [None, None]
    assert problems() == []


def test_a_reader_who_was_erased_from_a_reading_without_leaving_is_missed() -> None:
    (event,) = read(1)
    make_user().delete()
    sequence_once()
    rewrite("UPDATE privacy_accessevent SET actor_id = NULL")
    assert [name for _kind, name, _sentence in problems()] == [f"privacy.accessevent {event.pk}"]


def test_one_altered_reading_among_many_puts_all_of_its_batch_in_question() -> None:
    """The leaf is bound to the batch as a whole: which of its rows was altered does not follow from it."""
    events = read(3)
    sequence_once()
    rewrite("UPDATE privacy_accessevent SET purpose = 'x' WHERE id = %s", events[1].pk)
    number = number_of(events[0])
    names = ", ".join(str(event.pk) for event in events)
    assert problems() == [
        (
            "row",
            f"privacy.accessevent {names}",
            f"one of the rows privacy.accessevent {names} is not what entry {number} was written about",
        )
    ]


def test_a_missing_reading_is_said_with_those_that_are_left() -> None:
    events = read(3)
    sequence_once()
    rewrite("DELETE FROM privacy_accessevent WHERE id = %s", events[1].pk)
    number = number_of(events[0])
    assert problems() == [
        (
            "row",
            f"privacy.accessevent {events[0].pk}, {events[2].pk}",
            f"entry {number} is about 3 readings, in privacy.accessevent there are 2 ({events[0].pk}, {events[2].pk})",
        )
    ]


def test_a_batch_that_is_gone_altogether_is_named_by_its_reference() -> None:
    (event,) = read(1)
    sequence_once()
    number = number_of(event)
    rewrite("DELETE FROM privacy_accessevent")
    assert problems() == [
        (
            "row",
            f"privacy.accessevent {event.batch_ref}",
            f"entry {number} is about 1 readings, in privacy.accessevent there are 0 (batch {event.batch_ref})",
        )
    ]


def test_a_reading_that_was_slipped_in_is_named() -> None:
    (event,) = read(1)
    sequence_once()
    planted = AccessEvent.objects.create(
        purpose="x", record_label="tests.dossier", record_ref=event.record_ref, subject_ref=event.subject_ref, fields=[]
    )
    name = f"privacy.accessevent {planted.pk}"
    assert problems() == [("unrecorded", name, f"the row {name} has no leaf in the log")]


def test_without_what_opens_its_commitment_a_batch_is_named() -> None:
    (event,) = read(1)
    sequence_once()
    rewrite("DELETE FROM privacy_leafsecret")
    name = f"privacy.accessevent {event.pk}"
    sentence = f"the row {name}: the salt of its commitment in entry {number_of(event)} is gone"
    assert problems() == [("row", name, sentence)]
