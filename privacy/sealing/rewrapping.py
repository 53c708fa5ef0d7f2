"""Wraps every data key under the present KEK.

It works in small steps that each leave a consistent state, so it may be stopped at any moment and started again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Count

from privacy.sealing.errors import SealingError, Tampered
from privacy.sealing.inventory import BATCH
from privacy.sealing.keys import Subject, key_provider
from privacy.sealing.models import DataKey
from privacy.sealing.wrapping import to_wrap_anew, unwrapped, unwrapped_all, wrapped_for


@dataclass
class Rewrapped:
    """``remaining``: data keys by the id of the earlier KEK they are still wrapped under. ``unbound``: how many are
    under the present one but not bound to their subject."""

    kek_id: str
    rewrapped: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    remaining: dict[str, int] = field(default_factory=dict)
    unbound: int = 0

    def look_again(self) -> None:
        waiting = to_wrap_anew().values_list("kek_id").annotate(count=Count("pk")).order_by("kek_id")
        self.remaining = dict(waiting)
        self.unbound = self.remaining.pop(self.kek_id, 0)


def keys_to_rewrap() -> Rewrapped:
    """What there is to do: how many data keys are under each earlier KEK, or not bound to their subject."""
    report = Rewrapped(key_provider().kek_id)
    report.look_again()
    return report


def rewrap(progress: Callable[[str, int], None] = lambda name, count: None, *, every: bool = False) -> Rewrapped:
    """Wrap the data keys of earlier KEKs under the present one, and bind those to their subject that are not.
    Nothing sealed is touched, and no key changes.

    With ``every`` those under the present one are wrapped again, for a service that gave its key a new version.
    Raises ``KeyKeeperFailed`` when a key service does not answer; what is done by then stays done.
    """
    report = Rewrapped(key_provider().kek_id)
    todo = (DataKey.objects.exclude(wrapped=None) if every else to_wrap_anew()).order_by("pk")
    batch = list(todo[:BATCH])
    while batch:
        _rewrap(batch, report)
        progress("data keys", len(batch))
        batch = list(todo.filter(pk__gt=batch[-1].pk)[:BATCH])
    report.look_again()
    return report


def _unwraps_to(key: DataKey, material: bytes) -> bool:
    try:
        return unwrapped(key) == material
    except Tampered:
        return False


def _rewrap(batch: list[DataKey], report: Rewrapped) -> None:
    provider = key_provider()
    materials = unwrapped_all(batch)
    for key in batch:
        before, material = bytes(key.wrapped or b""), materials[key.id]
        if isinstance(material, SealingError):
            report.failed[str(key.id)] = str(material)
            continue
        key.wrapped = wrapped_for(key.id, Subject(key.scope_type, key.scope_ref), material)
        earlier, key.kek_id = key.kek_id, provider.kek_id
        if not _unwraps_to(key, material):
            report.failed[str(key.id)] = "what the keeper wrapped does not unwrap again"
            continue
        # Compared with what was read: a key destroyed meanwhile does not come back.
        rows = DataKey.objects.filter(pk=key.pk, kek_id=earlier, wrapped=before)
        report.rewrapped += rows.update(wrapped=key.wrapped, kek_id=key.kek_id)
