"""What is said about one entry, in words and outcomes, and the proofs that are handed out."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import BinaryField, Value
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from privacy.log.merkle import ProofError, verify_consistency
from privacy.log.models import Checkpoint, LeafSecret, LogEntry
from privacy.log.proofs import verify_proof
from privacy.log.queries import (
    Outcome,
    consistency_of,
    entries_of,
    entry_of,
    latest_checkpoint,
    links_to,
    pending_of,
    proof_text,
    salts_of,
    verifier_keys,
    verify_entry,
)
from privacy.log.sequencer import sequence_once, sequence_pending
from privacy.log.signing import present_key
from privacy.log.tiles import TileAddress, TileError
from privacy.log.tree import tile_data
from privacy.sealing.keys import LOG_SIGNING_ROOT
from privacy.sealing.ring import retire, shred
from tests.factories import make_department, make_feedback, make_line, make_release
from tests.log_entries import entry, fill_outbox
from tests.privacy.log.written import COPIED, tamper, wait_for_number, write

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def outcomes(found: LogEntry) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in verify_entry(found).checks}


def test_entries_are_found_by_their_record_and_by_their_name() -> None:
    department = make_department()
    first, _, last = write(department), write(), write(department)
    assert list(entries_of(department.row_id)) == [first, last]
    assert (entry_of(first.ref), entry_of(uuid4()), list(entries_of(make_department().row_id))) == (first, None, [])


def test_what_waits_for_its_number_is_told_apart() -> None:
    department = make_department()
    waiting = wait_for_number(department)
    assert (list(pending_of(department.row_id)), list(entries_of(department.row_id))) == ([waiting], [])
    sequence_pending()
    assert list(pending_of(department.row_id)) == []
    assert [entry.ref for entry in entries_of(department.row_id)] == [waiting.ref]


def test_a_proof_stands_on_its_own(settings: Any) -> None:
    fill_outbox(20)
    found = write()
    fill_outbox(7)
    sequence_once()
    text = proof_text(found)
    assert text is not None
    proven = verify_proof(text, found.leaf.encode(), verifier_keys(), settings.GONGZHI_LOG_ORIGIN)
    assert (proven.index, proven.checkpoint.size) == (20, 28)


def test_there_is_no_proof_before_there_is_a_checkpoint() -> None:
    wait_for_number()
    sequence_pending()
    assert proof_text(LogEntry.objects.get()) is None


def test_every_checkpoint_leads_to_the_next() -> None:
    for count in (3, 300, 1):
        fill_outbox(count)
        sequence_once()
    first, second, third = Checkpoint.objects.order_by("size")
    for old, new in ((first, second), (second, third), (first, third)):
        proof = consistency_of(old.size, new.size)
        verify_consistency(old.size, new.size, bytes.fromhex(old.root), bytes.fromhex(new.root), proof)
    with pytest.raises(ProofError, match="not that large"):
        consistency_of(3, 305)


@pytest.mark.parametrize(
    "address", [TileAddress(0, 0), TileAddress(0, 0, 4), TileAddress(1, 0, 1), TileAddress(None, 1)]
)
def test_tiles_that_the_log_does_not_have_yet_are_refused(address: TileAddress) -> None:
    fill_outbox(3)
    sequence_pending()
    with pytest.raises(TileError):
        tile_data(address)


def test_latest_checkpoint_is_the_one_signed_last() -> None:
    assert latest_checkpoint() is None
    write()
    write()
    assert latest_checkpoint() == Checkpoint.objects.get(size=2)


def test_a_sound_entry_under_a_checkpoint_is_proven() -> None:
    feedback = make_feedback()
    sequence_once()
    found = entry(record_ref=feedback.row_id)
    assert outcomes(found) == dict.fromkeys(
        ("leaf", "columns", "inclusion", "signature", "body", "history"), Outcome.PROVEN
    )
    result = verify_entry(found)
    with override("en"):
        assert (result.outcome, result.summary.startswith("Verified")) == (Outcome.PROVEN, True)


def test_an_unsigned_entry_is_left_open() -> None:
    wait_for_number()
    sequence_pending()
    result = verify_entry(LogEntry.objects.get())
    assert (result.outcome, result.checkpoint) == (Outcome.OPEN, None)


@pytest.mark.parametrize(
    ("sql", "check"),
    [
        ("UPDATE privacy_logentry SET leaf = '{}'", "leaf"),
        ("UPDATE privacy_logentry SET leaf = '{}'", "inclusion"),
        ('DELETE FROM privacy_logentry WHERE "index" = 0', "inclusion"),
        ("UPDATE privacy_checkpoint SET note = replace(note, '/log', '/gol') WHERE size = 2", "signature"),
    ],
    ids=["leaf", "leaf and tree", "neighbour", "signature"],
)
def test_what_was_altered_fails(sql: str, check: str) -> None:
    write()
    found = write()
    tamper(sql)
    found.refresh_from_db()
    assert (outcomes(found)[check], verify_entry(found).outcome) == (Outcome.FAILED, Outcome.FAILED)


def test_a_record_that_reads_differently_now_is_told_apart_from_a_broken_log() -> None:
    feedback = make_feedback()
    sequence_once()
    type(feedback).objects.filter(pk=feedback.pk).update(body="Another text")
    found = entry(record_ref=feedback.row_id)
    assert (outcomes(found)["body"], verify_entry(found).outcome) == (Outcome.FAILED, Outcome.PROVEN)


def test_an_erased_person_leaves_the_content_open_and_the_log_proven() -> None:
    feedback = make_feedback()
    sequence_once()
    shred(feedback.author.sealing_subject())
    found = entry(record_ref=feedback.row_id)
    assert salts_of(found.ref) == {}
    assert (outcomes(found)["body"], verify_entry(found).outcome) == (Outcome.OPEN, Outcome.PROVEN)


def test_what_is_no_text_of_the_record_can_only_be_checked_by_who_has_it() -> None:
    assert outcomes(write())["reason"] is Outcome.OPEN


def test_an_entry_about_a_model_that_is_gone_can_still_be_verified() -> None:
    waiting = wait_for_number()
    waiting.record_label, waiting.leaf = "cms.forgotten", waiting.leaf.replace("cms.department", "cms.forgotten")
    waiting.save()
    sequence_once()
    assert verify_entry(LogEntry.objects.get()).outcome is Outcome.PROVEN


@pytest.mark.parametrize("column", COPIED)
def test_an_entry_that_is_said_to_be_about_something_else_fails(column: str) -> None:
    """The columns are not hashed: whoever can write them can hang a sound entry on another record."""
    found = write()
    tamper(f"UPDATE privacy_logentry SET {column} = %s", COPIED[column])
    found.refresh_from_db()
    result = verify_entry(found)
    assert (outcomes(found)["leaf"], outcomes(found)["columns"]) == (Outcome.PROVEN, Outcome.FAILED)
    with override("en"):
        assert (result.outcome, result.summary) == (
            Outcome.FAILED,
            "Not verified: what is said of this entry is not what stands in it.",
        )


def test_records_are_linked_to_only_where_the_reader_may_see_them() -> None:
    line, draft = make_line(), make_line(make_release(published=False))
    found = [write(line), write(draft), write(make_department())]
    assert links_to(found, AnonymousUser()) == {line.row_id: line.get_absolute_url()}


def test_salts_that_were_altered_are_told_apart_from_erased_ones() -> None:
    """And the page says so, instead of failing."""
    feedback = make_feedback()
    sequence_once()
    LeafSecret.objects.update(salts=Value(b"planted", output_field=BinaryField()))
    found = entry(record_ref=feedback.row_id)
    body = next(check for check in verify_entry(found).checks if check.name == "body")
    assert (salts_of(found.ref), body.outcome, outcomes(found)["history"]) == ({}, Outcome.OPEN, Outcome.FAILED)
    with override("en"):
        assert "erased" not in next(check for check in verify_entry(found).checks if check.name == "body").words


def test_every_key_that_signed_is_known_once() -> None:
    write()
    write()
    retire(LOG_SIGNING_ROOT)
    write()
    with CaptureQueriesContext(connection) as asked:
        keys = verifier_keys()
    assert [key.text for key in keys] == [present_key().text, Checkpoint.objects.get(size=1).verifier_key]
    (sql,) = [query["sql"] for query in asked.captured_queries if "privacy_checkpoint" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert len(cursor.fetchall()) == 2


def test_salts_stay_unknown_to_the_record_of_readings() -> None:
    from privacy.access.models import AccessEvent

    salts_of(write().ref)
    assert (AccessEvent.objects.count(), LeafSecret.objects.count()) == (0, 1)
