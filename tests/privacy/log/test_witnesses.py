"""Checkpoints are handed to witnesses, over HTTP, and what they sign is kept and served."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from privacy.log import witnesses
from privacy.log.models import Checkpoint, Cosignature, LogEntry, Witness
from privacy.log.notes import VerifierKey, open_note
from privacy.log.proofs import verify_proof
from privacy.log.signing import present_key
from tests.privacy.log.witness_server import TIME, SmallWitness, serving
from tests.privacy.log.written import tamper, write, write_many

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def audit_office() -> Iterator[SmallWitness]:
    with serving(SmallWitness(present_key())) as witness:
        yield witness


def configure(witness: SmallWitness, **fields: Any) -> Witness:
    values = {"name": "审计局", "url": witness.url, "verifier_key": witness.key, **fields}
    created: Witness = Witness.objects.create(**values)
    return created


def test_each_new_checkpoint_is_cosigned(audit_office: SmallWitness) -> None:
    known = configure(audit_office)
    write()
    write()
    known.refresh_from_db()
    assert (known.size, known.last_error, audit_office.statuses) == (2, "", [200, 200])
    assert [signed.signed_at for signed in Cosignature.objects.all()] == [datetime.fromtimestamp(TIME, UTC)] * 2


def test_what_is_cosigned_is_not_asked_for_again(audit_office: SmallWitness) -> None:
    configure(audit_office)
    write()
    latest = Checkpoint.objects.get()
    assert (witnesses.push_checkpoint(latest), audit_office.statuses) == ([], [200])


def test_a_new_witness_is_brought_up_to_date(audit_office: SmallWitness) -> None:
    write_many(300)
    configure(audit_office)
    write()
    assert audit_office.seen is not None
    assert (audit_office.seen.size, audit_office.statuses) == (301, [200])


def test_a_witness_that_has_seen_more_than_we_remember_is_asked_from_there(audit_office: SmallWitness) -> None:
    known = configure(audit_office)
    write()
    write()
    Witness.objects.update(size=0)
    write()
    known.refresh_from_db()
    assert (known.size, known.last_error, audit_office.statuses) == (3, "", [200, 200, 409, 200])


def test_the_cosignature_is_served_with_the_checkpoint_and_in_receipts(
    client: Client, audit_office: SmallWitness, settings: Any
) -> None:
    configure(audit_office)
    entry = write()
    key = VerifierKey.parse(audit_office.key)
    note = client.get("/log/checkpoint").content.decode()
    assert open_note(note, [present_key(), key]).signed_by == {present_key(): None, key: TIME}
    proof = client.get(f"/log/proof/{entry.ref}.tlog-proof").content.decode()
    found = verify_proof(proof, entry.leaf.encode(), [present_key()], settings.GONGZHI_LOG_ORIGIN, [key], quorum=1)
    assert found.witnesses == {key: TIME}


def test_a_forked_log_is_refused_and_the_operator_is_told(
    audit_office: SmallWitness, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody who owns database and key rewrites an entry and signs anew: the witness has seen the other history."""
    known = configure(audit_office)
    write()
    seen = audit_office.seen
    tamper("DELETE FROM privacy_cosignature")
    tamper("DELETE FROM privacy_checkpoint")
    tamper("DELETE FROM privacy_logentry")
    write()
    write()
    known.refresh_from_db()
    assert (audit_office.statuses, known.last_error) == (
        [200, 409],
        "OtherRoot: the witness has another root for 1 entries",
    )
    assert (audit_office.seen, Cosignature.objects.count(), LogEntry.objects.count()) == (seen, 0, 2)
    assert "审计局 did not sign the checkpoint at size 1" in caplog.text


def test_a_fork_that_grew_is_refused_too(audit_office: SmallWitness) -> None:
    known = configure(audit_office)
    write()
    tamper("DELETE FROM privacy_cosignature")
    tamper("DELETE FROM privacy_checkpoint")
    tamper("DELETE FROM privacy_logentry")
    write_many(3)
    known.refresh_from_db()
    assert (audit_office.statuses, known.last_error) == ([200, 422], "Refused: the witness refused with status 422")


def test_a_log_that_became_shorter_is_not_cosigned(audit_office: SmallWitness) -> None:
    known = configure(audit_office)
    write_many(3)
    tamper("DELETE FROM privacy_cosignature")
    tamper("DELETE FROM privacy_checkpoint")
    tamper("DELETE FROM privacy_logentry")
    write()
    known.refresh_from_db()
    assert (known.size, Cosignature.objects.count(), known.last_error_at is None) == (3, 0, False)


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ((500, "text/plain", ""), "Unreachable: the witness answered with status 500"),
        ((302, "text/plain", ""), "Refused: the witness refused with status 302"),
        ((200, "text/plain", "not a signature\n"), "BadAnswer: the answer is no signature lines"),
        ((200, "text/plain", "\N{EM DASH} witness.example/audit-office AAAA\n"), "BadAnswer: malformed signature line"),
        ((200, "text/plain", "x" * 100_000), "BadAnswer: the answer is too long"),
        ((409, "text/x.tlog.size", "7\n"), "Refused: the witness refused with status 409"),
    ],
    ids=["error", "redirect", "words", "short-signature", "endless", "ahead-of-us"],
)
def test_a_failing_witness_never_stops_the_log(
    audit_office: SmallWitness, broken: tuple[int, str, str], error: str
) -> None:
    audit_office.broken = broken
    known = configure(audit_office)
    write()
    write()
    known.refresh_from_db()
    assert (Checkpoint.objects.count(), known.last_error, known.size) == (2, error, 0)


def test_a_witness_that_is_not_there_never_stops_the_log(unused_tcp_port: int) -> None:
    known = configure(SmallWitness(present_key()), url=f"http://127.0.0.1:{unused_tcp_port}")
    write()
    known.refresh_from_db()
    assert (Checkpoint.objects.count(), known.last_error.partition(":")[0]) == (1, "Unreachable")


def test_a_witness_that_failed_is_left_alone_for_a_while(audit_office: SmallWitness) -> None:
    audit_office.broken = (500, "text/plain", "")
    known = configure(audit_office)
    write()
    write()
    assert audit_office.statuses == [500]
    audit_office.broken = None
    Witness.objects.update(last_error_at=timezone.now() - witnesses.PAUSE - timedelta(seconds=1))
    write()
    known.refresh_from_db()
    assert (audit_office.statuses, known.size) == ([500, 200], 3)


def test_one_failing_witness_does_not_keep_the_others_away(audit_office: SmallWitness, unused_tcp_port: int) -> None:
    configure(SmallWitness(present_key(), name="gone.example"), name="A", url=f"http://127.0.0.1:{unused_tcp_port}")
    configure(audit_office)
    write()
    assert audit_office.statuses == [200]


def test_a_witness_that_is_switched_off_is_not_asked(audit_office: SmallWitness) -> None:
    configure(audit_office, is_asked=False)
    write()
    assert audit_office.statuses == []


def test_a_signature_of_another_key_is_not_kept(audit_office: SmallWitness) -> None:
    other = SmallWitness(present_key())
    known = configure(audit_office, verifier_key=other.key)
    write()
    known.refresh_from_db()
    assert (Cosignature.objects.count(), known.last_error.partition(":")[0]) == (0, "BadAnswer")


def test_the_page_of_the_log_names_the_witnesses_and_what_they_signed(
    client: Client, audit_office: SmallWitness
) -> None:
    known = configure(audit_office)
    write()
    page = client.get("/log/")
    assert (page.context["signed_by"], known.name in page.content.decode()) == ({known.pk}, True)


def test_the_page_of_a_record_gives_the_browser_the_keys_of_witnesses(
    client: Client, audit_office: SmallWitness
) -> None:
    configure(audit_office)
    entry = write()
    page = client.get(f"/log/verify/{entry.record_ref}/").content.decode().replace("&#x2B;", "+")
    assert f'data-witness-keys="{audit_office.key}"' in page
