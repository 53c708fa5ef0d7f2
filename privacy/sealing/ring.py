"""Seals and opens bytes with the data key of a subject.

A sealed value is ``E5 01 | data key id 16 | nonce 12 | ciphertext | tag 16`` (AES-256-GCM). Associated data is the
18-byte header followed by the context, so a value opens only in the row and field it was sealed for.
"""

import os
import struct
import time
import uuid
from collections import OrderedDict
from threading import Lock
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, transaction

from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.keys import KEY_BYTES, NONCE_BYTES, Subject, key_provider
from privacy.sealing.models import DataKey

MAGIC = b"\xe5\x01"
HEADER_BYTES = len(MAGIC) + 16
TAG_BYTES = 16
CACHE_KEYS = 4096
# How long another process may still open what was shredded meanwhile.
CACHE_SECONDS = 60.0


class _OpenKeys:
    """Unwrapped keys, least recently used out first."""

    def __init__(self) -> None:
        self._held: OrderedDict[UUID, tuple[AESGCM, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, key_id: UUID) -> AESGCM | None:
        with self._lock:
            held = self._held.get(key_id)
            if held is None:
                return None
            if held[1] < time.monotonic():
                del self._held[key_id]
                return None
            self._held.move_to_end(key_id)
            return held[0]

    def put(self, key_id: UUID, aead: AESGCM) -> None:
        with self._lock:
            self._held[key_id] = (aead, time.monotonic() + CACHE_SECONDS)
            while len(self._held) > CACHE_KEYS:
                self._held.popitem(last=False)

    def forget(self, key_id: UUID) -> None:
        with self._lock:
            self._held.pop(key_id, None)


_open_keys = _OpenKeys()


def context(label: str, row_id: UUID) -> bytes:
    """Where a value belongs: "app.model.field" and the row, each with its length before it."""
    return b"".join(struct.pack(">I", len(part)) + part for part in (label.encode(), row_id.bytes))


def active_key(subject: Subject) -> DataKey:
    """The subject's active key, made on first use. Asked of the database each time: a key remembered from a
    transaction that was rolled back would seal what nobody can ever open."""
    wanted = {"scope_type": subject.scope_type, "scope_ref": subject.ref, "state": DataKey.State.ACTIVE}
    found = DataKey.objects.filter(**wanted).first()
    if found is not None:
        return found
    provider = key_provider()
    key_id = uuid.uuid4()
    wrapped = provider.wrap(key_id, os.urandom(KEY_BYTES))
    try:
        with transaction.atomic():
            return DataKey.objects.create(id=key_id, wrapped=wrapped, kek_id=provider.kek_id, **wanted)
    except IntegrityError:
        # Somebody else made it between the two statements.
        return DataKey.objects.get(**wanted)


def _unwrapped(key: DataKey) -> AESGCM:
    if key.state == DataKey.State.SHREDDED or key.wrapped is None:
        raise Shredded(f"data key {key.id} was destroyed")
    provider = key_provider()
    if key.kek_id != provider.kek_id:
        raise UnknownKey(f"data key {key.id} is wrapped under key-encryption key {key.kek_id}, which is not here")
    aead = AESGCM(provider.unwrap(key.id, bytes(key.wrapped)))
    _open_keys.put(key.id, aead)
    return aead


def seal(plaintext: bytes, subject: Subject, bound_to: bytes) -> bytes:
    """Seal for ``bound_to`` (see ``context``) under the subject's active key."""
    key = active_key(subject)
    aead = _open_keys.get(key.id) or _unwrapped(key)
    header = MAGIC + key.id.bytes
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + aead.encrypt(nonce, plaintext, header + bound_to)


def unseal(blob: bytes, bound_to: bytes) -> bytes:
    """Open what was sealed for ``bound_to``. Raises ``Tampered``, ``UnknownKey`` or ``Shredded``."""
    if not blob.startswith(MAGIC) or len(blob) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES:
        raise Tampered("the stored bytes are not a sealed value")
    header, nonce = blob[:HEADER_BYTES], blob[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
    key_id = UUID(bytes=header[len(MAGIC) :])
    aead = _open_keys.get(key_id)
    if aead is None:
        key = DataKey.objects.filter(pk=key_id).first()
        if key is None:
            raise UnknownKey(f"data key {key_id} does not exist")
        aead = _unwrapped(key)
    try:
        return aead.decrypt(nonce, blob[HEADER_BYTES + NONCE_BYTES :], header + bound_to)
    except InvalidTag:
        raise Tampered("the stored bytes were altered, or sealed for another row or field") from None


def shred(subject: Subject) -> int:
    """Destroy every key of the subject, and with them all that was sealed for it: rows, history, copies.

    Returns how many keys were destroyed. The caller has authorised and records the reason.
    """
    keys = DataKey.objects.filter(scope_type=subject.scope_type, scope_ref=subject.ref)
    with transaction.atomic():
        living = list(keys.select_for_update().exclude(state=DataKey.State.SHREDDED).values_list("pk", flat=True))
        count = DataKey.objects.filter(pk__in=living).update(state=DataKey.State.SHREDDED, wrapped=None)
    for key_id in living:
        _open_keys.forget(key_id)
    return count
