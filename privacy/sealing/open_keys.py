"""Unwrapped data keys in the memory of this process, and how they leave it when they are destroyed elsewhere."""

from __future__ import annotations

import logging
from threading import Lock
from time import monotonic
from typing import Any, NoReturn
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.cache import cache, caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache

from privacy.sealing.errors import Shredded
from privacy.sealing.providers.base import KEY_BYTES

logger = logging.getLogger(__name__)

MAGIC = b"\xe5\x01"
CAPACITY = 4096
# How often this process looks whether keys were destroyed elsewhere, or have been held long enough.
LOOK_SECONDS = 0.1
# How long a key is held: with a cache that all processes share, which says when keys were destroyed, and without.
SHARED_SECONDS = 60.0
ALONE_SECONDS = 3.0
_GENERATION = "sealing-generation"


class OpenKey:
    """One unwrapped key. A destroyed one is remembered without the key, so that a list of erased rows asks once.

    ``header`` is what every value sealed with it begins with. ``encrypt`` and ``decrypt`` are those of AES-GCM; of a
    destroyed key they raise ``Shredded``.
    """

    __slots__ = ("_derived", "_material", "decrypt", "encrypt", "fetched", "header", "key_id")

    def __init__(self, key_id: UUID, material: bytes | None) -> None:
        self.key_id = key_id
        self.header = MAGIC + key_id.bytes
        self.fetched = monotonic()
        self._material = material
        self._derived: dict[bytes, bytes] = {}
        self.encrypt: Any = self._destroyed
        self.decrypt: Any = self._destroyed
        if material is not None:
            aead = AESGCM(material)
            self.encrypt, self.decrypt = aead.encrypt, aead.decrypt

    def _destroyed(self, *args: object) -> NoReturn:
        raise Shredded(f"data key {self.key_id} was destroyed")

    def derived(self, purpose: bytes) -> bytes:
        """32 bytes bound to ``purpose``. Raises ``Shredded``."""
        found = self._derived.get(purpose)
        if found is None:
            if self._material is None:
                self._destroyed()
            info = b"gongzhi/derived/v1|" + purpose
            found = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._material)
            self._derived[purpose] = found
        return found


class OpenKeys:
    """At most ``CAPACITY`` keys by the header of the values sealed with them, least recently used out first.

    They are in two halves: ``recent`` and those not asked for since it was last full. A hit costs one look-up and
    changes nothing.
    """

    def __init__(self) -> None:
        self.recent: dict[bytes, OpenKey] = {}
        self._older: dict[bytes, OpenKey] = {}
        self._lock = Lock()
        self._generation: str | None = None
        self._seconds = ALONE_SECONDS
        self._sweep_at = 0.0
        self.look_at = 0.0
        # Counts what was forgotten, so that a row read before is not remembered after.
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.recent) + len(self._older)

    def get(self, header: bytes) -> OpenKey | None:
        if monotonic() >= self.look_at:
            self.look()
        return self.recent.get(header) or self.find_older(header)

    def find_older(self, header: bytes) -> OpenKey | None:
        with self._lock:
            found = self._older.pop(header, None)
            if found is not None:
                self._insert(found)
        return found

    def put(self, key: OpenKey, epoch: int) -> None:
        """``epoch`` as it was before the row was read."""
        with self._lock:
            if epoch == self.epoch:
                self._older.pop(key.header, None)
                self._insert(key)

    def _insert(self, key: OpenKey) -> None:
        if len(self.recent) >= CAPACITY // 2:
            self._older, self.recent = self.recent, {}
        self.recent[key.header] = key

    def forget(self, key_id: UUID) -> None:
        header = MAGIC + key_id.bytes
        with self._lock:
            self.epoch += 1
            self.recent.pop(header, None)
            self._older.pop(header, None)

    def clear(self) -> None:
        with self._lock:
            self.epoch += 1
            self.recent, self._older = {}, {}

    def announce(self) -> None:
        """Every process that shares the cache forgets its keys."""
        if not _is_shared():
            return
        try:
            cache.set(_GENERATION, uuid4().hex, timeout=None)
        except Exception:
            # What was destroyed is destroyed; the others find out when their time is over.
            logger.exception("Other processes could not be told that keys were destroyed or retired")

    def look(self) -> None:
        """Find out whether keys were destroyed elsewhere, and let go of those that were held long enough."""
        now = monotonic()
        self.look_at = now + LOOK_SECONDS
        generation, seconds = self._generation, ALONE_SECONDS
        if _is_shared():
            try:
                generation, seconds = cache.get(_GENERATION), SHARED_SECONDS
            except Exception:
                # The cache is away: this process is as good as alone until it is back.
                logger.warning("The cache that tells of destroyed keys does not answer", exc_info=True)
        if generation != self._generation:
            self.clear()
            self._generation = generation
        elif now >= self._sweep_at or seconds < self._seconds:
            with self._lock:
                since = now - seconds
                self.recent = {header: key for header, key in self.recent.items() if key.fetched > since}
                self._older = {header: key for header, key in self._older.items() if key.fetched > since}
                oldest = min((key.fetched for half in (self.recent, self._older) for key in half.values()), default=now)
            self._sweep_at = oldest + seconds
        self._seconds = seconds


def _is_shared() -> bool:
    # A cache in the database would cost the query that it is to save.
    return not isinstance(caches["default"], LocMemCache | DummyCache | DatabaseCache)


open_keys = OpenKeys()
