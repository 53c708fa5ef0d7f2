"""The citizen's verifier: run as a citizen would, without any library, on good receipts."""

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from privacy.log.canonical import canonical
from privacy.log.merkle import consistency_proof, inclusion_proof
from privacy.log.notes import cosign, verifier_key
from privacy.log.proofs import TlogProof
from tests.privacy.log.receipt import (
    ABOUT,
    BODY,
    ENTRY,
    FIRST,
    INDEX,
    LOG,
    NOTE,
    ORIGIN,
    OTHER_KEY,
    RECEIPT,
    RECORD,
    SALT,
    SECOND,
    SIZE,
    SUBTREE,
    WITNESSED,
    Desk,
    Outcome,
    hashes_text,
    put_alone,
    refused,
    signed,
)

# Good receipts ---------------------------------------------------------------------------------


def test_a_good_receipt_is_verified(desk: Desk) -> None:
    assert desk.run() == Outcome(
        0,
        "VERIFIED. Entry 14 of 21 in the log log.example/1.\n"
        f"What it says: {ABOUT}\nNot checked: whether others see the same log.\n",
        f"已核验。日志 log.example/1 第 14/21 条。\n条目内容：{ABOUT}\n未核验：他人看到的是否为同一份日志。\n",
    )


def test_both_languages_are_spoken_unless_one_is_asked_for(desk: Desk) -> None:
    done = desk.run_alone("receipt", "entry", "--log", LOG)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[:2] == [
        "VERIFIED. Entry 14 of 21 in the log log.example/1.",
        "已核验。日志 log.example/1 第 14/21 条。",
    ]


def test_a_log_of_one_entry_is_verified(desk: Desk) -> None:
    put_alone(desk, ENTRY)
    assert desk.run().status == 0


def test_an_earlier_key_of_the_log_is_accepted_beside_the_present_one(desk: Desk) -> None:
    present = verifier_key(ORIGIN, OTHER_KEY, cosigner=False).text
    assert desk.run("--log", LOG, log=present).status == 0


def test_witnesses_are_counted(desk: Desk) -> None:
    outcome = desk.run("--witness", FIRST, "--witness", SECOND, "--quorum", "2")
    assert (outcome.status, outcome.english.splitlines()[2]) == (0, "2 of the witnesses signed this state.")


def test_every_witness_that_is_named_must_have_signed_unless_fewer_are_enough(desk: Desk) -> None:
    third = verifier_key("third.example", OTHER_KEY, cosigner=True).text
    assert desk.run("--witness", FIRST, "--witness", SECOND, "--witness", SECOND).status == 0
    refused(desk.run("--witness", FIRST, "--witness", third), "1 of 2 witnesses needed have signed.")
    assert desk.run("--witness", FIRST, "--witness", third, "--quorum", "1").status == 0
    assert desk.run("--witness", third, "--quorum", "0").status == 0


def test_an_entry_about_the_record_asked_for_is_verified(desk: Desk) -> None:
    assert desk.run("--record", RECORD).status == 0
    assert desk.run("--record", RECORD.upper().replace("-", "")).status == 0


def test_an_entry_that_names_nothing_is_verified_but_not_described(desk: Desk) -> None:
    entry = canonical({"kind": "\x1b[2J", "time": "now", "record": {"model": "x", "id": RECORD}}).encode()
    put_alone(desk, entry)
    outcome = desk.run()
    assert (outcome.status, outcome.english.splitlines()[1]) == (0, "It does not say what it is about.")
    refused(desk.run("--record", RECORD), f"The entry is not about the record {RECORD}.")


def test_signatures_of_unknown_and_newer_kinds_are_ignored(desk: Desk) -> None:
    note = WITNESSED + cosign(NOTE, "third.example", MLDSA44PrivateKey.from_seed_bytes(bytes(32)), 13)
    desk.write("receipt", RECEIPT.replace(WITNESSED, note))
    assert desk.run("--witness", FIRST, "--quorum", "1").status == 0


@pytest.mark.parametrize("kept", [0, 1, 8, 13, 16, 20, 21])
def test_the_log_still_begins_with_what_it_held_before(desk: Desk, kept: int) -> None:
    desk.write("kept", signed(kept))
    desk.write("proof", hashes_text(consistency_proof(SUBTREE, kept, SIZE)))
    outcome = desk.run("--since", "kept", "proof")
    assert (outcome.status, outcome.english.splitlines()[3]) == (0, f"From {kept} to 21 entries it only grew.")


def test_a_receipt_older_than_the_checkpoint_kept_is_checked_the_other_way_round(desk: Desk) -> None:
    note = signed(15)
    desk.write("receipt", TlogProof(INDEX, tuple(inclusion_proof(SUBTREE, INDEX, 15)), note).text)
    desk.write("kept", NOTE)
    desk.write("proof", hashes_text(consistency_proof(SUBTREE, 15, SIZE)))
    assert desk.run("--since", "kept", "proof").english.splitlines()[3] == "From 15 to 21 entries it only grew."


def test_a_revealed_text_is_checked(desk: Desk) -> None:
    desk.write("body", BODY)
    outcome = desk.run("--reveal", "body", SALT.hex(), BODY, "--reveal-file", "body", SALT.hex(), "body")
    assert (outcome.status, outcome.english.splitlines()[3:]) == (
        0,
        ['The text is the one that "body" commits to.'] * 2,
    )
