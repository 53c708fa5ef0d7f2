"""What happened to a record, in a form that can be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from privacy.history.directory import Standing, directory, standing_in_words
from privacy.history.words import Words, is_sealed

Standings = Mapping[tuple[Any, datetime], Standing]
_KINDS = {"+": "created", "~": "changed", "-": "deleted"}


@dataclass(frozen=True)
class Value:
    """A field whose values everybody may read, before and after, in words."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One change. ``changed`` names the fields; ``values`` has those of them whose values the record makes public.

    ``role`` is in words, the offices that ``who`` held then; ``about`` the kind of ``record``; ``number`` names the
    history row.
    """

    when: datetime
    who: str
    reason: str
    kind: str
    changed: tuple[str, ...]
    role: str = ""
    values: tuple[Value, ...] = ()
    number: int | None = None
    about: str = ""
    record: Any = field(default=None, repr=False, compare=False)
    title: str = ""

    @property
    def unshown(self) -> tuple[str, ...]:
        """The fields that changed and whose values are not told."""
        told = {value.field for value in self.values}
        return tuple(name for name in self.changed if name not in told)

    @property
    def record_label(self) -> str:
        return str(self.record._meta.label_lower)

    @property
    def can_be_compared(self) -> bool:
        """Whether there is a page that shows old and new side by side."""
        is_reachable = hasattr(self.record, "row_id") and hasattr(type(self.record)._default_manager, "visible_to")
        return self.kind == "changed" and self.number is not None and is_reachable

    @property
    def label(self) -> str:
        return self.title or {"created": _("Created"), "changed": _("Changed"), "deleted": _("Deleted")}[self.kind]


def changed_fields(row: Any, previous: Any | None) -> list[models.Field[Any, Any]]:
    """The fields of the living model in which two history rows differ; none where there is nothing before."""
    if previous is None or row.history_type != "~":
        return []
    fields = []
    for tracked in row.tracked_fields:
        column = row._meta.get_field(tracked.name)
        # Ciphertext is compared as it is: sealing anew counts as a change, opening is not needed.
        if column.value_from_object(row) != column.value_from_object(previous):
            fields.append(tracked)
    return fields


def _name(tracked: models.Field[Any, Any]) -> str:
    return str(tracked.verbose_name)


def history_of(obj: Any) -> list[Change]:
    """Every change of ``obj``, newest first. The caller has decided that the reader may see this record."""
    rows = list(obj.history.select_related("history_user"))
    return [_change(row, previous) for row, previous in zip(rows, [*rows[1:], None], strict=True)]


def _change(row: Any, previous: Any | None) -> Change:
    user = row.history_user
    return Change(
        when=row.history_date,
        who=str(getattr(user, "display_name", "") or user) if user else _("system"),
        reason=row.history_change_reason or "",
        kind=_KINDS[row.history_type],
        changed=tuple(_name(tracked) for tracked in changed_fields(row, previous)),
        number=row.pk,
    )


def public_changes(record: Any) -> list[Change]:
    """Every change of ``record`` and of its parts, newest first, for whoever may see it.

    Who did it stands with the offices of that day. A record whose author chose how to be named says so in
    ``history_name(user)``: then that name stands there, and no office with it. ``history_parts()`` names the records
    whose changes are told with it, as querysets.
    """
    told = [(record, rows) for rows in _rows_by_record(type(record), [record.pk]).values()]
    for part in record.history_parts() if hasattr(record, "history_parts") else ():
        grouped = _rows_by_record(part.model, part.values("pk"))
        owners = part.in_bulk(list(grouped))
        told += [(owners[pk], rows) for pk, rows in grouped.items()]
    asked = {
        (row.history_user_id, row.history_date)
        for _owner, rows in told
        for row in rows
        if row.history_user_id is not None
    }
    standings = directory().standings_at(asked) if asked else {}
    changes = [change for owner, rows in told for change in _public_changes_of(owner, rows, standings)]
    return sorted(changes, key=lambda change: change.when, reverse=True)


def _rows_by_record(model: Any, pks: Any) -> dict[Any, list[Any]]:
    """History rows, newest first, by the primary key of what they are about."""
    key = model._meta.pk.attname
    rows = model.history.filter(**{f"{key}__in": pks}).select_related("history_user")
    found: dict[Any, list[Any]] = {}
    for row in rows.order_by("-history_date", "-history_id"):
        found.setdefault(getattr(row, key), []).append(row)
    return found


def _public_changes_of(record: Any, rows: Sequence[Any], standings: Standings) -> list[Change]:
    public = record.history.model.public_fields or frozenset()
    words = Words(rows, public)
    found = []
    for row, previous in zip(rows, [*rows[1:], None], strict=True):
        values = tuple(
            Value(_name(tracked), words.of(previous, tracked), words.of(row, tracked))
            for tracked in changed_fields(row, previous)
            if tracked.name in public and not is_sealed(tracked)
        )
        change = replace(
            _change(row, previous), values=values, about=capfirst(str(record._meta.verbose_name)), record=record
        )
        if row.history_user is not None:
            own_name = record.history_name(row.history_user) if hasattr(record, "history_name") else None
            if own_name is not None:
                change = replace(change, who=own_name)
            else:
                standing = standings[row.history_user_id, row.history_date]
                change = replace(change, role=standing_in_words(standing.roles, standing.department))
        found.append(change)
    return found


def record_for(label: str, row_id: UUID, user: Any) -> Any | None:
    """The record behind a history page, or None where ``user`` may not see it or it has no such page.

    A model takes part by a manager that answers ``visible_to(user)`` and a history with ``public_fields``; records of
    the others have a page for moderators and auditors only.
    """
    try:
        model: Any = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    history_model = getattr(getattr(model, "history", None), "model", None)
    if history_model is None or not hasattr(model._default_manager, "visible_to"):
        return None
    people = directory()
    if history_model.public_fields is None and not (people.may_moderate(user) or people.may_audit(user)):
        return None
    return model._default_manager.visible_to(user).filter(row_id=row_id).first()
