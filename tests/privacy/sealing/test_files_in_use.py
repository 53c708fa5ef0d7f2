"""A sealed file in use: who is told, how it is handed out, and when it goes."""

from __future__ import annotations

import io
import pickle
import tracemalloc
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import File
from django.db import models, transaction
from django.http import FileResponse

from privacy.sealing import opening
from privacy.sealing.chunked import CHUNK_BYTES
from privacy.sealing.files import SealedFileResponse, stored_key_id
from privacy.sealing.models import DataKey
from privacy.sealing.orphans import orphans
from tests.privacy.sealing.statements import TEXT, make_statement, reread, stored_files, upload
from tests.specimens.models import Notice, Statement

pytestmark = [pytest.mark.django_db, pytest.mark.both, pytest.mark.usefixtures("_no_stored_statements")]


# Who is told -------------------------------------------------------------------------------------


def test_whoever_records_readings_is_told_of_every_opening(told: list[str]) -> None:
    statement = reread(make_statement())
    statement.attachment.open().read()
    assert told == ["specimens.statement.attachment"]


def test_reading_without_opening_first_is_told_as_well(told: list[str]) -> None:
    assert (b"".join(reread(make_statement()).attachment.chunks()), told) == (TEXT, ["specimens.statement.attachment"])


def test_uploading_and_asking_for_the_size_are_no_readings(told: list[str]) -> None:
    assert (reread(make_statement()).attachment.size, told) == (len(TEXT), [])


def test_a_listener_that_refuses_keeps_it_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    class RefusedError(Exception):
        pass

    def refuse(instance: models.Model, field: Any) -> None:
        raise RefusedError

    monkeypatch.setattr(opening, "_listeners", [refuse])
    with pytest.raises(RefusedError):
        reread(make_statement()).attachment.open()


# Handing out -------------------------------------------------------------------------------------


def test_a_file_response_streams_it_with_its_length() -> None:
    response = FileResponse(reread(make_statement()).attachment.open(), as_attachment=True, filename="价格.pdf")
    assert (response.getvalue(), response["Content-Length"]) == (TEXT, str(len(TEXT)))


def test_its_own_response_streams_chunk_by_chunk_under_both_interfaces() -> None:
    async def collected(response: SealedFileResponse) -> list[bytes]:
        return [piece async for piece in response]

    statement = reread(make_statement())
    pieces = [TEXT[at : at + CHUNK_BYTES] for at in range(0, len(TEXT), CHUNK_BYTES)]
    assert list(SealedFileResponse(statement.attachment.open())) == pieces
    assert async_to_sync(collected)(SealedFileResponse(statement.attachment.open())) == pieces


class Zeros(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def test_a_large_file_passes_both_ways_in_little_memory() -> None:
    size = 30 * 2**20
    tracemalloc.start()
    try:
        statement = Statement()
        statement.attachment.save("large.bin", File(Zeros(size), "large.bin"))  # type: ignore[type-var]
        length = sum(map(len, SealedFileResponse(reread(statement).attachment.open())))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (length, peak < 2 * 2**20) == (size, True)


def test_parts_can_be_sought() -> None:
    file = reread(make_statement()).attachment.open()
    file.seek(CHUNK_BYTES + 10)
    assert file.read(20) == TEXT[CHUNK_BYTES + 10 : CHUNK_BYTES + 30]


def test_a_pickle_holds_the_name_only() -> None:
    statement = reread(make_statement())
    statement.attachment.open().read()
    pickled = pickle.dumps(statement)
    assert b"trade secret" not in pickled
    assert pickle.loads(pickled).attachment.name == statement.attachment.name  # noqa: S301


# When it goes ------------------------------------------------------------------------------------


def name_of(statement: Statement) -> str:
    return statement.attachment.name.removeprefix("statement/")


def test_a_replaced_file_goes_on_commit(django_capture_on_commit_callbacks: Any) -> None:
    statement = make_statement()
    old = name_of(statement)
    with django_capture_on_commit_callbacks() as callbacks:
        statement.attachment = upload(b"new")
        statement.save()
    new = name_of(statement)
    assert stored_files() == {old, new}
    for callback in callbacks:
        callback()
    assert (stored_files(), reread(statement).attachment.open().read()) == ({new}, b"new")


def test_replacing_renews_the_details() -> None:
    statement = make_statement()
    statement.attachment = upload(b"new", "new.pdf")
    statement.save()
    assert (reread(statement).attachment.details.name, reread(statement).attachment.details.size) == ("new.pdf", 3)


@pytest.mark.parametrize("empty", ["", None])
def test_an_emptied_field_loses_file_and_details(empty: Any, django_capture_on_commit_callbacks: Any) -> None:
    statement = make_statement()
    with django_capture_on_commit_callbacks(execute=True):
        statement.attachment = empty
        statement.save()
    again = reread(statement)
    assert (stored_files(), bool(again.attachment), again.attachment_details) == (set(), False, None)


def test_deleting_the_file_of_a_row(django_capture_on_commit_callbacks: Any) -> None:
    statement = make_statement()
    with django_capture_on_commit_callbacks(execute=True):
        statement.attachment.delete()
    assert (stored_files(), bool(reread(statement).attachment)) == (set(), False)


@pytest.mark.parametrize(
    "delete", [lambda row: row.delete(), lambda row: Statement.objects.all().delete()], ids=["row", "query"]
)
def test_deleting_the_row(delete: Any, django_capture_on_commit_callbacks: Any) -> None:
    statement = make_statement()
    with django_capture_on_commit_callbacks() as callbacks:
        delete(statement)
    assert len(stored_files()) == 1
    for callback in callbacks:
        callback()
    assert stored_files() == set()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_keeps_the_file() -> None:
    statement = make_statement()
    old = name_of(statement)
    with transaction.atomic():
        statement.delete()
        transaction.set_rollback(True)
    assert (stored_files(), Statement.objects.get().attachment.open().read()) == ({old}, TEXT)


def test_deleting_a_row_that_names_the_file_of_another_keeps_that_file(django_capture_on_commit_callbacks: Any) -> None:
    victim = make_statement()
    thief = Statement.objects.create(attachment=victim.attachment.name)
    with django_capture_on_commit_callbacks(execute=True):
        thief.delete()
    assert reread(victim).attachment.open().read() == TEXT


def test_a_file_that_a_row_of_another_model_names_stays_until_that_row_lets_it_go(
    django_capture_on_commit_callbacks: Any,
) -> None:
    statement = make_statement()
    kept = name_of(statement)
    other = Notice.objects.create(title="other", enclosure=statement.attachment.name)
    with django_capture_on_commit_callbacks(execute=True):
        statement.delete()
    assert stored_files() == {kept}
    with django_capture_on_commit_callbacks(execute=True):
        other.delete()
    assert stored_files() == set()


@pytest.fixture
def revised(django_capture_on_commit_callbacks: Any) -> tuple[Notice, str]:
    """A notice whose published file was replaced, and the name of the earlier one, which a revision names."""
    notice = Notice.objects.create(title="first", enclosure=upload(b"first"))
    notice.save_revision()
    before = notice.enclosure.name
    with django_capture_on_commit_callbacks(execute=True):
        notice.enclosure = upload(b"second")
        notice.save()
    return notice, before


def test_a_file_that_a_revision_names_stays_and_opens_when_it_is_put_back(revised: tuple[Notice, str]) -> None:
    notice, before = revised
    earlier = notice.revisions.get().as_object()
    assert (earlier.enclosure.name, earlier.enclosure.open().read()) == (before, b"first")


def test_when_the_revision_is_gone_nobody_has_its_file(revised: tuple[Notice, str]) -> None:
    notice, before = revised
    assert before not in {orphan.name for orphan in orphans()}
    notice.latest_revision = None
    notice.save()
    notice.revisions.all().delete()
    assert before in {orphan.name for orphan in orphans()}


# Field -------------------------------------------------------------------------------------------


def test_history_copies_the_name_without_opening(told: list[str]) -> None:
    statement = make_statement()
    row: Any = statement.history.get()  # type: ignore[attr-defined]
    assert (row.attachment, told) == (statement.attachment.name, [])


def test_a_migration_names_only_what_differs() -> None:
    field: Any = Statement._meta.get_field("attachment")
    assert field.deconstruct()[3] == {"blank": True, "details_field": "attachment_details"}


def test_a_details_field_that_is_missing_or_comes_first_is_found_by_the_checks() -> None:
    field: Any = Statement._meta.get_field("attachment").clone()
    field.set_attributes_from_name("attachment")
    field.model = Statement
    field.details_field = "title"
    assert [problem.id for problem in field.check()] == ["privacy.E004"]


def test_the_key_of_a_stored_file_can_be_asked_for_without_opening() -> None:
    statement = make_statement()
    key = DataKey.objects.get(scope_ref=statement.about)
    assert stored_key_id(statement.attachment.storage, statement.attachment.name) == key.id
