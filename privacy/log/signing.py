"""The key that signs the heads of the log."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy.sealing.keys import key_provider


def signing_key() -> Ed25519PrivateKey:
    """Derived from the key-encryption key: whoever can read sealed values can sign heads, and nobody else."""
    return Ed25519PrivateKey.from_private_bytes(key_provider().derive("log-signing"))


def public_key() -> bytes:
    return signing_key().public_key().public_bytes_raw()
