"""What the log is made of and how it is checked: pure functions, no database, no settings.

Leaf hash: SHA-256(0x00 | leaf). Chain hash: SHA-256(0x01 | chain hash before | leaf hash). Before the first entry the
chain hash is SHA-256 of nothing. Hashes are lower-case hexadecimal, 64 characters.
"""

import base64
import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = hashlib.sha256(b"").hexdigest()
SALT_BYTES = 32
# The name of the log in its signed heads. Not a C2SP checkpoint: the hash is of a chain, not of a tree.
ORIGIN = "gongzhi-chain-v1"
_COMMITMENT_TAG = b"gongzhi/commitment/v1"
_ED25519 = b"\x01"


class BrokenChain(Exception):
    """The log does not follow on what was signed before."""


class Link(Protocol):
    """The part of a log entry that the chain is made of."""

    @property
    def index(self) -> int: ...
    @property
    def leaf(self) -> str: ...
    @property
    def leaf_hash(self) -> str: ...
    @property
    def chain_hash(self) -> str: ...


@dataclass(frozen=True)
class ChainReport:
    """``size`` entries were sound, up to chain hash ``head``; ``first_bad`` is the index of the first that is not."""

    size: int
    head: str
    first_bad: int | None = None
    problem: str = ""


def canonical(value: dict[str, Any]) -> str:
    """The one JSON text of ``value``: sorted keys, no blanks, no floats (which have no one text)."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A leaf holds no floats: write money in minor units and ratios as text.")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("The keys of a leaf are text.")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)


def leaf_hash(leaf: str) -> str:
    return hashlib.sha256(b"\x00" + leaf.encode()).hexdigest()


def chain_hash(previous: str, leaf_hash: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(previous) + bytes.fromhex(leaf_hash)).hexdigest()


def commitment(name: str, value: str, salt: bytes) -> str:
    """Binds the log to ``value`` without telling it. Whoever is given the salt can check the value."""
    length = struct.pack(">I", len(name.encode()))
    return hashlib.sha256(_COMMITMENT_TAG + salt + length + name.encode() + value.encode()).hexdigest()


def link_problem(entry: Link, expected_index: int, previous: str) -> str:
    """Why this entry does not follow on ``previous``; empty when it does."""
    if entry.index != expected_index:
        return f"entry {expected_index} is missing"
    if not compare_digest(leaf_hash(entry.leaf), entry.leaf_hash):
        return "the leaf is not what was hashed"
    if not compare_digest(chain_hash(previous, entry.leaf_hash), entry.chain_hash):
        return "the entry does not follow on the one before it"
    return ""


def verify_chain(entries: Iterable[Link], *, start: int = 0, previous: str = GENESIS) -> ChainReport:
    """Recompute the chain over consecutive ``entries``, from index ``start`` on the chain hash ``previous``."""
    for entry in entries:
        if problem := link_problem(entry, start, previous):
            return ChainReport(start, previous, first_bad=start, problem=problem)
        start, previous = start + 1, entry.chain_hash
    return ChainReport(start, previous)


# Signed heads ----------------------------------------------------------------------------------


def head_text(size: int, head: str, unix_time: int) -> str:
    """What is signed: origin, size, base64 of the chain hash, and a line with the time in seconds since 1970."""
    return f"{ORIGIN}\n{size}\n{base64.b64encode(bytes.fromhex(head)).decode()}\ntime {unix_time}\n"


def key_id(public_key: bytes) -> str:
    """As in C2SP signed notes: 8 hexadecimal characters."""
    return hashlib.sha256(ORIGIN.encode() + b"\n" + _ED25519 + public_key).digest()[:4].hex()


def verifier_key(public_key: bytes) -> str:
    """The public key in the notation of C2SP signed notes: name+id+base64."""
    return f"{ORIGIN}+{key_id(public_key)}+{base64.b64encode(_ED25519 + public_key).decode()}"


def signed_note(text: str, public_key: bytes, signature: bytes) -> str:
    signed = base64.b64encode(bytes.fromhex(key_id(public_key)) + signature).decode()
    return f"{text}\n\N{EM DASH} {ORIGIN} {signed}\n"


def is_signed(text: str, signature: bytes, public_key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
