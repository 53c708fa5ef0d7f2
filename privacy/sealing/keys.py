"""Who a value belongs to, and the key-encryption key (KEK) that protects everybody's data keys.

A provider holds the KEK and never hands it out: it wraps, unwraps and derives. The interface is narrow enough for a
key-management service to take the place of the two providers here.
"""

import base64
import binascii
import os
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from privacy.sealing.errors import Tampered

KEY_BYTES = 32
NONCE_BYTES = 12
_WRAP_TAG = b"gongzhi/data-key/v1|"


class Scope(models.TextChoices):
    """What one data key covers. Destroying the key erases everything that was sealed for that subject."""

    PERSON = "person"
    ORGANISATION = "organisation"
    CASE = "case"


@dataclass(frozen=True)
class Subject:
    """Whose data it is. ``scope_type`` is a value of ``Scope``; ``ref`` is the row id of that person, organisation
    or case."""

    scope_type: str
    ref: UUID

    def __post_init__(self) -> None:
        Scope(self.scope_type)
        if not isinstance(self.ref, UUID):
            raise TypeError("Subject.ref must be a UUID")


class KeyProvider(Protocol):
    """Keeper of one key-encryption key."""

    @property
    def kek_id(self) -> str:
        """16 hexadecimal characters that name the key and reveal nothing of it."""

    def wrap(self, data_key_id: UUID, data_key: bytes) -> bytes: ...

    def unwrap(self, data_key_id: UUID, wrapped: bytes) -> bytes:
        """Raises ``Tampered`` when the bytes were not wrapped for this data key under this KEK."""

    def derive(self, purpose: str) -> bytes:
        """32 bytes bound to ``purpose``, independent of every other purpose."""


class _HeldKey:
    """A KEK in this process's memory: AES-256-GCM, with the data key's id as associated data."""

    def __init__(self, kek: bytes) -> None:
        if len(kek) != KEY_BYTES:
            raise ImproperlyConfigured(f"The key-encryption key must be {KEY_BYTES} bytes, not {len(kek)}.")
        self._kek = kek
        self._aead = AESGCM(kek)
        self.kek_id = self.derive("kek-id").hex()[:16]

    def wrap(self, data_key_id: UUID, data_key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, data_key, _WRAP_TAG + data_key_id.bytes)

    def unwrap(self, data_key_id: UUID, wrapped: bytes) -> bytes:
        try:
            return self._aead.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _WRAP_TAG + data_key_id.bytes)
        except (InvalidTag, ValueError):
            raise Tampered(f"data key {data_key_id} was not wrapped under this key-encryption key") from None

    def derive(self, purpose: str) -> bytes:
        info = b"gongzhi/" + purpose.encode() + b"/v1"
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._kek)


def _decoded(text: str, origin: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        # The value itself must not end up in a log.
        raise ImproperlyConfigured(f"{origin} is not base64.") from None


class EnvironmentKeyProvider(_HeldKey):
    """KEK from the setting ``GONGZHI_KEK`` (32 bytes in base64)."""

    def __init__(self, encoded: str) -> None:
        super().__init__(_decoded(encoded, "GONGZHI_KEK"))


class FileKeyProvider(_HeldKey):
    """KEK from the file named by ``GONGZHI_KEK_FILE`` (32 bytes in base64), which only its owner may read."""

    def __init__(self, path: str | Path) -> None:
        try:
            with open(path, encoding="ascii") as file:
                # The open file is asked, not the name: it cannot be exchanged in between.
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                if mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise ImproperlyConfigured(
                        f"GONGZHI_KEK_FILE {path} is open to group or others (mode {mode:04o}); run chmod 600 on it."
                    )
                encoded = file.read(1024)
        except OSError as error:
            raise ImproperlyConfigured(f"GONGZHI_KEK_FILE cannot be read: {error}") from error
        super().__init__(_decoded(encoded, "GONGZHI_KEK_FILE"))


@lru_cache(maxsize=8)
def _provider(encoded: str, path: str) -> KeyProvider:
    if encoded and path:
        raise ImproperlyConfigured("Set GONGZHI_KEK or GONGZHI_KEK_FILE, not both.")
    if path:
        return FileKeyProvider(path)
    if encoded:
        return EnvironmentKeyProvider(encoded)
    raise ImproperlyConfigured("GONGZHI_KEK or GONGZHI_KEK_FILE must hold 32 random bytes in base64.")


def key_provider() -> KeyProvider:
    """The provider that the settings name; made once per process."""
    return _provider(settings.GONGZHI_KEK, str(settings.GONGZHI_KEK_FILE))
