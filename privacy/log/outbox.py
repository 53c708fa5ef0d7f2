"""Leaves of one kind that are appended together: what each asks of the database is asked once for all."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import models, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from privacy.history.records import written_rows
from privacy.log import states
from privacy.log.actions import Salts, _commit_rows, _identity, _insert, _kept, _leaf, _rows_of
from privacy.log.canonical import SALT_BYTES
from privacy.log.kinds import SHAPES, LeafKind
from privacy.log.models import LeafSecret, PendingLeaf, RecordedState
from privacy.sealing import ring


@dataclass(frozen=True)
class Told:
    """What one leaf is about, tells and commits to, as ``append_leaf`` takes it."""

    record: models.Model
    public: Mapping[str, Any]
    committed: Mapping[str, str]


def append_leaves(kind: LeafKind, told: Sequence[Told]) -> list[PendingLeaf]:
    """Append a leaf for each, in this order: as ``append_leaf`` does, which says what it raises. All or none."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("append_leaves belongs inside the transaction of the changes it records.")
    known_kind, now = LeafKind(kind), timezone.now()
    public = [states.plain(dict(each.public)) for each in told]
    for each, plain in zip(told, public, strict=True):
        SHAPES[known_kind].require(known_kind, plain, each.committed)
    rows_of_each = [_rows_of([each.record]) for each in told]
    rows, row_salts = [row for rows in rows_of_each for row in rows], defaultdict[Any, dict[str, str]](dict)
    history = {f"{row['model']}:{row['id']}": row for row in _commit_rows(rows, row_salts)}

    secrets: list[LeafSecret] = []
    recorded: list[RecordedState] = []
    pending: list[PendingLeaf] = []
    for each, plain, own_rows in zip(told, public, rows_of_each, strict=True):
        ref, subject = uuid4(), states.subject_of(each.record)
        held = [row for row in own_rows if row.salt_name in history]
        salts: Salts = defaultdict(dict)
        salts[subject] = {name: os.urandom(SALT_BYTES).hex() for name in each.committed}
        own_salts = dict(salts[subject])
        for row in held:
            salts[row.subject][row.salt_name] = row_salts[row.subject][row.salt_name]
        committed_rows = [history[row.salt_name] for row in held]
        leaf = _leaf(known_kind, each.record, ref, now, plain, each.committed, own_salts, committed_rows)
        new_secrets, new_recorded = _kept(ref, held, salts)
        secrets += new_secrets
        recorded += new_recorded
        label, record_ref = each.record._meta.label_lower, _identity(each.record)
        pending.append(
            PendingLeaf(ref=ref, kind=known_kind, record_label=label, record_ref=record_ref, leaf=leaf, created=now)
        )
    ring.expect([secret.sealing_subject() for secret in secrets])
    for table in (secrets, recorded, pending):
        _insert(table)
    for each in told:
        written_rows(each.record, forget=True)
    return pending
