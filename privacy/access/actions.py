"""Opening a sealed value of somebody else, on the record."""

from typing import Any

from django.db import models, transaction

from privacy.access.models import AccessEvent
from privacy.history.actor import current_actor
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.sealing.fields import SealedTextField


def open_sealed(obj: Any, field: str, *, purpose: str, acting_user: Any) -> str:
    """Return the plaintext of one sealed field, "" when it is blank. The caller has authorised.

    The reading is on record, committed, before anything is opened; for that it must not run inside another
    transaction, which could take the record back. Raises ``ValueError`` without a purpose, without a signed-in
    reader, or for a field that is not sealed; ``SealingError`` when the value cannot be opened.
    """
    purpose = purpose.strip()
    if not purpose:
        raise ValueError("Sealed values are opened for a purpose.")
    if acting_user is None or not acting_user.is_authenticated:
        raise ValueError("Sealed values are opened by somebody.")
    if not isinstance(obj._meta.get_field(field), SealedTextField):
        raise ValueError(f"{obj._meta.label}.{field} is not sealed.")
    subject = obj.sealing_subject()
    with transaction.atomic(durable=True):
        event: AccessEvent = AccessEvent.objects.create(
            actor=acting_user,
            purpose=purpose,
            record_label=obj._meta.label_lower,
            record_ref=obj.row_id,
            subject_ref=subject.ref,
            fields=[field],
            request_id=current_actor().request_id,
        )
        append_leaf(
            LeafKind.SEALED_OPENED,
            event,
            public={"field": f"{obj._meta.label_lower}.{field}"},
            committed={"purpose": purpose, "record_ref": str(obj.row_id), "reader": _reader(acting_user)},
        )
    return getattr(obj, field) or ""


def _reader(user: models.Model) -> str:
    return str(getattr(user, "row_id", user.pk))
