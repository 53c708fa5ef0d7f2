"""The citizen's verifier: run as a citizen would, without any library, on broken receipts."""

import subprocess
import sys

import pytest

from privacy.log.checkpoints import Checkpoint
from privacy.log.encoding import to_base64
from privacy.log.merkle import consistency_proof, inclusion_proof, leaf_hash, root, subtree_from_leaf_hashes
from privacy.log.notes import cosign, sign_note, verifier_key
from privacy.log.proofs import TlogProof
from tests.privacy.log.receipt import (
    BODY,
    ENTRY,
    FIRST,
    FIRST_KEY,
    INDEX,
    LOG,
    LOG_KEY,
    NOTE,
    ORIGIN,
    OTHER_KEY,
    PROGRAM,
    RECEIPT,
    SALT,
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

# Broken ones -----------------------------------------------------------------------------------


def test_a_changed_entry_is_refused(desk: Desk) -> None:
    desk.write("entry", ENTRY.replace(b"submitted", b"withdrawn"))
    refused(desk.run(), "The log has another entry at this place.")


def test_an_entry_about_another_record_than_the_one_asked_for_is_refused(desk: Desk) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    refused(desk.run("--record", other), f"The entry is not about the record {other}.")


def test_an_entry_with_a_line_feed_added_is_refused(desk: Desk) -> None:
    desk.write("entry", ENTRY + b"\n")
    refused(desk.run(), "The log has another entry at this place.")


@pytest.mark.parametrize(
    "hashes",
    [
        inclusion_proof(SUBTREE, INDEX, SIZE)[:-1],
        inclusion_proof(SUBTREE, INDEX, SIZE)[1:],
        [*inclusion_proof(SUBTREE, INDEX, SIZE), bytes(32)],
        [bytes(32), *inclusion_proof(SUBTREE, INDEX, SIZE)],
        [],
    ],
    ids=["last missing", "first missing", "one more", "one before", "none"],
)
def test_a_proof_with_a_hash_too_few_or_too_many_is_damaged_and_accuses_nobody(desk: Desk, hashes: list[bytes]) -> None:
    desk.write("receipt", TlogProof(INDEX, tuple(hashes), NOTE).text)
    refused(desk.run(), "receipt is damaged, or not what it should be.")


def test_the_proof_of_another_entry_is_refused(desk: Desk) -> None:
    desk.write("receipt", TlogProof(INDEX, tuple(inclusion_proof(SUBTREE, INDEX + 1, SIZE)), NOTE).text)
    refused(desk.run(), "The log has another entry at this place.")


@pytest.mark.parametrize("index", [0, INDEX + 1])
def test_another_place_is_refused(desk: Desk, index: int) -> None:
    desk.write("receipt", RECEIPT.replace(f"index {INDEX}\n", f"index {index}\n"))
    refused(desk.run(), "The log has another entry at this place.")


@pytest.mark.parametrize("index", [SIZE, 2**62])
def test_a_place_beyond_the_log_is_none(desk: Desk, index: int) -> None:
    desk.write("receipt", RECEIPT.replace(f"index {INDEX}\n", f"index {index}\n"))
    refused(desk.run(), "receipt is damaged, or not what it should be.")


def test_a_checkpoint_that_the_log_did_not_sign_is_refused(desk: Desk) -> None:
    desk.write("receipt", RECEIPT.replace(WITNESSED, signed(SIZE, OTHER_KEY)))
    refused(desk.run(), "The log did not sign this with the key given.")


def test_a_forged_signature_is_refused(desk: Desk) -> None:
    forged = signed(SIZE, subtree=subtree_from_leaf_hashes([leaf_hash(ENTRY)] * SIZE))
    desk.write(
        "receipt",
        RECEIPT.replace(
            WITNESSED, Checkpoint(ORIGIN, SIZE, root(SUBTREE, SIZE)).text + "\n" + forged.rpartition("\n\n")[2]
        ),
    )
    refused(desk.run(), f"The signature of {ORIGIN} is not genuine.")


def test_a_checkpoint_with_another_size_is_refused(desk: Desk) -> None:
    desk.write("receipt", RECEIPT.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n"))
    refused(desk.run(), f"The signature of {ORIGIN} is not genuine.")


def test_a_checkpoint_of_another_log_is_refused(desk: Desk) -> None:
    text = Checkpoint("log.example/2", SIZE, root(SUBTREE, SIZE)).text
    desk.write("receipt", RECEIPT.replace(WITNESSED, sign_note(text, ORIGIN, LOG_KEY)))
    refused(desk.run(), "It belongs to another log, log.example/2.")


def test_too_few_witnesses_are_refused(desk: Desk) -> None:
    third = verifier_key("third.example", OTHER_KEY, cosigner=True).text
    refused(desk.run("--witness", FIRST, "--witness", third, "--quorum", "2"), "1 of 2 witnesses needed have signed.")


def test_one_witness_named_twice_is_one_voice(desk: Desk) -> None:
    refused(desk.run("--witness", FIRST, "--witness", FIRST, "--quorum", "2"), "1 of 2 witnesses needed have signed.")


def test_a_forged_cosignature_is_refused(desk: Desk) -> None:
    forged = NOTE + cosign(signed(20), "first.example", FIRST_KEY, 11)
    desk.write("receipt", RECEIPT.replace(WITNESSED, forged))
    refused(desk.run("--witness", FIRST), "The signature of first.example is not genuine.")


@pytest.mark.parametrize("length", [1, 8, 9, 71])
def test_a_cosignature_that_is_cut_off_is_refused(desk: Desk, length: int) -> None:
    key_id = verifier_key("first.example", FIRST_KEY, cosigner=True).key_id
    line = f"\N{EM DASH} first.example {to_base64(key_id + bytes(length))}\n"
    desk.write("receipt", RECEIPT.replace(WITNESSED, NOTE + line))
    refused(desk.run("--witness", FIRST), "The signature of first.example is not genuine.")


@pytest.mark.parametrize("kept", [1, 13, 20, 21])
def test_a_rewritten_log_is_refused(desk: Desk, kept: int) -> None:
    leaves = [leaf_hash(b"as it was %d" % number) for number in range(kept)]
    desk.write("kept", signed(kept, subtree=subtree_from_leaf_hashes(leaves)))
    desk.write("proof", hashes_text(consistency_proof(SUBTREE, kept, SIZE)))
    refused(desk.run("--since", "kept", "proof"), "The log contradicts the checkpoint you kept.")


def test_a_consistency_proof_with_a_hash_too_few_or_too_many_is_damaged_and_accuses_nobody(desk: Desk) -> None:
    desk.write("kept", signed(8))
    proof = consistency_proof(SUBTREE, 8, SIZE)
    for wrong in ([], proof[1:], proof[:-1], [*proof, bytes(32)]):
        desk.write("proof", hashes_text(wrong))
        refused(desk.run("--since", "kept", "proof"), "proof is damaged, or not what it should be.")


def test_a_hash_beside_two_checkpoints_of_one_size_that_agree_is_damaged_and_accuses_nobody(desk: Desk) -> None:
    desk.write("kept", signed(SIZE))
    desk.write("proof", hashes_text([bytes(32)]))
    refused(desk.run("--since", "kept", "proof"), "proof is damaged, or not what it should be.")


def test_a_kept_checkpoint_that_the_log_did_not_sign_is_refused(desk: Desk) -> None:
    desk.write("kept", signed(8, OTHER_KEY))
    desk.write("proof", hashes_text(consistency_proof(SUBTREE, 8, SIZE)))
    refused(desk.run("--since", "kept", "proof"), "The log did not sign this with the key given.")


@pytest.mark.parametrize(
    ("name", "salt", "text"),
    [
        ("body", SALT.hex(), BODY + " "),
        ("body", SALT.hex(), BODY.replace("\r\n", "\n")),
        ("body", bytes(32).hex(), BODY),
        ("body", SALT.hex()[:-2], BODY),
        ("body", "no salt", BODY),
        ("title", SALT.hex(), BODY),
    ],
    ids=["another text", "other line ends", "another salt", "short salt", "no salt", "another name"],
)
def test_another_text_than_the_one_committed_to_is_refused(desk: Desk, name: str, salt: str, text: str) -> None:
    refused(desk.run("--reveal", name, salt, text), f'"{name}" commits to another text or salt.')


def test_nothing_is_revealed_by_an_entry_that_is_no_json(desk: Desk) -> None:
    put_alone(desk, b"letter")
    refused(desk.run("--reveal", "body", SALT.hex(), BODY), '"body" commits to another text or salt.')


@pytest.mark.parametrize(
    "receipt",
    [
        "",
        "\n\n",
        NOTE,
        RECEIPT.replace("@v1", "@v2"),
        RECEIPT.replace("index ", "place "),
        RECEIPT.replace(f"index {INDEX}", f"index 0{INDEX}"),
        RECEIPT.replace(f"index {INDEX}", "index -1"),
        RECEIPT.replace(f"index {INDEX}", "index ٣"),
        RECEIPT.replace("\n", "\r\n"),
        RECEIPT.rpartition("\n\n")[0],
        RECEIPT[:-1],
        RECEIPT + "more\n",
        RECEIPT.replace(f"index {INDEX}\n", f"index {INDEX}\nAAAA\n"),
        RECEIPT.replace(f"index {INDEX}\n", f"index {INDEX}\n" + f"{'A' * 43}=\n" * 64),
        RECEIPT.encode().replace("\N{EM DASH}".encode(), b"\xff"),
    ],
    ids=range(15),
)
def test_a_damaged_receipt_is_refused(desk: Desk, receipt: str | bytes) -> None:
    desk.write("receipt", receipt)
    refused(desk.run(), "receipt is damaged, or not what it should be.")


@pytest.mark.parametrize(("kept", "proof"), [("nonsense", ""), (NOTE, "nonsense\n"), (NOTE, "AAAA\n")])
def test_damaged_files_beside_the_receipt_are_refused(desk: Desk, kept: str, proof: str) -> None:
    desk.write("kept", kept)
    desk.write("proof", proof)
    name = "kept" if kept == "nonsense" else "proof"
    refused(desk.run("--since", "kept", "proof"), f"{name} is damaged, or not what it should be.")


# What cannot be checked ------------------------------------------------------------------------


def unchecked(outcome: Outcome, reason: str) -> None:
    assert (outcome.status, outcome.english) == (2, f"COULD NOT BE CHECKED. {reason}\n")
    assert outcome.chinese.startswith("无法核验。")


def test_a_missing_file_cannot_be_checked(desk: Desk) -> None:
    (desk.folder / "entry").unlink()
    unchecked(desk.run(), "entry cannot be read.")


@pytest.mark.parametrize(
    "key", ["nonsense", LOG[:-4], LOG.replace("example", "exampel"), FIRST, f"{ORIGIN}+00000000+"], ids=range(5)
)
def test_with_a_key_that_is_none_nothing_can_be_checked(desk: Desk, key: str) -> None:
    unchecked(desk.run(log=key), f"This is no key that can be used there: {key}")


def test_the_key_of_a_log_is_not_that_of_a_witness(desk: Desk) -> None:
    unchecked(desk.run("--witness", LOG), f"This is no key that can be used there: {LOG}")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["receipt"],
        ["receipt", "entry"],
        ["receipt", "entry", "--log", LOG, "--x"],
        ["receipt", "entry", "--log", LOG, "--record", "x"],
    ],
)
def test_wrong_arguments_end_with_status_2(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-I", "-S", str(PROGRAM), *arguments], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
