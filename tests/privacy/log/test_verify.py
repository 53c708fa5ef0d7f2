"""The format, fixed by values computed apart from the code: what was published must verify for ever."""

import base64
import hashlib
import json
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy.log import verify


@dataclass
class Entry:
    index: int
    leaf: str
    leaf_hash: str
    chain_hash: str


def chain(*leaves: str) -> list[Entry]:
    entries, previous = [], hashlib.sha256().digest()
    for index, leaf in enumerate(leaves):
        leaf_hash = hashlib.sha256(b"\x00" + leaf.encode()).digest()
        previous = hashlib.sha256(b"\x01" + previous + leaf_hash).digest()
        entries.append(Entry(index, leaf, leaf_hash.hex(), previous.hex()))
    return entries


def test_a_chain_made_by_other_code_verifies() -> None:
    entries = chain("{}", '{"公":"开"}', "x")
    assert verify.verify_chain(entries) == verify.ChainReport(3, entries[2].chain_hash)


def test_a_part_of_a_chain_verifies_from_where_it_starts() -> None:
    entries = chain("a", "b", "c")
    part = verify.verify_chain(entries[1:], start=1, previous=entries[0].chain_hash)
    assert part == verify.ChainReport(3, entries[2].chain_hash)


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_the_first_bad_entry_is_named(bad: int) -> None:
    entries = chain("a", "b", "c")
    entries[bad].leaf += " "
    assert verify.verify_chain(entries).first_bad == bad


def test_swapped_entries_are_found() -> None:
    first, second, third = chain("a", "b", "c")
    assert verify.verify_chain([first, third, second]).first_bad == 1


def test_a_commitment_is_what_the_documentation_says() -> None:
    salt = bytes(range(32))
    expected = hashlib.sha256(b"gongzhi/commitment/v1" + salt + b"\x00\x00\x00\x04body" + "听".encode()).hexdigest()
    assert verify.commitment("body", "听", salt) == expected


def test_canonical_json() -> None:
    assert verify.canonical({"b": [1, None, True], "a": "公"}) == '{"a":"公","b":[1,null,true]}'


@pytest.mark.parametrize("value", [{"x": 0.5}, {"x": [{"y": 1e3}]}, {"x": float("nan")}, {5: "x"}])
def test_canonical_json_refuses_what_has_no_one_text(value: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        verify.canonical(value)


def test_a_signed_note_stands_on_its_own() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public = key.public_key().public_bytes_raw()
    text = verify.head_text(7, "ab" * 32, 1_700_000_000)
    note = verify.signed_note(text, public, key.sign(text.encode()))
    body, _, line = note.partition("\n\n")
    name, encoded = line.removeprefix("\N{EM DASH} ").split()
    signature = base64.b64decode(encoded)
    assert body.split("\n") == [name, "7", base64.b64encode(b"\xab" * 32).decode(), "time 1700000000"]
    assert signature[:4].hex() == verify.key_id(public)
    assert verify.is_signed(body + "\n", signature[4:], public)
    assert not verify.is_signed(body + "\n", signature[4:], bytes(32))


def test_the_verifying_key_names_itself() -> None:
    name, key_id, encoded = verify.verifier_key(b"\x05" * 32).split("+")
    raw = base64.b64decode(encoded)
    assert (name, raw) == (verify.ORIGIN, b"\x01" + b"\x05" * 32)
    assert key_id == hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    assert json.dumps(key_id)
