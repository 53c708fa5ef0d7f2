"""The self test opens what is sealed, everywhere it lies, shows nothing of it and tells what does not open."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from wagtail.models import Revision

from privacy.access.models import AccessEvent
from privacy.sealing import ring
from privacy.sealing.column import SealedColumn
from privacy.sealing.files import SealedFileField
from privacy.sealing.models import DataKey
from privacy.sealing.open_keys import open_keys
from privacy.sealing.selftest import Examined, selftest
from tests.privacy.sealing.columns import store, stored
from tests.specimens.models import Notice, Statement, Witness

pytestmark = [pytest.mark.django_db, pytest.mark.both]

TEXT = "my number is 555 0100"


def make_statement() -> Statement:
    return Statement.objects.create(body=TEXT, attachment=SimpleUploadedFile("a.txt", b"file" * 9000))


def make_notice() -> Notice:
    notice = Notice(title="notice", contact=TEXT)
    notice.witnesses.add(Witness(phone="555 0101"))  # type: ignore[attr-defined]
    notice.save()
    notice.save_revision()
    return notice


def counts(sample: int | None = None) -> dict[str, tuple[int, ...]]:
    """Opened, tampered, unknown key, shredded, missing; of columns with any value."""
    told = {
        examined.name.removeprefix("specimens."): (
            examined.opened,
            examined.tampered,
            examined.unknown_key,
            examined.shredded,
            examined.missing,
        )
        for examined in selftest(sample)
    }
    return {name: numbers for name, numbers in told.items() if any(numbers)}


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("privacy_selftest", *arguments, stdout=out, stderr=err)
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    return status, out.getvalue(), err.getvalue()


def test_rows_history_files_and_revisions_are_opened() -> None:
    make_statement()
    make_notice()
    assert counts() == {
        "historicalstatement.attachment_details": (1, 0, 0, 0, 0),
        "historicalstatement.body": (1, 0, 0, 0, 0),
        "notice.contact": (1, 0, 0, 0, 0),
        "statement.attachment": (1, 0, 0, 0, 0),
        "statement.attachment_details": (1, 0, 0, 0, 0),
        "statement.body": (1, 0, 0, 0, 0),
        "wagtailcore.revision.content": (2, 0, 0, 0, 0),
        "witness.phone": (1, 0, 0, 0, 0),
    }


def test_no_sealed_column_of_any_model_is_left_out() -> None:
    there = {
        f"{model._meta.label_lower}.{field.attname}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedColumn | SealedFileField)
    }
    assert {examined.name for examined in selftest(1)} == there | {"wagtailcore.revision.content"}
    assert {"participation.user.phone", "participation.historicaluser.phone"} <= there


def test_an_altered_value_is_counted_and_its_row_named() -> None:
    statement = make_statement()
    blob = stored(statement, "body") or b""
    store(statement, "body", blob[:-1] + bytes([blob[-1] ^ 1]))
    assert counts()["statement.body"] == (0, 1, 0, 0, 0)
    assert next(t for t in selftest(None) if t.name == "specimens.statement.body").faults == [str(statement.row_id)]


def test_a_value_moved_from_another_row_is_counted() -> None:
    victim, thief = make_statement(), make_statement()
    store(thief, "body", stored(victim, "body"))
    assert counts()["statement.body"] == (1, 1, 0, 0, 0)


def test_planted_text_is_counted() -> None:
    store(make_statement(), "body", b"555 0199")
    assert counts()["statement.body"] == (0, 1, 0, 0, 0)


def test_an_unknown_key_is_counted() -> None:
    make_statement()
    DataKey.objects.all().delete()
    open_keys.clear()
    assert counts()["statement.body"] == (0, 0, 1, 0, 0)


def test_what_was_erased_is_no_fault() -> None:
    statement = make_statement()
    ring.shred(statement.sealing_subject())
    assert (counts()["statement.body"], counts()["statement.attachment"]) == ((0, 0, 0, 1, 0), (0, 0, 0, 1, 0))
    assert run("--all")[0] == 0


def test_every_chunk_of_a_file_is_opened() -> None:
    statement = make_statement()
    place = Path(statement.attachment.storage.path(statement.attachment.name))
    altered = bytearray(place.read_bytes())
    altered[20_000] ^= 1
    place.write_bytes(altered)
    assert counts()["statement.attachment"] == (0, 1, 0, 0, 0)


def test_a_missing_file_is_counted() -> None:
    statement = make_statement()
    statement.attachment.storage.delete(statement.attachment.name)
    assert (counts()["statement.attachment"], run()[0]) == ((0, 0, 0, 0, 1), 1)


def test_an_altered_value_in_a_revision_is_counted() -> None:
    notice = make_notice()
    revision = Revision.objects.get()
    revision.content["contact"] = revision.content["witnesses"][0]["phone"]
    revision.save()
    assert counts()["wagtailcore.revision.content"] == (1, 1, 0, 0, 0)
    assert notice.pk


@pytest.mark.parametrize("content", ["enc:v1:", "enc:v1:not base64", "enc:v1:AAAA"])
def test_nonsense_in_a_revision_is_counted(content: str) -> None:
    make_notice()
    revision = Revision.objects.get()
    revision.content["contact"] = content
    revision.save()
    assert counts()["wagtailcore.revision.content"] == (1, 1, 0, 0, 0)


def test_a_sample_is_no_larger_than_asked_for() -> None:
    for _ in range(5):
        make_statement()
    assert (counts(2)["statement.body"], counts(None)["statement.body"]) == ((2, 0, 0, 0, 0), (5, 0, 0, 0, 0))


def test_no_reading_is_recorded() -> None:
    make_statement()
    selftest(None)
    assert AccessEvent.objects.count() == 0


# Command -----------------------------------------------------------------------------------------


def test_all_is_well() -> None:
    make_statement()
    status, told, _ = run("--json")
    report = json.loads(told)
    body = next(column for column in report["columns"] if column["name"] == "specimens.statement.body")
    assert (status, report["holds"]) == (0, True)
    assert body == {
        "name": "specimens.statement.body",
        "opened": 1,
        "tampered": 0,
        "unknown_key": 0,
        "shredded": 0,
        "missing": 0,
        "faults": [],
    }


def test_a_fault_is_told_by_the_exit_status_and_by_the_row() -> None:
    statement = make_statement()
    store(statement, "body", b"planted")
    status, told, complaint = run("--all")
    assert (status, TEXT in told, f"specimens.statement.body: {statement.row_id} does not open" in complaint) == (
        1,
        False,
        True,
    )


def test_a_sample_of_nothing_is_refused() -> None:
    with pytest.raises(CommandError, match="1 or more"):
        run("--sample", "0")


def test_at_most_twenty_faults_are_named() -> None:
    examined = Examined("specimens.statement.body")

    def fail() -> None:
        ring.unseal(b"", b"")

    for _ in range(30):
        examined.record(uuid4(), fail)
    assert (examined.tampered, len(examined.faults)) == (30, 20)


def test_a_lost_key_encryption_key_does_not_keep_it_from_telling(settings: Any) -> None:
    make_statement()
    settings.GONGZHI_KEK = "b3RoZXJrZXlvdGhlcmtleW90aGVya2V5b3RoZXJrZXk="
    open_keys.clear()
    assert run("--json")[0] == 1
    assert counts()["statement.body"] == (0, 0, 1, 0, 0)
