"""What every keeper of a key-encryption key (KEK) can do, and the keeper that holds it in memory."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.errors import Tampered

KEY_BYTES = 32
NONCE_BYTES = 12
_WRAP_TAG = b"gongzhi/data-key/v1|"


class KeyProvider(Protocol):
    """Keeper of one key-encryption key. It never hands the key out.

    ``origin`` names the variable that the key comes from, for messages.
    """

    origin: str

    @property
    def kek_id(self) -> str:
        """16 hexadecimal characters that name the key and reveal nothing of it."""

    def wrap(self, data_key_id: UUID, data_key: bytes) -> bytes: ...

    def unwrap(self, data_key_id: UUID, wrapped: bytes) -> bytes:
        """Raises ``Tampered`` when the bytes were not wrapped for this data key under this KEK."""

    def derive(self, purpose: str) -> bytes:
        """32 bytes bound to ``purpose``, independent of every other purpose. They change with the KEK: what has to
        last is derived from a root key instead (see ``ring.root_key``)."""


def wrap_context(data_key_id: UUID) -> bytes:
    """What a wrapped key is bound to, as associated data."""
    return _WRAP_TAG + data_key_id.bytes


class HeldKey:
    """A KEK in this process's memory: AES-256-GCM, with the data key's id as associated data."""

    def __init__(self, encoded: str, origin: str) -> None:
        kek = _decoded(encoded, origin)
        self.origin = origin
        self._kek = kek
        self._aead = AESGCM(kek)
        self.kek_id = self.derive("kek-id").hex()[:16]

    def wrap(self, data_key_id: UUID, data_key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, data_key, wrap_context(data_key_id))

    def unwrap(self, data_key_id: UUID, wrapped: bytes) -> bytes:
        try:
            return self._aead.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], wrap_context(data_key_id))
        except (InvalidTag, ValueError):
            raise Tampered(f"data key {data_key_id} was not wrapped under this key-encryption key") from None

    def derive(self, purpose: str) -> bytes:
        info = b"gongzhi/" + purpose.encode() + b"/v1"
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._kek)


def _decoded(encoded: str, origin: str) -> bytes:
    try:
        kek = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        # The value itself must not end up in a log.
        raise ImproperlyConfigured(f"{origin} is not base64.") from None
    if len(kek) != KEY_BYTES:
        raise ImproperlyConfigured(f"{origin} must hold {KEY_BYTES} bytes in base64, not {len(kek)}.")
    return kek
