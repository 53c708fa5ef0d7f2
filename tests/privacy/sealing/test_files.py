"""A sealed file: what lies in the storage, and that it fails closed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction

from privacy.sealing import ring
from privacy.sealing.chunked import CHUNK_BYTES, SEALED_CHUNK_BYTES
from privacy.sealing.chunked import HEADER_BYTES as STREAM_HEADER_BYTES
from privacy.sealing.errors import MissingFile, NotServed, SealingError, Shredded, Tampered, UnknownKey
from privacy.sealing.files import HEADER_BYTES, SealedFileField
from privacy.sealing.models import DataKey
from tests.privacy.sealing.statements import TEXT, make_statement, place, reread, stored_files, upload
from tests.specimens.models import Statement

pytestmark = [pytest.mark.django_db, pytest.mark.both, pytest.mark.usefixtures("_no_stored_statements")]

FIRST_CHUNK = HEADER_BYTES + STREAM_HEADER_BYTES


# What is stored ----------------------------------------------------------------------------------


def test_the_storage_holds_ciphertext_under_a_name_that_says_nothing() -> None:
    statement = make_statement()
    stored = place(statement).read_bytes()
    assert (b"trade secret" in stored, "价格" in statement.attachment.name) == (False, False)
    key = DataKey.objects.get(scope_ref=statement.about)
    assert stored[:HEADER_BYTES] == b"\xe5F\x01" + key.id.bytes


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES])
def test_a_file_of_any_length_comes_back(size: int) -> None:
    text = (TEXT * 8)[:size]
    statement = reread(make_statement(text))
    with statement.attachment.open() as file:
        assert (file.read(), statement.attachment.size) == (text, size)


def test_the_details_are_sealed_beside_it() -> None:
    details = reread(make_statement()).attachment.details
    assert details is not None
    assert (details.name, details.media_type, details.size, details.sha256) == (
        "价格.pdf",
        "application/pdf",
        len(TEXT),
        hashlib.sha256(TEXT).hexdigest(),
    )


def test_the_name_of_an_upload_loses_its_folders() -> None:
    statement = Statement(row_id=uuid4())
    statement.attachment.save("a/../b/salaries.csv", ContentFile(b"1"))
    assert reread(statement).attachment.details.name == "salaries.csv"


def test_a_row_without_a_file_has_no_details() -> None:
    statement = Statement.objects.create()
    assert (bool(statement.attachment), statement.attachment.details) == (False, None)


def test_an_upload_that_was_looked_at_is_sealed_from_its_beginning() -> None:
    file = upload()
    file.read(100)
    assert reread(Statement.objects.create(attachment=file)).attachment.open().read() == TEXT


def test_an_upload_on_the_disk_is_read_and_not_moved() -> None:
    file = TemporaryUploadedFile("big.bin", "application/octet-stream", len(TEXT), None)
    file.write(TEXT)
    statement = Statement.objects.create(attachment=file)
    assert (place(statement).read_bytes().find(b"trade secret"), Path(file.temporary_file_path()).exists()) == (
        -1,
        True,
    )
    assert reread(statement).attachment.open().read() == TEXT
    file.close()


def test_the_plaintext_is_let_go_when_the_file_is_sealed() -> None:
    statement = make_statement()
    assert statement.attachment.__dict__["_file"] is None


def test_saving_again_seals_nothing_anew() -> None:
    statement = make_statement()
    before = (statement.attachment.name, place(statement).read_bytes())
    again = reread(statement)
    again.title = "renamed"
    again.save()
    assert (again.attachment.name, place(again).read_bytes()) == before


def test_two_rows_with_the_same_upload_hold_different_bytes() -> None:
    about = uuid4()
    one, other = make_statement(about=about), make_statement(about=about)
    assert place(one).read_bytes()[HEADER_BYTES:] != place(other).read_bytes()[HEADER_BYTES:]


def test_a_file_can_be_copied_to_another_row_by_reading_it() -> None:
    source, copy = reread(make_statement()), Statement()
    copy.attachment.save("copy.pdf", source.attachment)
    assert reread(copy).attachment.open().read() == TEXT


def unreadable() -> Iterator[bytes]:
    yield b"x" * CHUNK_BYTES
    raise OSError("the line broke")


def test_an_upload_that_breaks_off_leaves_nothing_behind() -> None:
    class Broken(io.RawIOBase):
        pieces = unreadable()

        def read(self, size: int = -1) -> bytes:
            return next(self.pieces)

    with pytest.raises(OSError, match="line broke"):
        Statement().attachment.save("broken.pdf", File(Broken(), "broken.pdf"))  # type: ignore[type-var]
    assert stored_files() == set()


def test_a_stored_file_is_never_written_over() -> None:
    class Fixed(SealedFileField):
        pass

    field = Fixed(upload_to=lambda instance, name: "statement/fixed")
    field.set_attributes_from_name("attachment")
    field.label = "specimens.statement.attachment"
    statement = Statement.objects.create()
    field.attr_class(statement, field, None).save("a", ContentFile(b"first"), save=False)
    with pytest.raises(SealingError, match="exists already"):
        field.attr_class(statement, field, None).save("a", ContentFile(b"second"), save=False)
    assert stored_files() == {"fixed"}


# Fails closed ------------------------------------------------------------------------------------


def assert_tampered(statement: Statement) -> None:
    with pytest.raises(Tampered):
        reread(statement).attachment.open()


@pytest.mark.parametrize("position", [0, 2, HEADER_BYTES, HEADER_BYTES + 30, FIRST_CHUNK + SEALED_CHUNK_BYTES * 3, -1])
def test_an_altered_file_is_refused_on_opening(position: int) -> None:
    statement = make_statement()
    altered = bytearray(place(statement).read_bytes())
    altered[position] ^= 1
    place(statement).write_bytes(altered)
    assert_tampered(statement)


def test_an_altered_chunk_is_refused_before_any_of_it_is_read() -> None:
    statement = make_statement()
    altered = bytearray(place(statement).read_bytes())
    altered[FIRST_CHUNK + SEALED_CHUNK_BYTES] ^= 1
    place(statement).write_bytes(altered)
    file = reread(statement).attachment.open()
    assert file.read(CHUNK_BYTES) == TEXT[:CHUNK_BYTES]
    with pytest.raises(Tampered):
        file.read(1)


@pytest.mark.parametrize("length", [0, 10, HEADER_BYTES, FIRST_CHUNK, FIRST_CHUNK + SEALED_CHUNK_BYTES, -1])
def test_a_file_that_was_cut_is_refused_on_opening(length: int) -> None:
    statement = make_statement()
    place(statement).write_bytes(place(statement).read_bytes()[:length])
    assert_tampered(statement)


def test_a_plain_file_in_its_place_is_refused() -> None:
    statement = make_statement()
    place(statement).write_bytes(TEXT)
    assert_tampered(statement)


def test_files_of_one_person_that_changed_places_are_refused() -> None:
    about = uuid4()
    one, other = make_statement(about=about), make_statement(b"other", about=about)
    held = place(one).read_bytes()
    place(one).write_bytes(place(other).read_bytes())
    place(other).write_bytes(held)
    assert_tampered(one)
    assert_tampered(other)


def test_a_name_copied_from_another_row_opens_nothing() -> None:
    victim, thief = make_statement(), Statement.objects.create()
    Statement.objects.filter(pk=thief.pk).update(attachment=victim.attachment.name)
    assert_tampered(thief)


def test_a_name_assigned_from_another_row_opens_nothing() -> None:
    thief = Statement.objects.create(attachment=make_statement().attachment)
    assert_tampered(thief)


def test_a_file_moved_to_another_name_of_the_same_row_is_refused() -> None:
    statement = make_statement()
    moved = place(statement).with_name("elsewhere")
    place(statement).rename(moved)
    Statement.objects.filter(pk=statement.pk).update(attachment="statement/elsewhere")
    assert_tampered(statement)


def test_an_unknown_key_is_named() -> None:
    statement = make_statement()
    altered = bytearray(place(statement).read_bytes())
    altered[5] ^= 1
    place(statement).write_bytes(altered)
    with pytest.raises(UnknownKey):
        reread(statement).attachment.open()


def test_a_missing_file_says_so() -> None:
    statement = make_statement()
    place(statement).unlink()
    with pytest.raises(MissingFile):
        reread(statement).attachment.open()
    with pytest.raises(FileNotFoundError):
        reread(statement).attachment.size  # noqa: B018


def test_destroying_the_subjects_key_makes_the_file_unreadable() -> None:
    statement = make_statement()
    with transaction.atomic():
        ring.shred(statement.sealing_subject())
    with pytest.raises(Shredded):
        reread(statement).attachment.open()


def test_it_has_neither_address_nor_path() -> None:
    statement = make_statement()
    for name in ("url", "path"):
        with pytest.raises(NotServed):
            getattr(statement.attachment, name)
    assert not hasattr(statement.attachment, "url")


def test_it_cannot_be_opened_for_writing() -> None:
    with pytest.raises(ValueError, match="replaced"):
        make_statement().attachment.open("r+b")
