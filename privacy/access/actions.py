"""Opening a sealed value of somebody else, on the record; the leaves of readings of cases; looking into an alert."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from privacy.access.errors import AlreadyAcknowledged, ReasonRequired
from privacy.access.models import AccessAlert, AccessEvent, ReadingDay
from privacy.access.recording import Collector, collecting, reader_ref, readings_text, require_user
from privacy.history.actor import acting
from privacy.history.directory import directory
from privacy.history.words import is_sealed
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


def open_sealed(obj: Any, field: str, *, purpose: str, acting_user: Any) -> Any:
    """Return the plaintext of one sealed field, "" when it is blank. The caller has authorised.

    The reading is on record, committed, before anything is opened; for that it must not run inside another
    transaction, which could take the record back. ``purpose`` is what the reader typed, so that it serves fields that
    want a reason, too. Raises ``ValueError`` without a purpose, without a signed-in reader, or for a field that is
    not sealed; ``SealingError`` when the value cannot be opened.
    """
    purpose = purpose.strip()
    if not purpose:
        raise ValueError("Sealed values are opened for a purpose.")
    require_user(acting_user)
    sealed_field = obj._meta.get_field(field)
    if not is_sealed(sealed_field):
        raise ValueError(f"{obj._meta.label}.{field} is not sealed.")
    typed_reason = purpose if getattr(sealed_field, "needs_reason", False) else ""
    collector = Collector(purpose, typed_reason=typed_reason, reader=acting_user)
    collector.note(obj, sealed_field)
    collector.write()
    with collecting(collector):
        return getattr(obj, field) or ""


@transaction.atomic
def enter_readings(*, acting_user: None = None) -> int:
    """Append the leaves of readings of confidential cases on earlier days, one for each day. Returns how many.

    What such a leaf tells is the same whatever was read, by whom, when and how often. Nobody acts: the service does
    it, and may repeat it at any time.
    """
    # By row id, which is random.
    days = ReadingDay.objects.select_for_update().filter(is_entered=False, day__lt=timezone.localdate())
    entered = list(days.order_by("row_id"))
    for day in entered:
        events = list(AccessEvent.objects.filter(batch_ref=day.row_id).select_related("actor"))
        readers = {event.actor_id: reader_ref(event.actor) for event in events}
        append_leaf(LeafKind.CASES_READ, day, public={}, committed={"readings": readings_text(events, readers)})
        day.is_entered = True
        day.save(update_fields=["is_entered"])
    return len(entered)


@transaction.atomic
def acknowledge_alert(alert: AccessAlert, *, reason: str, acting_user: Any) -> AccessAlert:
    """Write down what was found. Raises ``PermissionDenied`` for whoever the alert is about and for those who only
    read it, ``ReasonRequired`` without a reason, ``AlreadyAcknowledged`` when somebody was faster."""
    if not directory().may_look_into(acting_user) or acting_user.pk == alert.actor_id:
        raise PermissionDenied
    reason = reason.strip()
    if not reason:
        raise ReasonRequired(alert._meta.label_lower)
    locked = AccessAlert.objects.select_for_update().get(pk=alert.pk)
    if locked.state != AccessAlert.State.OPEN:
        raise AlreadyAcknowledged
    locked.state = AccessAlert.State.ACKNOWLEDGED
    locked.acknowledged_by = acting_user
    locked.acknowledged_at = timezone.now()
    locked.reason = reason
    with acting(acting_user, reason=reason):
        locked.save()
    append_leaf(LeafKind.ALERT_ACKNOWLEDGED, locked, public={}, committed={"reason": reason})
    return locked
