"""The browser's verifier on a first visit: good records, and every kind of broken one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from privacy.log.checkpoints import Checkpoint
from privacy.log.merkle import (
    inclusion_proof,
    leaf_hash,
    root,
    subtree_from_leaf_hashes,
)
from privacy.log.notes import sign_note, verifier_key
from privacy.log.proofs import TlogProof
from tests.browser.verifier.site import (
    BODY,
    ENTRY,
    FIRST,
    INCLUDED,
    INDEX,
    LOG,
    LOG_KEY,
    ORIGIN,
    OTHER_KEY,
    RECORD,
    REF,
    SALT,
    SITE,
    WITNESS,
    Log,
    visit,
)

# Good records ----------------------------------------------------------------------------------


def test_a_good_record_is_verified(page: Page, log: Log) -> None:
    assert visit(page) == ("verified", FIRST)
    assert page.locator("[data-verify-leaf]").inner_text() == ENTRY


def test_it_can_check_at_once(page: Page, log: Log) -> None:
    log.attributes["verify"] = "now"
    page.goto(f"{SITE}/")
    expect(page.locator("[data-verify-result]")).to_have_text("verified")


def test_nothing_is_fetched_before_somebody_asks(page: Page, log: Log) -> None:
    page.goto(f"{SITE}/")
    expect(page.get_by_role("button", name="Check")).to_be_visible()
    assert "/entry" not in log.asked


def test_an_earlier_key_of_the_log_counts_beside_the_present_one(page: Page, log: Log) -> None:
    present = verifier_key(ORIGIN, OTHER_KEY, cosigner=False).text
    log.attributes["log-keys"] = f"{present} {LOG}"
    assert visit(page)[0] == "verified"


def test_witnesses_are_counted(page: Page, log: Log) -> None:
    log.witnessed = True
    log.attributes |= {"witness-keys": WITNESS, "quorum": "1"}
    assert visit(page) == ("verified", [INCLUDED, "signed", "1 of 1 witnesses", "first visit"])


def test_a_revealed_text_is_checked_to_the_letter(page: Page, log: Log) -> None:
    log.attributes["reveal"] = "revealed"
    log.revealed = {"body": {"salt": SALT.hex(), "value": BODY, "label": "The text"}}
    assert visit(page) == ("verified", [INCLUDED, "signed", "The text is that text", "first visit"])


def test_an_entry_about_the_record_of_the_page_is_verified(page: Page, log: Log) -> None:
    log.attributes |= {"record": RECORD, "ref": REF}
    assert visit(page) == ("verified", [INCLUDED, "about this record", "signed", "first visit"])


def test_everything_runs_under_a_strict_policy(page: Page, log: Log, page_faults: list[str]) -> None:
    visit(page)
    assert page_faults == []


# Broken ones -----------------------------------------------------------------------------------


def test_a_changed_entry_fails(page: Page, log: Log) -> None:
    log.entry = ENTRY.replace("submitted", "withdrawn")
    assert visit(page) == ("failed", ["not in"])
    assert page.locator("[data-verify-leaf]").inner_text() == ""


@pytest.mark.parametrize("name", ["record", "ref"])
def test_a_sound_entry_about_another_record_fails(page: Page, log: Log, name: str) -> None:
    log.attributes |= {"record": RECORD, "ref": REF, name: "00000000-0000-4000-8000-000000000000"}
    assert visit(page) == ("failed", [INCLUDED, "about another record", "signed"])


@pytest.mark.parametrize("entry", ["letter", "null", '{"record":7}', "[]"])
def test_an_entry_that_names_no_record_fails(page: Page, log: Log, entry: str) -> None:
    log.attributes |= {"record": RECORD, "ref": REF}
    log.entry, log.index, log.size = entry, 0, 1
    log.subtree = subtree_from_leaf_hashes([leaf_hash(entry.encode())])
    assert visit(page) == ("failed", ["number 1 at 0 of 1 in log.example/1", "about another record", "signed"])


def test_another_place_fails(page: Page, log: Log) -> None:
    log.index = 12
    assert visit(page) == ("failed", ["not in"])


@pytest.mark.parametrize("hashes", [0, 4, 6], ids=["none", "one too few", "one too many"])
def test_a_proof_with_hashes_missing_or_added_accuses_nobody(page: Page, log: Log, hashes: int) -> None:
    proof = [*inclusion_proof(log.subtree, INDEX, log.size), bytes(32)]
    log.proof = TlogProof(INDEX, tuple(proof[:hashes]), log.note).text
    assert visit(page) == ("damaged", ["no proof"])


def test_a_checkpoint_signed_by_another_key_fails(page: Page, log: Log) -> None:
    log.key = OTHER_KEY
    assert visit(page) == ("failed", [INCLUDED, "not signed"])


def test_a_checkpoint_of_another_log_fails(page: Page, log: Log) -> None:
    log.origin = "log.example/2"
    assert visit(page)[0] == "failed"


def test_a_forged_signature_fails(page: Page, log: Log) -> None:
    other = sign_note(Checkpoint(ORIGIN, 20, root(log.subtree, 20)).text, ORIGIN, LOG_KEY).rpartition("\n\n")[2]
    hashes = tuple(inclusion_proof(log.subtree, INDEX, log.size))
    log.proof = TlogProof(INDEX, hashes, log.note.rpartition("\n\n")[0] + "\n\n" + other).text
    assert visit(page) == ("failed", [INCLUDED, "not signed"])


def test_too_few_witnesses_fail(page: Page, log: Log) -> None:
    log.attributes |= {"witness-keys": WITNESS, "quorum": "1"}
    assert visit(page) == ("failed", [INCLUDED, "signed", "only 0 of 1 witnesses"])


@pytest.mark.parametrize(
    "proof", ["nonsense", "c2sp.org/tlog-proof@v1\nindex 013\n\nx\n", "c2sp.org/tlog-proof@v1\n\n"]
)
def test_a_malformed_proof_accuses_nobody(page: Page, log: Log, proof: str) -> None:
    log.proof = proof
    assert visit(page) == ("damaged", ["no proof"])


@pytest.mark.parametrize(
    "revealed",
    [{"salt": SALT.hex(), "value": BODY + " "}, {"salt": bytes(32).hex(), "value": BODY}, {"salt": "", "value": BODY}],
    ids=["another text", "another salt", "no salt"],
)
def test_another_text_differs(page: Page, log: Log, revealed: dict[str, str]) -> None:
    log.attributes["reveal"] = "revealed"
    log.revealed = {"body": revealed}
    assert visit(page) == ("differs", [INCLUDED, "signed", "body is another text", "first visit"])


# What it could not check -----------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/entry", "/proof"])
def test_what_cannot_be_fetched_proves_nothing(page: Page, log: Log, address: str) -> None:
    log.statuses[address] = 404
    assert visit(page) == ("unavailable", [])


def test_a_page_without_https_proves_nothing(page: Page, log: Log) -> None:
    assert visit(page, "http://gongzhi.test") == ("unavailable", [])


def test_a_browser_without_ed25519_says_what_it_could_not_check(own_page: Page, log: Log) -> None:
    own_page.add_init_script(
        """const real = SubtleCrypto.prototype.importKey;
        SubtleCrypto.prototype.importKey = function (format, data, algorithm, ...rest) {
          if (algorithm.name === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
          return real.call(this, format, data, algorithm, ...rest);
        };"""
    )
    assert visit(own_page) == ("partly", [INCLUDED, "cannot check the signature"])
    assert own_page.evaluate("localStorage.length") == 0
