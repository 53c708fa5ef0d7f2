"""The two writes of the log: a leaf is appended, a head is signed."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from privacy.log import verify
from privacy.log.kinds import LeafKind
from privacy.log.models import LeafSecret, LogEntry, LogHead, SignedHead
from privacy.log.signing import public_key, signing_key


def _locked_head() -> LogHead:
    LogHead.objects.get_or_create(pk=1)
    return LogHead.objects.select_for_update().get(pk=1)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """Text for the values that have one obvious text; the rest is left to ``canonical`` to take or refuse."""
    if isinstance(value, datetime):
        return _stamp(value)
    if isinstance(value, UUID | Decimal | date):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _identity(record: models.Model) -> UUID:
    row_id = getattr(record, "row_id", None)
    if not isinstance(row_id, UUID):
        raise TypeError(f"{record._meta.label} has no row_id: the log names records by UUID only.")
    if isinstance(record, get_user_model()):
        raise TypeError("A person is never named in the log; append the record of what was done.")
    return row_id


def append_leaf(kind: LeafKind, record: models.Model, *, public: dict[str, Any], committed: dict[str, str]) -> LogEntry:
    """Append one leaf about ``record``, in the transaction that changes it: both happen or neither.

    ``public`` is readable by everybody for good: no text that a person wrote, nothing that names a person.
    ``committed`` values are not stored; the leaf holds a salted hash of each, to which they can be held later.

    Appending makes other writers wait until the transaction ends, so call it late in an action. Raises
    ``ValueError`` for an unknown kind, ``TypeError`` for a record without a ``row_id``, for a person, or for a value
    with no canonical text.
    """
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("append_leaf belongs inside the transaction of the change it records.")
    known_kind = LeafKind(kind)
    record_ref = _identity(record)
    for name, value in committed.items():
        if not isinstance(value, str):
            raise TypeError(f"The committed value {name} must be text, not {type(value).__name__}.")
    salts = {name: os.urandom(verify.SALT_BYTES) for name in committed}
    head = _locked_head()
    now = timezone.now()
    leaf = verify.canonical(
        {
            "v": 1,
            "kind": known_kind.value,
            "ref": uuid4().hex,
            "time": _stamp(now),
            "record": {"model": record._meta.label_lower, "id": str(record_ref)},
            "public": _plain(public),
            "commit": {name: verify.commitment(name, value, salts[name]) for name, value in committed.items()},
        }
    )
    leaf_hash = verify.leaf_hash(leaf)
    entry: LogEntry = LogEntry.objects.create(
        index=head.size,
        kind=known_kind,
        record_label=record._meta.label_lower,
        record_ref=record_ref,
        leaf=leaf,
        leaf_hash=leaf_hash,
        chain_hash=verify.chain_hash(head.head, leaf_hash),
        created=now,
    )
    if salts:
        LeafSecret.objects.create(entry=entry, salts={name: salt.hex() for name, salt in salts.items()})
    head.size += 1
    head.head = entry.chain_hash
    head.save(update_fields=["size", "head"])
    return entry


def _signed(size: int, key_id: str) -> SignedHead | None:
    found: SignedHead | None = SignedHead.objects.filter(size=size, key_id=key_id).first()
    return found


def sign_head() -> SignedHead:
    """Sign the present state of the log, unless it is signed already. Returns the signed head.

    Raises ``BrokenChain`` when that state does not follow on the one signed before: it is never signed over.
    """
    key_id = verify.key_id(public_key())
    # Most readers find the head signed: they need not wait for the writers' lock.
    present = LogHead.objects.filter(pk=1).first()
    if present is not None and (found := _signed(present.size, key_id)):
        return found
    with transaction.atomic():
        head = _locked_head()
        if found := _signed(head.size, key_id):
            return found
        before = SignedHead.objects.filter(size__lte=head.size).last()
        start, previous = (before.size, before.head) if before else (0, verify.GENESIS)
        since = LogEntry.objects.walk(start, head.size)
        report = verify.verify_chain(since, start=start, previous=previous)
        if report.first_bad is not None or (report.size, report.head) != (head.size, head.head):
            raise verify.BrokenChain(report.problem or "the head of the log is not that of its last entry")
        fresh = SignedHead(
            size=head.size,
            head=head.head,
            public_key=public_key(),
            key_id=key_id,
            created=timezone.now().replace(microsecond=0),
        )
        fresh.signature = signing_key().sign(fresh.text.encode())
        fresh.save(force_insert=True)
        return fresh
