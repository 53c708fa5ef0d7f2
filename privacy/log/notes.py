"""Signed notes (C2SP signed-note) and the cosignatures of witnesses on them (C2SP tlog-cosignature).

A note is a text, an empty line, and one line for each signature:

    — name of the key, base64 of (key id, 4 bytes | signature)

A verifying key is written ``name+key id in hexadecimal+base64 of (algorithm, 1 byte | public key)``.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from privacy.log.checkpoints import Checkpoint
from privacy.log.encoding import from_base64, to_base64

# Of a whole note and of its signatures. signed-note: at least 16 signatures must be accepted.
MAX_NOTE_CHARACTERS = 1_000_000
MAX_SIGNATURES = 100
LATEST_TIMESTAMP = 2**63 - 1
_KEY_ID_BYTES = 4
_DASH = "\N{EM DASH}"


class NoteError(ValueError):
    """A malformed note or key, or one whose signature is not good."""


class Algorithm(IntEnum):
    """Signature types (signed-note, "Signature types"). The other assigned ones are of no use here."""

    ED25519 = 0x01
    ED25519_COSIGNATURE = 0x04
    ML_DSA_44_COSIGNATURE = 0x06


_PUBLIC_KEY_BYTES = {
    Algorithm.ED25519: 32,
    Algorithm.ED25519_COSIGNATURE: 32,
    Algorithm.ML_DSA_44_COSIGNATURE: 1312,
}
_COSIGNATURES = frozenset({Algorithm.ED25519_COSIGNATURE, Algorithm.ML_DSA_44_COSIGNATURE})


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name of its owner and the one algorithm that it is used for."""

    name: str
    algorithm: Algorithm
    public_key: bytes

    def __post_init__(self) -> None:
        if not _is_key_name(self.name):
            raise NoteError("the name of a key has neither blanks nor a plus")
        if len(self.public_key) != _PUBLIC_KEY_BYTES[self.algorithm]:
            raise NoteError("the public key has the wrong length")

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Reads ``text`` (signed-note, "Verifier keys") and checks that the key id belongs to the key."""
        try:
            # Base64 may hold a plus, a name may not.
            name, key_id, encoded = text.split("+", 2)
            data = from_base64(encoded)
            key = cls(name, Algorithm(data[0]), data[1:])
        except (ValueError, IndexError) as error:
            raise NoteError(f"not a verifying key: {error}") from error
        if key.key_id.hex() != key_id:
            raise NoteError("not a verifying key: its key id belongs to another one")
        return key

    @property
    def key_id(self) -> bytes:
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.public_key)}"

    @property
    def is_cosigner(self) -> bool:
        return self.algorithm in _COSIGNATURES

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class OpenedNote:
    """A text, and each known key whose signature on it is good, with the time of a cosignature (seconds since 1970).

    ``lines``: the signature line of each of these keys.
    """

    text: str
    signed_by: dict[VerifierKey, int | None]
    lines: dict[VerifierKey, str]


@dataclass(frozen=True)
class _Signature:
    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        return f"{_DASH} {self.name} {to_base64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> "_Signature":
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != _DASH or not _is_key_name(name):
            raise NoteError("malformed signature line")
        try:
            data = from_base64(encoded)
        except ValueError as error:
            raise NoteError("malformed signature line") from error
        if len(data) <= _KEY_ID_BYTES:
            raise NoteError("malformed signature line")
        return cls(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


def _require_clean(text: str) -> None:
    if len(text) > MAX_NOTE_CHARACTERS:
        raise NoteError("a note as long as this is not read")
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise NoteError("a note ends with a line feed and has no other control characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("a note is UTF-8") from error


def _split(note: str) -> tuple[str, list[_Signature]]:
    _require_clean(note)
    text, separator, signature_lines = note.rpartition("\n\n")
    if not separator:
        raise NoteError("the note has no signatures")
    lines = signature_lines.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("a note with as many signatures as this is not read")
    return text + "\n", [_Signature.parse(line) for line in lines]


def verifier_key(name: str, private_key: Ed25519PrivateKey | MLDSA44PrivateKey, *, cosigner: bool) -> VerifierKey:
    """The verifying key of the log's own key, or, with ``cosigner``, of a witness."""
    if isinstance(private_key, MLDSA44PrivateKey):
        if not cosigner:
            raise NoteError("ML-DSA-44 is used for cosignatures only")
        algorithm = Algorithm.ML_DSA_44_COSIGNATURE
    else:
        algorithm = Algorithm.ED25519_COSIGNATURE if cosigner else Algorithm.ED25519
    return VerifierKey(name, algorithm, private_key.public_key().public_bytes_raw())


def sign_note(text: str, name: str, private_key: Ed25519PrivateKey) -> str:
    """The note of ``text`` with one Ed25519 signature (signed-note, "Ed25519 signatures")."""
    _require_clean(text)
    key = verifier_key(name, private_key, cosigner=False)
    return text + "\n" + _Signature(name, key.key_id, private_key.sign(text.encode())).line


def _cosigned_message(key: VerifierKey, text: str, timestamp: int) -> bytes:
    if key.algorithm is Algorithm.ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {timestamp}\n{text}".encode()
    checkpoint = Checkpoint.parse(text)
    name, origin = key.name.encode(), checkpoint.origin.encode()
    if len(name) > 255 or len(origin) > 255:
        raise NoteError("a name longer than 255 bytes cannot be cosigned")
    return b"".join(
        [
            b"subtree/v1\n\0",
            bytes([len(name)]) + name,
            struct.pack(">Q", timestamp),
            bytes([len(origin)]) + origin,
            struct.pack(">QQ", 0, checkpoint.size),
            checkpoint.root,
        ]
    )


def cosign(note: str, name: str, private_key: Ed25519PrivateKey | MLDSA44PrivateKey, timestamp: int) -> str:
    """The signature line of a witness on the checkpoint in ``note``, at ``timestamp`` (seconds since 1970).

    It does not check the signatures on the note: a witness does that first.
    """
    if not 0 <= timestamp <= LATEST_TIMESTAMP:
        raise NoteError("no such time")
    text, _ = _split(note)
    key = verifier_key(name, private_key, cosigner=True)
    signature = private_key.sign(_cosigned_message(key, text, timestamp))
    return _Signature(name, key.key_id, struct.pack(">Q", timestamp) + signature).line


def _verify(key: VerifierKey, signature: bytes, text: str) -> int | None:
    """The time of the cosignature, or None for a plain signature. Raises InvalidSignature or ValueError."""
    timestamp, message = None, text.encode()
    if key.is_cosigner:
        if len(signature) <= 8:
            raise InvalidSignature
        (timestamp,) = struct.unpack(">Q", signature[:8])
        if timestamp > LATEST_TIMESTAMP:
            raise InvalidSignature
        signature, message = signature[8:], _cosigned_message(key, text, timestamp)
    if key.algorithm is Algorithm.ML_DSA_44_COSIGNATURE:
        MLDSA44PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    else:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    return timestamp


def open_note(note: str, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Verify ``note`` with the known ``keys`` (signed-note, "Signatures").

    Signatures of unknown keys are ignored. One bad signature of a known key rejects the note, and so does the lack
    of any good one. Of several signatures of one key the first counts, but all must be good.
    """
    text, signatures = _split(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed_by: dict[VerifierKey, int | None] = {}
    lines: dict[VerifierKey, str] = {}
    for signature in signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        try:
            timestamp = _verify(key, signature.signature, text)
        except (InvalidSignature, ValueError) as error:
            raise NoteError(f"the signature of {key.name} is not good") from error
        except UnsupportedAlgorithm as error:
            raise NoteError(f"the signature of {key.name} cannot be checked with this installation") from error
        if key not in signed_by:
            signed_by[key], lines[key] = timestamp, signature.line
    if not signed_by:
        raise NoteError("no known key signed the note")
    return OpenedNote(text, signed_by, lines)
