"""Seals and opens bytes with the data key of a subject.

A sealed value is ``E5 01 | data key id 16 | nonce 12 | ciphertext | tag 16`` (AES-256-GCM). Associated data is the
18-byte header followed by the context, so a value opens only in the row and field it was sealed for.
"""

from __future__ import annotations

import struct
import threading
import uuid
from collections.abc import Callable, Iterable
from os import urandom
from time import monotonic
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, models, transaction

from privacy import statements
from privacy.sealing.errors import Tampered, UnknownKey
from privacy.sealing.handles import Sealed
from privacy.sealing.keys import KEY_BYTES, NONCE_BYTES, ROOTS, Scope, Subject, key_provider
from privacy.sealing.models import DataKey
from privacy.sealing.open_keys import MAGIC as MAGIC
from privacy.sealing.open_keys import OpenKey, open_keys
from privacy.sealing.wrapping import unwrapped, unwrapped_all, wrapped_for

HEADER_BYTES = len(MAGIC) + 16
TAG_BYTES = 16
# How many keys one query asks for.
_BATCH = 500


def context(label: str, row_id: UUID) -> bytes:
    """Where a value belongs: "app.model.field" and the row, each with its length before it."""
    return context_of(label) + row_id.bytes


def context_of(label: str) -> bytes:
    """The part of ``context`` that all rows share; the 16 bytes of the row id follow."""
    encoded = label.encode()
    return struct.pack(">I", len(encoded)) + encoded + b"\x00\x00\x00\x10"


def place_in_words(bound_to: bytes) -> str:
    """ "app.model.field row-id" of a ``context``; nothing where it is none."""
    label, ref = bound_to[4:-20], bound_to[-16:]
    is_context = len(bound_to) > 24 and bound_to[:-16] == context_of(label.decode(errors="replace"))
    return f"{label.decode()} {UUID(bytes=ref)}" if is_context else ""


# Which key ------------------------------------------------------------------------------------------


_Known = tuple[DataKey, int, bytes, str]


class _Transaction:
    """Active keys that the transaction of one thread has seen, by the number of the subject's ``ref``: the key, the
    epoch it was read in, its header, the kind of subject.

    They are good for as long as the connection has the same list of what is to be done on commit: Django replaces
    that list at every commit and at every rollback, of a savepoint too. So a key made in what was rolled back is never
    used again: it would seal what nobody can ever open.
    """

    __slots__ = ("connection", "hooks", "known")

    def __init__(self) -> None:
        self.connection: Any = connections[DEFAULT_DB_ALIAS]
        self.hooks: Any = None
        self.known: dict[int, _Known] = {}

    def current(self) -> dict[int, _Known]:
        """What the present transaction knows. Outside of one, nothing, and nothing is remembered."""
        if not self.connection.in_atomic_block:
            return {}
        if self.hooks is not self.connection.run_on_commit:
            self.hooks, self.known = self.connection.run_on_commit, {}
        return self.known


class _Thread(threading.local):
    def __init__(self) -> None:
        self.transaction = _Transaction()


_thread = _Thread()


def _active(subject: Subject) -> _Known:
    here = _thread.transaction
    name = subject.ref.int
    known = here.current().get(name)
    if known is None or known[3] != subject.scope_type:
        epoch = open_keys.epoch
        key = _found_or_made(subject)
        # Asked for again: making one may have rolled back to a savepoint.
        known = here.current()[name] = key, epoch, MAGIC + key.id.bytes, subject.scope_type
    return known


def active_key(subject: Subject) -> DataKey:
    """The subject's active key, made on first use. The database is asked once in each transaction."""
    return _active(subject)[0]


def expect(subjects: Iterable[Subject]) -> None:
    """Ask once for the active keys of all whom the present transaction is about to seal for.

    Whose key is not made yet is left to be made by the first value.
    """
    known = _thread.transaction.current()
    missing = {subject.ref for subject in subjects if subject.ref.int not in known}
    epoch, connection = open_keys.epoch, _thread.transaction.connection
    if len(missing) < 2 or not connection.in_atomic_block:
        return
    for key in statements.rows(DataKey, scope_ref=missing, state=[DataKey.State.ACTIVE]):
        known[key.scope_ref.int] = key, epoch, MAGIC + key.id.bytes, key.scope_type


def _found_or_made(subject: Subject) -> DataKey:
    wanted = {"scope_type": subject.scope_type, "scope_ref": subject.ref, "state": DataKey.State.ACTIVE}
    found = DataKey.objects.filter(**wanted).first()
    if found is not None:
        return found
    kek_id, key_id = key_provider().kek_id, uuid.uuid4()
    wrapped = wrapped_for(key_id, subject, urandom(KEY_BYTES))
    try:
        with transaction.atomic():
            return DataKey.objects.create(id=key_id, wrapped=wrapped, kek_id=kek_id, **wanted)
    except IntegrityError:
        # Somebody else made it between the two statements.
        return DataKey.objects.get(**wanted)


def _unwrapped(key: DataKey, epoch: int) -> OpenKey:
    return _kept(OpenKey(key.id, None if _is_shredded(key) else unwrapped(key)), epoch)


def _is_shredded(key: DataKey) -> bool:
    return key.state == DataKey.State.SHREDDED or key.wrapped is None


def _kept(opened: OpenKey, epoch: int) -> OpenKey:
    # What this transaction destroyed may still be taken back.
    if not _has_ended_keys():
        open_keys.put(opened, epoch)
    return opened


def _open_key(header: bytes) -> OpenKey:
    if header[:2] != MAGIC or len(header) != HEADER_BYTES:
        raise Tampered("the stored bytes are not a sealed value")
    found = open_keys.get(header)
    if found is not None:
        return found
    epoch = open_keys.epoch
    key_id = UUID(bytes=header[2:])
    key = DataKey.objects.filter(pk=key_id).first()
    if key is None:
        raise UnknownKey(f"data key {key_id} does not exist")
    return _unwrapped(key, epoch)


# Sealing --------------------------------------------------------------------------------------------


def seal(plaintext: bytes, subject: Subject, bound_to: bytes) -> bytes:
    """Seal for ``bound_to`` (see ``context``) under the subject's active key."""
    here = _thread.transaction
    connection = here.connection
    # As _active does, without its steps for a key that is not known yet.
    is_current = connection.in_atomic_block and here.hooks is connection.run_on_commit
    known = here.known.get(subject.ref.int) if is_current else None
    if known is None or known[3] != subject.scope_type:
        known = _active(subject)
    key, epoch, header, _scope = known
    if monotonic() >= open_keys.look_at:
        open_keys.look()
    opened = open_keys.recent.get(header) or open_keys.find_older(header) or _unwrapped(key, epoch)
    nonce = urandom(NONCE_BYTES)
    return header + nonce + opened.encrypt(nonce, plaintext, header + bound_to)  # type: ignore[no-any-return]


def unseal(blob: bytes, bound_to: bytes) -> bytes:
    """Open what was sealed for ``bound_to``. Raises ``Tampered``, ``UnknownKey`` or ``Shredded``."""
    header = blob[:18]
    if monotonic() >= open_keys.look_at:
        open_keys.look()
    opened = open_keys.recent.get(header) or _open_key(header)
    try:
        return opened.decrypt(blob[18:30], blob[30:], header + bound_to)  # type: ignore[no-any-return]
    except (InvalidTag, ValueError):
        # Too short a nonce is a ValueError.
        message = "the stored bytes were altered, or sealed for another row or field"
        raise Tampered(message, place=place_in_words(bound_to)) from None


def derived_key(key_id: UUID, purpose: bytes) -> bytes:
    """32 bytes derived from a data key (HKDF-SHA256), for what is encrypted in another form, such as files.

    They go when the key is destroyed. Raises ``UnknownKey`` or ``Shredded``.
    """
    return _open_key(MAGIC + key_id.bytes).derived(purpose)


def root_key(root: Subject, purpose: bytes) -> bytes:
    """32 bytes that last: they stay the same when the key-encryption key changes. ``root`` is one of ``ROOTS``.

    The root is made on first use; of several processes that come at once, one makes it.
    """
    if root not in ROOTS:
        raise ValueError("Only a root key may be derived from for good.")
    return derived_key(active_key(root).id, purpose)


def root_ids(root: Subject) -> list[UUID]:
    """The present root key and the earlier ones, the present first."""
    present = active_key(root).id
    earlier = DataKey.objects.filter(
        scope_type=root.scope_type, scope_ref=root.ref, state=DataKey.State.RETIRED
    ).order_by("-created")
    return [present, *(key_id for key_id in earlier.values_list("pk", flat=True) if key_id != present)]


# Lists ----------------------------------------------------------------------------------------------


def _blobs(things: Iterable[Any]) -> Iterable[bytes]:
    for thing in things:
        if isinstance(thing, bytes):
            yield thing
        elif isinstance(thing, Sealed):
            yield thing.blob
        elif isinstance(thing, models.Model):
            yield from (value.blob for value in vars(thing).values() if isinstance(value, Sealed))


def prefetch(things: Iterable[models.Model | Sealed | bytes]) -> None:
    """Fetch the keys of all these rows, handles or blobs with one query, so that opening them asks no more.

    What has no key, or none that can be unwrapped, is left for opening to complain about.
    """
    wanted = {blob[:HEADER_BYTES] for blob in _blobs(things) if blob[:2] == MAGIC and len(blob) >= HEADER_BYTES}
    missing = [UUID(bytes=header[2:]) for header in wanted if open_keys.get(header) is None]
    epoch = open_keys.epoch
    for start in range(0, len(missing), _BATCH):
        keys = list(DataKey.objects.filter(pk__in=missing[start : start + _BATCH]))
        opened = unwrapped_all(key for key in keys if not _is_shredded(key))
        for key in keys:
            material = opened.get(key.id)
            if material is None or isinstance(material, bytes):
                _kept(OpenKey(key.id, material), epoch)


# States ---------------------------------------------------------------------------------------------


def _forget(keys: list[UUID]) -> None:
    for key_id in keys:
        open_keys.forget(key_id)


class _Ended:
    """Done on commit of what ended keys. Waiting for that, it marks the transaction, or savepoint, that did so."""

    def __init__(self, keys: list[UUID]) -> None:
        self._keys = keys

    def __call__(self) -> None:
        # Again: until now other threads and processes could fetch the key anew.
        _forget(self._keys)
        open_keys.announce()


def _has_ended_keys() -> bool:
    return any(isinstance(waiting[1], _Ended) for waiting in _thread.transaction.connection.run_on_commit)


def is_destroyed(blob: bytes) -> bool:
    """Whether the key of a sealed value has been destroyed, as the database says now."""
    if blob[:2] != MAGIC or len(blob) < HEADER_BYTES:
        return False
    rows = DataKey.objects.filter(pk=UUID(bytes=blob[2:HEADER_BYTES]), state=DataKey.State.SHREDDED)
    return rows.exists()


# Called with the ids of the keys, in the transaction that destroys them: what was derived from values goes first.
before_shredding: list[Callable[[list[UUID]], None]] = []


def _end(subject: Subject, states: tuple[DataKey.State, ...], changes: dict[str, Any]) -> int:
    keys = DataKey.objects.filter(scope_type=subject.scope_type, scope_ref=subject.ref, state__in=states)
    with transaction.atomic():
        ended: list[UUID] = []
        # Again, until there is none: a key may have been made while this waited for the earlier one.
        while found := list(keys.exclude(pk__in=ended).order_by("pk").select_for_update().values_list("pk", flat=True)):
            ended += found
        if ended and changes["state"] == DataKey.State.SHREDDED:
            for prepare in before_shredding:
                prepare(ended)
        count = DataKey.objects.filter(pk__in=ended).update(**changes)
        _thread.transaction.current().pop(subject.ref.int, None)
        _forget(ended)
        if ended:
            transaction.on_commit(_Ended(ended))
    return count


def shred(subject: Subject) -> int:
    """Destroy every key of the subject, and with them all that was sealed for it: rows, history, copies.

    Returns how many keys were destroyed. The caller has authorised and records the reason.
    """
    if subject.scope_type == Scope.PORTAL:
        raise ValueError("The portal's own keys are not destroyed: signatures, indexes and the log's proofs need them.")
    return _end(
        subject,
        (DataKey.State.ACTIVE, DataKey.State.RETIRED),
        {"state": DataKey.State.SHREDDED, "wrapped": None},
    )


def retire(subject: Subject) -> int:
    """From now on a new key seals for the subject; what the old one sealed still opens. Returns 1, or 0 without key."""
    return _end(subject, (DataKey.State.ACTIVE,), {"state": DataKey.State.RETIRED})
