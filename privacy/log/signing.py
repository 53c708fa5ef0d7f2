"""The key that signs the checkpoints of the log, and the name that it signs them for."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from privacy.log.notes import VerifierKey, verifier_key
from privacy.sealing.keys import LOG_SIGNING_ROOT
from privacy.sealing.ring import root_key

_PURPOSE = b"gongzhi/log-signing/v1"


def origin() -> str:
    """The name of this log in its checkpoints and keys. It never changes: another origin is another log."""
    return str(settings.GONGZHI_LOG_ORIGIN)


def signing_key() -> Ed25519PrivateKey:
    """Derived from a root key that the key-encryption key protects: whoever holds both that and the database can sign
    checkpoints, and nobody else."""
    return Ed25519PrivateKey.from_private_bytes(root_key(LOG_SIGNING_ROOT, _PURPOSE))


def present_key() -> VerifierKey:
    """The verifying key of what is signed now."""
    return verifier_key(origin(), signing_key(), cosigner=False)
