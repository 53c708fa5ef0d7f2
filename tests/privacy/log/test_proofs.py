"""Proofs that can be kept: round trips, policy, and everything that must fail."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from privacy.log.checkpoints import Checkpoint
from privacy.log.merkle import ProofError, inclusion_proof, leaf_hash, root, subtree_from_leaf_hashes
from privacy.log.notes import NoteError, cosign, sign_note, verifier_key
from privacy.log.proofs import HEADER, TlogProof, VerifiedProof, verify_proof

ORIGIN = "log.example/1"
ENTRIES = [f"entry {number}".encode() for number in range(21)]
SUBTREE = subtree_from_leaf_hashes([leaf_hash(entry) for entry in ENTRIES])
LOG_KEY, OLD_KEY, FIRST_KEY, SECOND_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(4))
LOG = verifier_key(ORIGIN, LOG_KEY, cosigner=False)
OLD = verifier_key(ORIGIN, OLD_KEY, cosigner=False)
FIRST = verifier_key("first.example", FIRST_KEY, cosigner=True)
SECOND = verifier_key("second.example", SECOND_KEY, cosigner=True)
CHECKPOINT = Checkpoint(ORIGIN, len(ENTRIES), root(SUBTREE, len(ENTRIES)))
NOTE = sign_note(CHECKPOINT.text, ORIGIN, LOG_KEY)
WITNESSED = NOTE + cosign(NOTE, FIRST.name, FIRST_KEY, 11) + cosign(NOTE, SECOND.name, SECOND_KEY, 12)


def proof_of(index: int, note: str = NOTE, extra: bytes | None = None) -> TlogProof:
    return TlogProof(index, tuple(inclusion_proof(SUBTREE, index, len(ENTRIES))), note, extra)


def test_a_proof_is_the_text_of_tlog_proof() -> None:
    proof = proof_of(20, extra=b"more")
    hashes = "".join(base64.b64encode(part).decode() + "\n" for part in proof.hashes)
    assert proof.text == f"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 20\n{hashes}\n{NOTE}"


@given(
    index=st.integers(0, 2**63 - 1),
    hashes=st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    extra=st.none() | st.binary(max_size=99),
)
def test_what_was_written_is_read_again(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    proof = TlogProof(index, tuple(hashes), NOTE, extra)
    assert TlogProof.parse(proof.text) == proof


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_every_entry_is_proven(index: int) -> None:
    assert verify_proof(proof_of(index).text, ENTRIES[index], [LOG], ORIGIN) == VerifiedProof(index, CHECKPOINT, {})


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    note = sign_note(Checkpoint(ORIGIN, 1, leaf_hash(b"only")).text, ORIGIN, LOG_KEY)
    assert verify_proof(TlogProof(0, (), note).text, b"only", [LOG], ORIGIN).index == 0


def test_an_earlier_key_of_the_log_still_counts() -> None:
    note = sign_note(CHECKPOINT.text, ORIGIN, OLD_KEY)
    assert verify_proof(proof_of(3, note).text, ENTRIES[3], [LOG, OLD], ORIGIN).index == 3


# Witnesses -------------------------------------------------------------------------------------


def test_witnesses_are_counted_and_named() -> None:
    found = verify_proof(proof_of(3, WITNESSED).text, ENTRIES[3], [LOG], ORIGIN, [FIRST, SECOND], 2)
    assert found.witnesses == {FIRST: 11, SECOND: 12}


def test_too_few_witnesses_are_refused() -> None:
    note = NOTE + cosign(NOTE, FIRST.name, FIRST_KEY, 11)
    with pytest.raises(ProofError, match="2 witnesses are asked for, and 1 signed"):
        verify_proof(proof_of(3, note).text, ENTRIES[3], [LOG], ORIGIN, [FIRST, SECOND], 2)


def test_unknown_witnesses_do_not_count() -> None:
    with pytest.raises(ProofError, match="0 signed"):
        verify_proof(
            proof_of(3, WITNESSED).text, ENTRIES[3], [LOG], ORIGIN, [verifier_key("x", OLD_KEY, cosigner=True)], 1
        )


def test_two_keys_of_one_witness_are_one_voice() -> None:
    other = verifier_key(FIRST.name, SECOND_KEY, cosigner=True)
    note = NOTE + cosign(NOTE, FIRST.name, FIRST_KEY, 11) + cosign(NOTE, FIRST.name, SECOND_KEY, 12)
    with pytest.raises(ProofError, match="2 witnesses are asked for"):
        verify_proof(proof_of(3, note).text, ENTRIES[3], [LOG], ORIGIN, [FIRST, other], 2)


def test_the_log_is_not_its_own_witness() -> None:
    with pytest.raises(ProofError, match="for cosignatures"):
        verify_proof(proof_of(3).text, ENTRIES[3], [LOG], ORIGIN, [LOG], 1)


def test_witnesses_do_not_stand_in_for_the_log() -> None:
    note = WITNESSED.replace(NOTE.removeprefix(CHECKPOINT.text + "\n"), "")
    with pytest.raises(ProofError, match="itself did not sign"):
        verify_proof(proof_of(3, note).text, ENTRIES[3], [LOG], ORIGIN, [FIRST, SECOND], 2)


# What must fail --------------------------------------------------------------------------------


def test_another_entry_is_refused() -> None:
    with pytest.raises(ProofError, match="not in the tree"):
        verify_proof(proof_of(3).text, ENTRIES[4], [LOG], ORIGIN)


@given(data=st.data(), index=st.integers(0, len(ENTRIES) - 1))
def test_an_entry_with_a_flipped_bit_is_refused(data: st.DataObject, index: int) -> None:
    entry = bytearray(ENTRIES[index])
    entry[data.draw(st.integers(0, len(entry) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ProofError):
        verify_proof(proof_of(index).text, bytes(entry), [LOG], ORIGIN)


@given(data=st.data(), index=st.integers(0, len(ENTRIES) - 1))
def test_a_proof_with_any_character_changed_is_refused(data: st.DataObject, index: int) -> None:
    text = proof_of(index).text
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.sampled_from("A0/ \nz").filter(lambda other: other != text[place]))
    with pytest.raises((ProofError, NoteError)):
        verify_proof(text[:place] + character + text[place + 1 :], ENTRIES[index], [LOG], ORIGIN)


def test_a_proof_of_a_checkpoint_signed_by_another_key_is_refused() -> None:
    note = sign_note(CHECKPOINT.text, ORIGIN, OLD_KEY)
    with pytest.raises(NoteError, match="no known key"):
        verify_proof(proof_of(3, note).text, ENTRIES[3], [LOG], ORIGIN)


def test_a_proof_from_another_log_is_refused() -> None:
    with pytest.raises(ProofError, match="another log"):
        verify_proof(proof_of(3).text, ENTRIES[3], [LOG], "log.example/2")


def test_a_proof_of_something_that_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(ProofError, match="checkpoint"):
        verify_proof(proof_of(3, sign_note("a letter\n", ORIGIN, LOG_KEY)).text, ENTRIES[3], [LOG], ORIGIN)


HASH = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        f"{HEADER}\n\n{NOTE}",
        f"{HEADER}\nindex 0\n",
        f"{HEADER}\nindex\n\n{NOTE}",
        f"{HEADER}\nindex 00\n\n{NOTE}",
        f"{HEADER}\nindex -1\n\n{NOTE}",
        f"{HEADER}\nindex {2**63}\n\n{NOTE}",
        f"{HEADER}\nindex ٣\n\n{NOTE}",
        f"{HEADER}\nextra !\nindex 0\n\n{NOTE}",
        f"{HEADER}\nindex 0\nextra bW9yZQ==\n\n{NOTE}",
        f"{HEADER}\nindex 0\n{HASH[:-4]}\n\n{NOTE}",
        f"{HEADER}\nindex 0\n{HASH} \n\n{NOTE}",
        f"{HEADER}\nindex 0\n" + f"{HASH}\n" * 64 + f"\n{NOTE}",
        f"{HEADER}\r\nindex 0\r\n\r\n{NOTE}",
    ],
    ids=range(15),
)
def test_a_malformed_proof_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        TlogProof.parse(text)
