"""What happened to a record, in a form that can be shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

_KINDS = {"+": "created", "~": "changed", "-": "deleted"}


@dataclass(frozen=True)
class Change:
    """One change. ``changed`` names the fields, never their values: some are sealed, some hidden."""

    when: datetime
    who: str
    reason: str
    kind: str
    changed: tuple[str, ...]

    @property
    def label(self) -> str:
        return {"created": _("Created"), "changed": _("Changed"), "deleted": _("Deleted")}[self.kind]


def _changed(model: type[models.Model], row: Any, previous: Any | None) -> tuple[str, ...]:
    if previous is None:
        return ()
    names = []
    living: Any = model._meta
    for tracked in row.tracked_fields:
        field = row._meta.get_field(tracked.name)
        # Ciphertext is compared as it is: sealing anew counts as a change, opening is not needed.
        if field.value_from_object(row) != field.value_from_object(previous):
            names.append(str(living.get_field(tracked.name).verbose_name))
    return tuple(names)


def history_of(obj: Any) -> list[Change]:
    """Every change of ``obj``, newest first. The caller has decided that the reader may see this record."""
    rows = list(obj.history.select_related("history_user"))
    changes = []
    for row, previous in zip(rows, [*rows[1:], None], strict=True):
        user = row.history_user
        changes.append(
            Change(
                when=row.history_date,
                who=str(getattr(user, "display_name", "") or user) if user else _("system"),
                reason=row.history_change_reason or "",
                kind=_KINDS[row.history_type],
                changed=_changed(type(obj), row, previous) if row.history_type == "~" else (),
            )
        )
    return changes
