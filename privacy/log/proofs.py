"""A proof that can be kept: index, inclusion proof and signed checkpoint in one text (C2SP tlog-proof)."""

from collections.abc import Iterable
from dataclasses import dataclass

from privacy.log.checkpoints import Checkpoint
from privacy.log.encoding import HASH_BYTES, LARGEST_SIZE, from_base64, from_decimal, hash_from_base64, to_base64
from privacy.log.merkle import ProofError, leaf_hash, verify_inclusion
from privacy.log.notes import VerifierKey, open_note

HEADER = "c2sp.org/tlog-proof@v1"
# A tree of fewer than 2**63 leaves is no higher.
MAX_HASHES = 63


@dataclass(frozen=True)
class TlogProof:
    """``checkpoint`` is the whole signed note; ``extra`` is not covered by any signature."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index <= LARGEST_SIZE:
            raise ProofError("no such index")
        if len(self.hashes) > MAX_HASHES or any(len(part) != HASH_BYTES for part in self.hashes):
            raise ProofError(f"a proof has at most {MAX_HASHES} hashes of {HASH_BYTES} bytes")

    @property
    def text(self) -> str:
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {to_base64(self.extra)}")
        lines += [f"index {self.index}", *map(to_base64, self.hashes), ""]
        return "\n".join(lines) + "\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> "TlogProof":
        head, separator, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not separator:
            raise ProofError(f"not a {HEADER}")
        try:
            extra = (
                from_base64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
            )
            if not lines or not lines[0].startswith("index "):
                raise ProofError("the proof has no index")
            index = from_decimal(lines.pop(0).removeprefix("index "))
            return cls(index, tuple(hash_from_base64(line) for line in lines), checkpoint, extra)
        except ProofError:
            raise
        except ValueError as error:
            raise ProofError(f"malformed proof: {error}") from error


@dataclass(frozen=True)
class VerifiedProof:
    """What a proof proved: the entry is number ``index`` (from 0) of the log that ``checkpoint`` describes.

    ``witnesses``: who cosigned the checkpoint, with the time in seconds since 1970.
    """

    index: int
    checkpoint: Checkpoint
    witnesses: dict[VerifierKey, int]


def verify_proof(
    text: str,
    entry: bytes,
    log_keys: Iterable[VerifierKey],
    origin: str,
    witnesses: Iterable[VerifierKey] = (),
    quorum: int = 0,
) -> VerifiedProof:
    """Raises ProofError or NoteError unless ``text`` proves that the log ``origin`` holds ``entry``.

    One of ``log_keys`` must have signed the checkpoint, and ``quorum`` of the ``witnesses``, counted by name: two keys
    of one witness are one voice.
    """
    log_keys, witnesses = tuple(log_keys), tuple(witnesses)
    if any(not key.is_cosigner for key in witnesses):
        raise ProofError("the key of a witness is for cosignatures")
    proof = TlogProof.parse(text)
    note = open_note(proof.checkpoint, [*log_keys, *witnesses])
    try:
        checkpoint = Checkpoint.parse(note.text)
    except ValueError as error:
        raise ProofError(str(error)) from error
    if checkpoint.origin != origin:
        raise ProofError("the checkpoint is that of another log")
    if not any(key in note.signed_by for key in log_keys):
        raise ProofError("the log itself did not sign the checkpoint")
    seen_by = {key: time for key, time in note.signed_by.items() if key in witnesses and time is not None}
    if len({key.name for key in seen_by}) < quorum:
        raise ProofError(f"{quorum} witnesses are asked for, and {len(seen_by)} signed")
    verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return VerifiedProof(proof.index, checkpoint, seen_by)
