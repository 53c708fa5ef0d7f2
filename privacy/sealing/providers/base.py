"""What every keeper of a key-encryption key (KEK) can do, and the keeper that holds it in memory."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured

from privacy.sealing.errors import Tampered

KEY_BYTES = 32
NONCE_BYTES = 12
_KEK_ID = b"gongzhi/kek-id/v1"
NOT_WRAPPED_HERE = "it was not wrapped for this data key and its subject under this key-encryption key"


class KeyProvider(Protocol):
    """Keeper of one key-encryption key. It never hands the key out.

    ``origin`` names the variable that the key comes from, for messages. ``context`` is what a wrapped key is bound to,
    as associated data; see ``privacy.sealing.wrapping``.
    """

    origin: str

    @property
    def kek_id(self) -> str:
        """16 hexadecimal characters that name the key and reveal nothing of it."""

    def wrap(self, context: bytes, data_key: bytes) -> bytes: ...

    def unwrap(self, context: bytes, wrapped: bytes) -> bytes:
        """Raises ``Tampered`` when the bytes were not wrapped for this context under this KEK."""

    def unwrap_all(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes | None]:
        """Many at once, each (context, wrapped), in their order; None for one that ``unwrap`` would refuse."""


class HeldKey:
    """A KEK in this process's memory: AES-256-GCM."""

    def __init__(self, encoded: str, origin: str) -> None:
        kek = _decoded(encoded, origin)
        self.origin = origin
        self._aead = AESGCM(kek)
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_KEK_ID).derive(kek)
        self.kek_id = derived.hex()[:16]

    def wrap(self, context: bytes, data_key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, data_key, context)

    def unwrap(self, context: bytes, wrapped: bytes) -> bytes:
        try:
            return self._aead.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise Tampered(NOT_WRAPPED_HERE) from None

    def unwrap_all(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes | None]:
        found: list[bytes | None] = []
        for context, data in wrapped:
            try:
                found.append(self.unwrap(context, data))
            except Tampered:
                found.append(None)
        return found


def _decoded(encoded: str, origin: str) -> bytes:
    try:
        kek = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        # The value itself must not end up in a log.
        raise ImproperlyConfigured(f"{origin} is not base64.") from None
    if len(kek) != KEY_BYTES:
        raise ImproperlyConfigured(f"{origin} must hold {KEY_BYTES} bytes in base64, not {len(kek)}.")
    return kek
