"""Operations on keys, on record: a leaf when one begins, and one when it is done."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from privacy.custody.models import KeyOperation
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

_LEAF_KINDS = {
    KeyOperation.Kind.REWRAP: LeafKind.KEYS_REWRAPPED,
    KeyOperation.Kind.RESEAL: LeafKind.KEYS_RESEALED,
    KeyOperation.Kind.REINDEX: LeafKind.KEYS_REINDEXED,
}


@transaction.atomic
def begin_key_operation(kind: KeyOperation.Kind, *, keys: int) -> KeyOperation:
    """Put on record that somebody with access to the keys begins. ``keys``: how many data keys it is about."""
    operation = KeyOperation.objects.create(kind=kind, keys=keys)
    _append(operation, "begun")
    return operation


@transaction.atomic
def finish_key_operation(operation: KeyOperation, *, keys: int, values: int = 0) -> KeyOperation:
    """Put on record what came of it. Raises ``ValueError`` when that has been done already."""
    locked = KeyOperation.objects.select_for_update().get(pk=operation.pk)
    if locked.finished is not None:
        raise ValueError("This operation is finished already.")
    locked.finished, locked.keys, locked.values = timezone.now(), keys, values
    locked.save()
    _append(locked, "finished")
    return locked


def _append(operation: KeyOperation, state: str) -> None:
    append_leaf(
        _LEAF_KINDS[KeyOperation.Kind(operation.kind)],
        operation,
        public={"state": state, "keys": operation.keys, "values": operation.values},
        committed={},
    )
