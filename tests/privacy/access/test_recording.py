"""Plain attribute access to a sealed value of somebody else is on record before it leaves the house."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection, transaction
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from privacy.access.errors import ReasonRequired
from privacy.access.models import AccessEvent
from privacy.access.recording import UNSTATED, Collector, reading
from privacy.history.actor import acting
from privacy.log.kinds import LeafKind
from privacy.sealing.opening import unrecorded
from tests.factories import make_feedback, make_moderator, make_user
from tests.log_entries import entries
from tests.specimens.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.both, pytest.mark.urls("tests.privacy.access.pages")]


def make_dossier(number: int = 1, **fields: Any) -> Dossier:
    """As another process would find it: nothing of it is open yet."""
    made = Dossier.objects.create(**{"note": f"note-{number}", "secret": f"secret-{number}", **fields})
    return Dossier.objects.get(pk=made.pk)


@pytest.fixture
def moderator() -> Any:
    return make_moderator()


@pytest.fixture
def signed_in(client: Client, moderator: Any) -> Client:
    client.force_login(moderator)
    return client


def told() -> list[tuple[Any, str, list[str]]]:
    return [(event.actor, event.purpose, event.fields) for event in AccessEvent.objects.order_by("pk")]


# Within a request ----------------------------------------------------------------------------------


def test_a_page_that_shows_a_value_records_its_reader_with_role_and_place(signed_in: Client, moderator: Any) -> None:
    dossier = make_dossier()
    assert signed_in.get("/notes/").content == b"note-1"
    event = AccessEvent.objects.get()
    assert (event.actor, event.actor_roles, event.purpose, event.place, event.fields) == (
        moderator,
        ["moderator"],
        UNSTATED,
        "listing",
        ["note"],
    )
    assert (event.record_ref, event.subject_ref, len(event.request_id)) == (dossier.row_id, dossier.about, 32)


def test_a_value_that_is_read_twice_in_a_request_is_one_reading(signed_in: Client, moderator: Any) -> None:
    make_dossier()
    signed_in.get("/notes/twice/")
    assert told() == [(moderator, UNSTATED, ["note"])]


def test_each_request_is_a_reading_of_its_own(signed_in: Client) -> None:
    make_dossier()
    signed_in.get("/notes/")
    signed_in.get("/notes/")
    assert len({event.request_id for event in AccessEvent.objects.all()}) == 2


def test_the_purpose_that_a_view_states_is_recorded(signed_in: Client, moderator: Any) -> None:
    make_dossier()
    signed_in.get("/notes/purpose/")
    assert told() == [(moderator, "checking the list", ["note"])]
    assert AccessEvent.objects.get().place == "for_a_purpose"


def test_a_visitor_who_is_shown_a_value_is_recorded_as_nobody(client: Client) -> None:
    make_dossier()
    client.get("/notes/")
    assert told() == [(None, UNSTATED, ["note"])]


def test_reading_ones_own_data_is_not_recorded(client: Client) -> None:
    person = make_user()
    make_dossier(about=person.row_id)
    client.force_login(person)
    assert client.get("/notes/").content == b"note-1"
    assert told() == []


def test_a_list_costs_the_same_whatever_its_length(signed_in: Client) -> None:
    counts = {}
    about = make_dossier().about
    signed_in.get("/notes/")
    for size in (1, 30):
        for number in range(Dossier.objects.count(), size):
            make_dossier(number, about=about)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            signed_in.get("/notes/")
        counts[size] = len(queries)
        inserts = [q["sql"] for q in queries if q["sql"].startswith('INSERT INTO "privacy_accessevent"')]
        assert len(inserts) == 1
    assert counts[1] == counts[30]
    assert AccessEvent.objects.count() == 32


def test_a_list_is_one_leaf_bound_to_every_reading(signed_in: Client) -> None:
    for number in range(3):
        make_dossier(number)
    signed_in.get("/notes/")
    [entry] = entries(kind=LeafKind.SEALED_OPENED)
    assert json.loads(entry.leaf)["public"] == {"fields": ["specimens.dossier.note"], "records": 3}
    assert {event.batch_ref for event in AccessEvent.objects.all()} == {entry.record_ref}


def test_a_page_that_fails_after_reading_is_recorded(signed_in: Client, moderator: Any) -> None:
    make_dossier()
    signed_in.raise_request_exception = False
    assert signed_in.get("/notes/broken/").status_code == 500
    assert told() == [(moderator, UNSTATED, ["note"])]


def test_an_answer_whose_readings_cannot_be_written_is_not_given(signed_in: Client) -> None:
    make_dossier()
    signed_in.raise_request_exception = False

    def full(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "privacy_accessevent"'):
            raise DatabaseError("the disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(full):
        answer = signed_in.get("/notes/")
    assert answer.status_code == 500
    assert b"note-1" not in answer.content


@pytest.mark.django_db(transaction=True)
async def test_an_asynchronous_view_is_recorded(async_client: AsyncClient) -> None:
    moderator = await sync_to_async(make_moderator)()
    await sync_to_async(make_dossier)()
    await async_client.aforce_login(moderator)
    answer = await async_client.get("/notes/async/")
    assert answer.content == b"note-1"
    assert await sync_to_async(told)() == [(moderator, UNSTATED, ["note"])]


def test_a_streamed_answer_is_recorded_piece_by_piece(signed_in: Client, moderator: Any) -> None:
    make_dossier(1)
    make_dossier(2)
    pieces = iter(signed_in.get("/notes/streamed/").streaming_content)
    assert (next(pieces), told()) == (b"start ", [])
    assert (next(pieces), told()) == (b"note-1 ", [(moderator, UNSTATED, ["note"])])
    assert len([next(pieces), *pieces]) == 1
    assert [event.actor for event in AccessEvent.objects.all()] == [moderator, moderator]
    assert len({event.request_id for event in AccessEvent.objects.all()}) == 1


@pytest.mark.django_db(transaction=True)
async def test_an_asynchronously_streamed_answer_is_recorded(async_client: AsyncClient) -> None:
    moderator = await sync_to_async(make_moderator)()
    await sync_to_async(make_dossier)()
    await async_client.aforce_login(moderator)
    answer = await async_client.get("/notes/streamed/async/")
    pieces = [piece async for piece in answer.streaming_content]
    assert pieces == [b"start ", b"note-1 "]
    assert await sync_to_async(told)() == [(moderator, UNSTATED, ["note"])]


# Outside one ---------------------------------------------------------------------------------------


def test_outside_a_request_a_reading_is_recorded_at_once(moderator: Any) -> None:
    dossier = make_dossier()
    assert dossier.note == "note-1"
    assert told() == [(None, UNSTATED, ["note"])]


def test_outside_a_request_whoever_acts_is_the_reader(moderator: Any) -> None:
    dossier = make_dossier()
    with acting(moderator):
        assert dossier.note == "note-1"
    assert told() == [(moderator, UNSTATED, ["note"])]


def test_a_block_collects_what_is_read_for_its_purpose(moderator: Any) -> None:
    dossiers = [make_dossier(number, data={"a": 1}) for number in range(3)]
    with reading(purpose="yearly check", acting_user=moderator, place="command check"):
        for dossier in dossiers:
            assert dossier.note
            assert dossier.data
        assert told() == []
    assert told() == [(moderator, "yearly check", ["data", "note"])] * 3
    assert len(entries(kind=LeafKind.SEALED_OPENED)) == 1
    assert {event.place for event in AccessEvent.objects.all()} == {"command check"}


def test_a_block_that_fails_is_recorded(moderator: Any) -> None:
    dossier = make_dossier()
    with pytest.raises(ZeroDivisionError), reading(purpose="yearly check"):
        len(dossier.note or "") / 0
    assert told() == [(None, "yearly check", ["note"])]


def test_a_block_must_state_its_purpose() -> None:
    with pytest.raises(ValueError, match="purpose"):
        reading(purpose=" \n")


@pytest.mark.django_db(transaction=True)
async def test_a_block_in_a_coroutine_is_recorded() -> None:
    moderator = await sync_to_async(make_moderator)()
    dossier = await sync_to_async(make_dossier)()
    async with reading(purpose="socket", acting_user=moderator):
        assert await sync_to_async(lambda: dossier.note)() == "note-1"
    assert await sync_to_async(told)() == [(moderator, "socket", ["note"])]


def test_copying_and_saving_is_no_reading(moderator: Any) -> None:
    feedback = make_feedback(callback_phone="555 0100")
    found = type(feedback).objects.get(pk=feedback.pk)
    found.status = "hidden"
    found.save()
    assert told() == []


def test_what_a_command_opens_without_showing_is_not_recorded() -> None:
    dossier = make_dossier()
    with unrecorded():
        assert dossier.note == "note-1"
    assert told() == []


def test_opening_a_history_row_is_a_reading_of_the_living_record(moderator: Any) -> None:
    feedback = make_feedback(callback_phone="+8613800138000")
    with acting(moderator):
        assert feedback.history.first().callback_phone == "+8613800138000"
    event = AccessEvent.objects.get()
    assert (event.record_label, event.record_ref, event.subject_ref) == (
        "participation.feedback",
        feedback.row_id,
        feedback.author.row_id,
    )


# With a reason -------------------------------------------------------------------------------------


def test_a_field_that_wants_a_reason_stays_closed_without_one(moderator: Any) -> None:
    dossier = make_dossier()
    with pytest.raises(ReasonRequired), reading(purpose="looking", acting_user=moderator):
        _ = dossier.secret
    with pytest.raises(ReasonRequired):
        _ = dossier.secret
    assert told() == []


def test_a_page_cannot_show_a_field_that_wants_a_reason(signed_in: Client) -> None:
    make_dossier()
    with pytest.raises(ReasonRequired):
        signed_in.get("/notes/secret/")


def test_the_typed_reason_is_on_record_before_the_value_is_known(moderator: Any) -> None:
    dossier = make_dossier()
    with reading(purpose="case work", typed_reason="checking the claim", acting_user=moderator):
        assert dossier.secret == "secret-1"
        assert told() == [(moderator, "case work", ["secret"])]
    assert AccessEvent.objects.get().typed_reason == "checking the claim"


@pytest.mark.django_db(transaction=True)
def test_a_reason_cannot_be_taken_back_by_a_transaction_around_it(moderator: Any) -> None:
    dossier = make_dossier()
    with (
        pytest.raises(RuntimeError),
        reading(purpose="case work", typed_reason="checking the claim", acting_user=moderator),
        transaction.atomic(),
    ):
        _ = dossier.secret
    assert dossier.__dict__["secret"].opened is None


def test_many_fields_that_want_a_reason_can_be_one_record(moderator: Any) -> None:
    dossiers = [make_dossier(number) for number in range(3)]
    field = Dossier._meta.get_field("secret")
    with reading(purpose="case work", typed_reason="checking", acting_user=moderator) as readings:
        readings.note_all((dossier, field) for dossier in dossiers)
        assert [dossier.secret for dossier in dossiers] == ["secret-0", "secret-1", "secret-2"]
    assert len(entries(kind=LeafKind.SEALED_OPENED)) == 1
    assert AccessEvent.objects.count() == 3


def test_ones_own_value_needs_no_reason() -> None:
    person = make_user()
    dossier = make_dossier(about=person.row_id)
    with acting(person):
        assert dossier.secret == "secret-1"
    assert told() == []


def test_a_collector_that_saw_nothing_writes_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        Collector().write()
