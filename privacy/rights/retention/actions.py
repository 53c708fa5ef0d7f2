"""Taking away what has been kept for as long as it may."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from privacy.history.actor import acting
from privacy.history.directory import directory
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.rights import removing
from privacy.rights.registry import Delete, Empty
from privacy.rights.retention.models import RetentionRun
from privacy.rights.retention.queries import Due, all_due

# Of one kind in one run; what is left waits for the next.
AT_ONCE = 2000


@transaction.atomic
def run_retention(*, acting_user: Any) -> RetentionRun | None:
    """Delete or empty what is past its time, each kind in the way that its room declares. None when there is nothing.

    ``acting_user`` is None for the clock and for whoever runs commands at the machine. Raises ``PermissionDenied`` for
    anybody but those who guard privacy.
    """
    if acting_user is not None and not directory().may_guard_privacy(acting_user):
        raise PermissionDenied
    removed = removing.Removed()
    counts: dict[str, int] = {}
    with acting(acting_user, reason=_("Kept for as long as it may be")):
        for due in all_due():
            if number := _take_away(due, removed):
                key = due.declared.retention
                counts[key] = counts.get(key, 0) + number
        if not counts:
            return None
        run: RetentionRun = RetentionRun.objects.create(asked_by=acting_user, counts=counts)
    removing.say_emptied(removed, run)
    append_leaf(LeafKind.RETENTION_RUN, run, public={"rows": counts}, committed={})
    return run


def _take_away(due: Due, removed: removing.Removed) -> int:
    pks = list(due.rows.values_list("pk", flat=True)[:AT_ONCE])
    if not pks:
        return 0
    rows = due.rows.model._base_manager.filter(pk__in=pks)
    before = removed.deleted + removed.emptied
    if isinstance(due.way, Delete):
        removing.delete(rows, due.declared.names, None, removed)
    elif isinstance(due.way, Empty):
        removing.empty(rows, due.way.fields, None, removed)
    return removed.deleted + removed.emptied - before
