"""The key that signs the checkpoints of the log, the name that it signs them for, and whether it signed one."""

from collections.abc import Collection
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from privacy.log.checkpoints import Checkpoint
from privacy.log.models import Checkpoint as StoredCheckpoint
from privacy.log.notes import NoteError, VerifierKey, open_note, verifier_key
from privacy.sealing.keys import LOG_SIGNING_ROOT
from privacy.sealing.ring import active_key, derived_key, root_ids

_PURPOSE = b"gongzhi/log-signing/v1"


def origin() -> str:
    """The name of this log in its checkpoints and keys. It never changes: another origin is another log."""
    return str(settings.GONGZHI_LOG_ORIGIN)


def _key_of(root_id: UUID) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key(root_id, _PURPOSE))


def signing_key() -> Ed25519PrivateKey:
    """Derived from a root key that the key-encryption key protects: whoever holds both that and the database can sign
    checkpoints, and nobody else."""
    return _key_of(active_key(LOG_SIGNING_ROOT).id)


def present_key() -> VerifierKey:
    """The verifying key of what is signed now."""
    return verifier_key(origin(), signing_key(), cosigner=False)


def own_keys() -> frozenset[bytes]:
    """The public keys of this log, present and earlier. Whoever can write the database can put another one beside a
    checkpoint, and cannot make it one of these."""
    return frozenset(_key_of(root_id).public_key().public_bytes_raw() for root_id in root_ids(LOG_SIGNING_ROOT))


def read_signed(stored: StoredCheckpoint, own: Collection[bytes]) -> Checkpoint:
    """What a stored checkpoint says. Raises ``ValueError`` unless one of the ``own`` keys signed just that."""
    key = VerifierKey.parse(stored.verifier_key)
    if key.public_key not in own:
        raise NoteError("it was signed with a key that is none of this log")
    signed = Checkpoint.parse(open_note(stored.note, [key]).text)
    if signed.size != stored.size or signed.root.hex() != stored.root:
        raise NoteError("its note says something else than its columns")
    return signed
