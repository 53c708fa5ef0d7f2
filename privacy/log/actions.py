"""The one write of everybody else to the log: a leaf is appended."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from privacy.history.records import written_rows
from privacy.log import states
from privacy.log.canonical import SALT_BYTES, canonical, commitment
from privacy.log.kinds import SHAPES, LeafKind
from privacy.log.models import LeafSecret, PendingLeaf, RecordedState
from privacy.log.tiles import MAX_ENTRY_BYTES, LeafTooLarge
from privacy.sealing.keys import Subject
from privacy.statements import insert

LEAF_VERSION = 2

# Rows in one statement: databases take only so many parameters.
_AT_ONCE = 50

Salts = dict[Subject, dict[str, str]]


def append_leaf(
    kind: LeafKind,
    record: models.Model,
    *,
    public: Mapping[str, Any],
    committed: Mapping[str, str],
    also: Iterable[models.Model | states.Row] = (),
) -> PendingLeaf:
    """Append one leaf about ``record``, in the transaction that changes it: both happen or neither.

    ``public`` is readable by everybody for good: no text that a person wrote, nothing that names a person.
    ``committed`` values are not stored; the leaf holds a salted hash of each, to which they can be held later. The
    leaf also commits to the history rows that were written by saving ``record`` and the records in ``also``, and to
    the rows named there. It has no number until the sequencer gives it one.

    Raises ``ValueError`` where ``public`` or ``committed`` is not what ``kind`` declares, ``LeafTooLarge``, and
    ``TypeError`` for a record without a ``row_id``, for a person, or for a value with no canonical text.
    """
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("append_leaf belongs inside the transaction of the change it records.")
    known_kind = LeafKind(kind)
    record_ref = _identity(record)
    told = states.plain(dict(public))
    for name, value in committed.items():
        if not isinstance(value, str):
            raise TypeError(f"The committed value {name} must be text, not {type(value).__name__}.")
    SHAPES[known_kind].require(known_kind, told, committed)

    subject = states.subject_of(record)
    salts: Salts = defaultdict(dict)
    salts[subject] = {name: os.urandom(SALT_BYTES).hex() for name in committed}
    also = tuple(also)
    rows = _rows_of((record, *also))
    now = timezone.now()
    ref = uuid4()
    leaf = _leaf(known_kind, record, ref, now, told, committed, salts[subject], _commit_rows(rows, salts))
    for table in _kept(ref, rows, salts):
        _insert(table)
    pending = PendingLeaf(
        ref=ref,
        kind=known_kind,
        record_label=record._meta.label_lower,
        record_ref=record_ref,
        leaf=leaf,
        created=now,
    )
    insert([pending])
    for covered in (record, *also):
        if isinstance(covered, models.Model):
            written_rows(covered, forget=True)
    return pending


def _leaf(
    kind: LeafKind,
    record: models.Model,
    ref: UUID,
    now: datetime,
    told: Any,
    committed: Mapping[str, str],
    salts: Mapping[str, str],
    history: list[dict[str, Any]],
) -> str:
    leaf = canonical(
        {
            "v": LEAF_VERSION,
            "kind": kind.value,
            "ref": ref.hex,
            "time": states.plain(now),
            "record": {"model": record._meta.label_lower, "id": str(_identity(record))},
            "public": told,
            "commit": {name: commitment(name, value, bytes.fromhex(salts[name])) for name, value in committed.items()},
            "history": history,
        }
    )
    if len(leaf.encode()) > MAX_ENTRY_BYTES:
        raise LeafTooLarge(
            f"A leaf of {len(leaf.encode())} bytes does not fit into the log; at most {MAX_ENTRY_BYTES} do."
        )
    return leaf


def _identity(record: models.Model) -> UUID:
    row_id = getattr(record, "row_id", None)
    if not isinstance(row_id, UUID):
        raise TypeError(f"{record._meta.label} has no row_id: the log names records by UUID only.")
    if isinstance(record, get_user_model()):
        raise TypeError("A person is never named in the log; append the record of what was done.")
    return row_id


def _rows_of(covering: Iterable[models.Model | states.Row]) -> list[states.Row]:
    found: dict[tuple[str, int], states.Row] = {}
    for covered in covering:
        if isinstance(covered, states.Row):
            found[covered.label, covered.pk] = covered
            continue
        if isinstance(covered, get_user_model()):
            raise TypeError("What a person says of themselves is not in the log.")
        written = written_rows(covered)
        if written:
            subject = states.subject_of(covered)
            for each in written:
                row = states.Row(each.model._meta.label_lower, each.pk, states.columns_of(each.model), subject)
                found[row.label, row.pk] = row
    return list(found.values())


def _commit_rows(rows: list[states.Row], salts: Salts) -> list[dict[str, Any]]:
    """Read back what the database holds of each row: that, and not what was meant, is what the leaf is bound to."""
    grouped: dict[tuple[str, tuple[str, ...]], list[states.Row]] = defaultdict(list)
    for row in rows:
        grouped[row.label, row.columns].append(row)
    committed = []
    for (label, columns), group in grouped.items():
        held = states.values_of(label, [row.pk for row in group], columns)
        for row in group:
            # A row that went with a savepoint is no row.
            if row.pk not in held:
                rows.remove(row)
                continue
            salt = os.urandom(SALT_BYTES)
            salts[row.subject][row.salt_name] = salt.hex()
            committed.append({"model": label, "id": row.pk, "commit": states.digest(row, held[row.pk], salt)})
    return committed


def _kept(ref: UUID, rows: list[states.Row], salts: Salts) -> tuple[list[LeafSecret], list[RecordedState]]:
    """What opens the commitments, each salt sealed for whom it is about, and which columns each row is committed by."""
    for row in rows:
        salts[row.subject][row.columns_name] = states.fingerprint(row.columns)
    secrets = [
        LeafSecret(
            leaf_ref=ref,
            scope_type=subject.scope_type,
            scope_ref=subject.ref,
            salts=json.dumps(named, sort_keys=True, separators=(",", ":")),
        )
        for subject, named in salts.items()
        if named
    ]
    recorded = [
        RecordedState(
            row_label=row.label,
            row_pk=row.pk,
            leaf_ref=ref,
            columns=list(row.columns),
            scope_type=row.subject.scope_type,
            scope_ref=row.subject.ref,
        )
        for row in rows
    ]
    return secrets, recorded


def _insert(table: Sequence[models.Model]) -> None:
    for start in range(0, len(table), _AT_ONCE):
        insert(table[start : start + _AT_ONCE])
