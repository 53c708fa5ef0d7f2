"""Whoever can write the whole database, but has no key, cannot sign for the log."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse

from privacy.log import checkpoints
from privacy.log.audit import audit_log
from privacy.log.merkle import leaf_hash
from privacy.log.models import Checkpoint
from privacy.log.notes import sign_note, verifier_key
from privacy.log.queries import Outcome, verify_entry
from privacy.log.sequencer import BrokenLog, publish_checkpoint, sequence_once, sequence_pending
from privacy.log.signing import origin
from privacy.log.tree import root_of
from privacy.sealing.keys import LOG_SIGNING_ROOT
from privacy.sealing.ring import retire
from tests.log_entries import fill_outbox
from tests.privacy.log.written import tamper, write

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def rewrite(*, is_signed_anew: bool = True) -> None:
    """Another entry, with its hash, under a checkpoint that says so; signed by a key of the forger's own, or with the
    note left as it was."""
    hashed = leaf_hash(b"{}")
    tamper("UPDATE privacy_logentry SET leaf = '{}', leaf_hash = %s WHERE \"index\" = 1", hashed.hex())
    stored = Checkpoint.objects.get()
    root = root_of(stored.size)
    tamper("UPDATE privacy_checkpoint SET root = %s", root.hex())
    if is_signed_anew:
        key = Ed25519PrivateKey.generate()
        text = checkpoints.Checkpoint(origin(), stored.size, root).text
        note = sign_note(text, origin(), key)
        forged = verifier_key(origin(), key, cosigner=False).text
        tamper("UPDATE privacy_checkpoint SET note = %s, verifier_key = %s", note, forged)


def test_a_log_rewritten_and_signed_with_a_strange_key_does_not_hold() -> None:
    fill_outbox(3)
    sequence_once()
    rewrite()
    found = [(problem.kind, problem.sentence) for problem in audit_log().problems if problem.kind == "checkpoint"]
    assert found == [("checkpoint", "checkpoint 3: it was signed with a key that is none of this log")]


@pytest.mark.parametrize("is_signed_anew", [True, False], ids=["strange-key", "note-left"])
def test_what_was_not_signed_with_a_key_of_this_log_is_not_signed_over(is_signed_anew: bool) -> None:
    fill_outbox(3)
    sequence_once()
    rewrite(is_signed_anew=is_signed_anew)
    fill_outbox(1)
    sequence_pending()
    with pytest.raises(BrokenLog, match="checkpoint 3"):
        publish_checkpoint()
    assert Checkpoint.objects.count() == 1


def test_the_page_does_not_take_a_strange_signature_for_that_of_the_operator() -> None:
    found = write()
    write()
    tamper("DELETE FROM privacy_checkpoint WHERE size = 1")
    rewrite()
    checks = {check.name: check.outcome for check in verify_entry(found).checks}
    assert (checks["inclusion"], checks["signature"]) == (Outcome.PROVEN, Outcome.FAILED)


def test_the_page_hands_the_browser_no_strange_key_to_check_with(client: Client) -> None:
    found = write()
    write()
    tamper("DELETE FROM privacy_checkpoint WHERE size = 1")
    rewrite()
    forged = Checkpoint.objects.get().verifier_key
    page = client.get(reverse("privacy:log:verify", args=[found.record_ref]))
    assert (page.status_code, page.context["key"], f'data-log-keys="{forged}"' in page.content.decode()) == (
        200,
        "",
        False,
    )


def test_what_was_signed_before_the_key_was_changed_still_holds() -> None:
    found = write()
    retire(LOG_SIGNING_ROOT)
    write()
    assert len(set(Checkpoint.objects.values_list("verifier_key", flat=True))) == 2
    assert audit_log().problems == []
    assert verify_entry(found).outcome is Outcome.PROVEN
