"""Signed notes and cosignatures: published examples, what is refused, and Ed25519 itself by Wycheproof."""

import base64
import struct
from itertools import count
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from privacy.log.checkpoints import Checkpoint
from privacy.log.notes import (
    MAX_NOTE_CHARACTERS,
    MAX_SIGNATURES,
    Algorithm,
    NoteError,
    VerifierKey,
    cosign,
    open_note,
    sign_note,
    verifier_key,
)
from tests.privacy.log.published import VECTORS, needs_vectors, vector, wycheproof

NAME, WITNESS = "log.example/1", "witness.example/w1"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
ML_DSA_KEY = MLDSA44PrivateKey.from_seed_bytes(bytes(range(32)))
LOG = verifier_key(NAME, LOG_KEY, cosigner=False)
ED25519_WITNESS = verifier_key(WITNESS, WITNESS_KEY, cosigner=True)
ML_DSA_WITNESS = verifier_key(WITNESS, ML_DSA_KEY, cosigner=True)
TEXT = Checkpoint(NAME, 12, bytes(32)).text
NOTE = sign_note(TEXT, NAME, LOG_KEY)
# An example of C2SP signed-note, and that of the Go implementation.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n\N{EM DASH} example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def signature_line(name: str, data: bytes) -> str:
    return f"\N{EM DASH} {name} {base64.b64encode(data).decode()}\n"


# Published examples ----------------------------------------------------------------------------


def test_the_example_of_c2sp_is_opened() -> None:
    key = VerifierKey.parse(EXAMPLE_KEY)
    assert open_note(EXAMPLE_NOTE, [key]).signed_by == {key: None}


@needs_vectors
@pytest.mark.parametrize("source", ["c2sp_example", "golang"])
def test_published_notes_are_opened(source: str) -> None:
    published = vector("derived/signed_notes.json")[source]
    key = VerifierKey.parse(published["vkey"])
    note = open_note(published["note"], [key])
    assert (key.text, note.text) == (published["vkey"], published["note"].rpartition("\n\n")[0] + "\n")


@needs_vectors
@pytest.mark.parametrize("source", ["golang", "tessera"])
def test_published_notes_are_signed_byte_for_byte(source: str) -> None:
    published = vector("derived/signed_notes.json")[source]
    name = VerifierKey.parse(published["vkey"]).name
    # PRIVATE+KEY+name+id+base64 of (algorithm | seed); base64 may hold a plus too.
    seed = base64.b64decode(published["skey"].split("+", 4)[4])[1:]
    for note in published.get("checkpoints") or [published["note"]]:
        assert sign_note(note.rpartition("\n\n")[0] + "\n", name, Ed25519PrivateKey.from_private_bytes(seed)) == note


@needs_vectors
@pytest.mark.parametrize("size", range(16))
def test_the_signed_checkpoints_of_tessera_are_opened(size: int) -> None:
    key = VerifierKey.parse(vector("derived/signed_notes.json")["tessera"]["vkey"])
    note = (VECTORS / f"tessera/testdata/log/checkpoint.{size}").read_text()
    assert Checkpoint.parse(open_note(note, [key]).text).size == size


@needs_vectors
@pytest.mark.parametrize("number", range(2))
def test_published_bad_keys_are_refused(number: int) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(vector("derived/signed_notes.json")["golang"]["bad_vkeys"][number])


@needs_vectors
@pytest.mark.parametrize(("group", "test"), wycheproof("ed25519_test.json"))
def test_ed25519_vectors_of_wycheproof(group: dict[str, Any], test: dict[str, Any]) -> None:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
    try:
        key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
        valid = True
    except InvalidSignature:
        valid = False
    assert valid is (test["result"] == "valid")


# Verifying keys --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [LOG, ED25519_WITNESS, ML_DSA_WITNESS], ids=["log", "ed25519", "ml-dsa"])
def test_a_verifying_key_is_read_again(key: VerifierKey) -> None:
    assert (VerifierKey.parse(key.text), str(key)) == (key, key.text)


@given(name=st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1))
def test_a_name_has_no_blanks_and_no_plus(name: str) -> None:
    if "+" in name:
        with pytest.raises(NoteError):
            VerifierKey(name, Algorithm.ED25519, bytes(32))
    else:
        key = VerifierKey(name, Algorithm.ED25519, bytes(32))
        assert VerifierKey.parse(key.text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        LOG.text.replace(NAME, "other"),
        LOG.text.replace(NAME, "two words"),
        LOG.text.replace(NAME, ""),
        LOG.text.replace(NAME, "line\nfeed"),
        LOG.text.upper(),
        LOG.text + "=",
        LOG.text[:-4],
        LOG.text + "\n",
        f"{NAME}+00000000+",
        f"{NAME}+00000000+{base64.b64encode(bytes([2]) + bytes(32)).decode()}",
        f"{NAME}+00000000+{base64.b64encode(bytes([1]) + bytes(31)).decode()}",
    ],
    ids=count(),
)
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_one_key_used_for_two_things_has_two_ids() -> None:
    assert LOG.key_id != verifier_key(NAME, LOG_KEY, cosigner=True).key_id


def test_ml_dsa_signs_no_plain_notes() -> None:
    with pytest.raises(NoteError, match="cosignatures only"):
        verifier_key(NAME, ML_DSA_KEY, cosigner=False)


# Opening ---------------------------------------------------------------------------------------


@given(text=st.text(st.characters(blacklist_categories=["Cc", "Cs"]) | st.just("\n"), max_size=200))
def test_what_was_signed_is_opened(text: str) -> None:
    note = open_note(sign_note(text + "\n", NAME, LOG_KEY), [LOG])
    assert (note.text, note.signed_by) == (text + "\n", {LOG: None})


def test_the_text_of_a_note_may_hold_empty_lines() -> None:
    assert open_note(sign_note("one\n\ntwo\n\n", NAME, LOG_KEY), [LOG]).text == "one\n\ntwo\n\n"


@given(bit=st.integers(0, len(TEXT.encode()) * 8 - 1))
def test_a_changed_text_is_refused(bit: int) -> None:
    data = bytearray(TEXT.encode())
    data[bit // 8] ^= 1 << bit % 8
    changed = data.decode("latin-1") + NOTE.removeprefix(TEXT)
    with pytest.raises(NoteError):
        open_note(changed, [LOG])


@given(bit=st.integers(0, 64 * 8 - 1))
def test_a_changed_signature_is_refused(bit: int) -> None:
    signature = bytearray(LOG_KEY.sign(TEXT.encode()))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NoteError, match="not good"):
        open_note(TEXT + "\n" + signature_line(NAME, LOG.key_id + signature), [LOG])


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, [verifier_key(NAME, OTHER_KEY, cosigner=False)])


def test_a_note_is_refused_when_no_key_is_known() -> None:
    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, [])


def test_a_known_key_under_another_name_is_unknown() -> None:
    with pytest.raises(NoteError, match="no known key"):
        open_note(NOTE, [VerifierKey("other.example", Algorithm.ED25519, LOG.public_key)])


def test_unknown_signatures_are_ignored() -> None:
    note = NOTE + signature_line("unknown.example", b"idid" + bytes(70)) + signature_line(NAME, b"idid" + bytes(64))
    assert open_note(note, [LOG]).signed_by == {LOG: None}


def test_a_bad_signature_of_a_known_key_rejects_a_note_with_a_good_one() -> None:
    other = verifier_key("other.example", OTHER_KEY, cosigner=False)
    note = NOTE + signature_line(other.name, other.key_id + bytes(64))
    assert open_note(note, [LOG]).signed_by == {LOG: None}
    with pytest.raises(NoteError, match=r"other\.example is not good"):
        open_note(note, [LOG, other])


def test_a_bad_signature_beside_a_good_one_of_the_same_key_rejects_the_note() -> None:
    with pytest.raises(NoteError, match="not good"):
        open_note(NOTE + signature_line(NAME, LOG.key_id + bytes(64)), [LOG])


def test_each_signature_is_known_by_its_line() -> None:
    line = cosign(NOTE, WITNESS, WITNESS_KEY, 5)
    assert open_note(NOTE + line, [LOG, ED25519_WITNESS]).lines == {
        LOG: NOTE.removeprefix(TEXT + "\n"),
        ED25519_WITNESS: line,
    }


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\N{EM DASH}", "-"),
        NOTE.replace("\N{EM DASH} ", "\N{EM DASH}  "),
        NOTE.replace("\N{EM DASH} ", "\N{EM DASH}\N{NO-BREAK SPACE}"),
        NOTE[:-1] + " \n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("12", "1\t2"),
        NOTE.replace("12", "1\x002"),
        NOTE.replace("12", "1\ud8002"),
        NOTE[:-2] + "!\n",
        TEXT + "\n" + signature_line(NAME, LOG.key_id),
        TEXT + "\n" + signature_line("", LOG.key_id + bytes(64)),
        TEXT + "\n" + signature_line("a+b", LOG.key_id + bytes(64)),
        NOTE + "a line that is no signature\n",
        NOTE + signature_line("unknown", bytes(8)) * MAX_SIGNATURES,
        "x" * MAX_NOTE_CHARACTERS + NOTE,
    ],
    ids=count(),
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, [LOG])


def test_sixteen_signatures_are_read() -> None:
    note = NOTE + "".join(signature_line(f"unknown{number}", bytes(2424)) for number in range(15))
    assert open_note(note, [LOG]).signed_by == {LOG: None}


@pytest.mark.parametrize("text", ["", "no line feed", "tab\t\n", "nul\0\n", "half \ud800\n"])
def test_no_malformed_text_is_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_note(text, NAME, LOG_KEY)


# Cosignatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("private_key", "key"), [(WITNESS_KEY, ED25519_WITNESS), (ML_DSA_KEY, ML_DSA_WITNESS)], ids=["ed25519", "ml-dsa"]
)
def test_a_cosignature_tells_its_time(private_key: Any, key: VerifierKey) -> None:
    note = NOTE + cosign(NOTE, WITNESS, private_key, 1_679_315_147)
    assert open_note(note, [LOG, key]).signed_by == {LOG: None, key: 1_679_315_147}


def test_the_message_of_an_ed25519_cosignature_is_that_of_tlog_cosignature() -> None:
    line = cosign(NOTE, WITNESS, WITNESS_KEY, 1_679_315_147)
    signed = base64.b64decode(line.split(" ")[2])
    message = f"cosignature/v1\ntime 1679315147\n{TEXT}".encode()
    assert signed == ED25519_WITNESS.key_id + struct.pack(">Q", 1_679_315_147) + WITNESS_KEY.sign(message)


def test_the_message_of_an_ml_dsa_cosignature_is_that_of_tlog_cosignature() -> None:
    line = cosign(NOTE, WITNESS, ML_DSA_KEY, 7)
    signature = base64.b64decode(line.split(" ")[2])[12:]
    message = (
        b"subtree/v1\n\0"
        + struct.pack(">B", len(WITNESS)) + WITNESS.encode()
        + struct.pack(">Q", 7)
        + struct.pack(">B", len(NAME)) + NAME.encode()
        + struct.pack(">QQ", 0, 12)
        + bytes(32)
    )  # fmt: skip
    ML_DSA_KEY.public_key().verify(signature, message)
    assert len(signature) == 2420


@pytest.mark.parametrize(
    ("private_key", "key"), [(WITNESS_KEY, ED25519_WITNESS), (ML_DSA_KEY, ML_DSA_WITNESS)], ids=["ed25519", "ml-dsa"]
)
def test_a_cosignature_with_another_time_is_refused(private_key: Any, key: VerifierKey) -> None:
    data = bytearray(base64.b64decode(cosign(NOTE, WITNESS, private_key, 5).split(" ")[2]))
    data[11] ^= 1
    with pytest.raises(NoteError, match="not good"):
        open_note(NOTE + signature_line(WITNESS, bytes(data)), [LOG, key])


@pytest.mark.parametrize("key", [ED25519_WITNESS, ML_DSA_WITNESS], ids=["ed25519", "ml-dsa"])
@pytest.mark.parametrize("length", [1, 8, 9, 72])
def test_a_cosignature_that_is_cut_off_is_refused(key: VerifierKey, length: int) -> None:
    with pytest.raises(NoteError, match="not good"):
        open_note(NOTE + signature_line(WITNESS, key.key_id + bytes(length)), [LOG, key])


def test_a_cosignature_from_after_the_end_of_time_is_refused() -> None:
    text = f"cosignature/v1\ntime {2**63}\n{TEXT}".encode()
    data = ED25519_WITNESS.key_id + struct.pack(">Q", 2**63) + WITNESS_KEY.sign(text)
    with pytest.raises(NoteError, match="not good"):
        open_note(NOTE + signature_line(WITNESS, data), [ED25519_WITNESS])
    with pytest.raises(NoteError, match="no such time"):
        cosign(NOTE, WITNESS, WITNESS_KEY, 2**63)


def test_a_plain_signature_is_no_cosignature() -> None:
    data = ED25519_WITNESS.key_id + WITNESS_KEY.sign(TEXT.encode())
    with pytest.raises(NoteError, match="not good"):
        open_note(NOTE + signature_line(WITNESS, data), [LOG, ED25519_WITNESS])


def test_only_checkpoints_are_cosigned_with_ml_dsa() -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        cosign(sign_note("no checkpoint\n", NAME, LOG_KEY), WITNESS, ML_DSA_KEY, 5)


def test_the_name_of_an_ml_dsa_witness_is_part_of_what_it_signs() -> None:
    other = verifier_key("other.example", ML_DSA_KEY, cosigner=True)
    data = base64.b64decode(cosign(NOTE, WITNESS, ML_DSA_KEY, 5).split(" ")[2])[4:]
    with pytest.raises(NoteError, match="not good"):
        open_note(NOTE + signature_line(other.name, other.key_id + data), [LOG, other])
