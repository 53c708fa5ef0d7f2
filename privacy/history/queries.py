"""What happened to a record, in a form that can be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, overload
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


@dataclass(frozen=True)
class _Written:
    """A history row, the one before it about the same ``record``, and that record."""

    record: Any
    row: Any
    previous: Any | None


class PublicChanges(Sequence[Change]):
    """Every change of ``record`` and of its parts, newest first, for whoever may see it. Read from the database as far
    as it is asked for: by a ``Paginator``, a slice, or a loop.

    Who did it stands with the offices of that day. A record whose author chose how to be named says so in
    ``history_name(user)``: then that name stands there, and no office with it. ``history_parts()`` names the records
    whose changes are told with it, as querysets.
    """

    def __init__(self, record: Any) -> None:
        self._record = record
        self._parts = list(record.history_parts()) if hasattr(record, "history_parts") else []

    def __len__(self) -> int:
        return int(self._marks().count())

    def __iter__(self) -> Iterator[Change]:
        return iter(self[:])

    @overload
    def __getitem__(self, wanted: int) -> Change: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Change]: ...
    def __getitem__(self, wanted: int | slice) -> Change | list[Change]:
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        newest_first = self._marks().order_by("-history_date", "_place", "-history_id")
        order = [(place, number) for place, _date, number in newest_first[wanted]]
        written = {
            place: self._written(place, [number for other, number in order if other == place])
            for place in sorted({place for place, _number in order})
        }
        standings = _standings(one.row for found in written.values() for one in found)
        changes = {
            (place, change.number): change
            for place, found in written.items()
            for change in _public_changes_of(found, standings)
        }
        return [changes[mark] for mark in order]

    def _marks(self) -> Any:
        """Place, date and number of the history rows of the record (place 0) and of each of its parts.

        Models may have a field of the name "place", and none that begins with an underscore.
        """
        about = [_rows_about(type(self._record), [self._record.pk])]
        about += [_rows_about(part.model, part.order_by().values("pk")) for part in self._parts]
        marks = [
            rows.order_by().annotate(_place=models.Value(place)).values_list("_place", "history_date", "history_id")
            for place, rows in enumerate(about)
        ]
        return marks[0].union(*marks[1:], all=True) if self._parts else marks[0]

    def _written(self, place: int, numbers: list[int]) -> list[_Written]:
        model = self._parts[place - 1].model if place else type(self._record)
        key = model._meta.pk.attname
        rows = _with_previous(model, numbers)
        if place:
            records = self._parts[place - 1].in_bulk({getattr(row, key) for row, _previous in rows})
        else:
            records = {self._record.pk: self._record}
        return [_Written(records[getattr(row, key)], row, previous) for row, previous in rows]


def public_changes(record: Any) -> PublicChanges:
    return PublicChanges(record)


def change_of(record: Any, number: int) -> tuple[Change, Any, Any | None] | None:
    """One change of ``record`` itself, with its history row and the one before; None where there is none such."""
    if not _rows_about(type(record), [record.pk]).filter(pk=number).exists():
        return None
    ((row, previous),) = _with_previous(type(record), [number])
    written = [_Written(record, row, previous)]
    (change,) = _public_changes_of(written, _standings([row]))
    return change, row, previous


def _rows_about(model: Any, pks: Any) -> Any:
    return model.history.filter(**{f"{model._meta.pk.attname}__in": pks})


def _with_previous(model: Any, numbers: list[int]) -> list[tuple[Any, Any | None]]:
    """These history rows, each with the one before it about the same record. Two queries."""
    key = model._meta.pk.attname
    older = models.Q(history_date__lt=models.OuterRef("history_date")) | models.Q(
        history_date=models.OuterRef("history_date"), history_id__lt=models.OuterRef("history_id")
    )
    before = model.history.filter(older, **{key: models.OuterRef(key)}).order_by("-history_date", "-history_id")
    rows = list(
        model.history.filter(pk__in=numbers)
        .select_related("history_user")
        .annotate(previous_number=models.Subquery(before.values("pk")[:1]))
    )
    held = model.history.in_bulk({row.previous_number for row in rows if row.previous_number is not None})
    return [(row, held.get(row.previous_number)) for row in rows]


def _standings(rows: Iterable[Any]) -> Standings:
    asked = {(row.history_user_id, row.history_date) for row in rows if row.history_user_id is not None}
    return directory().standings_at(asked) if asked else {}


def _public_changes_of(written: Sequence[_Written], standings: Standings) -> list[Change]:
    """``written`` are of one model."""
    public = written[0].record.history.model.public_fields or frozenset()
    words = Words([row for one in written for row in (one.row, one.previous) if row is not None], public)
    return [_public_change(one, public, words, standings) for one in written]


def _public_change(written: _Written, public: frozenset[str], words: Words, standings: Standings) -> Change:
    record, row, previous = written.record, written.row, written.previous
    values = tuple(
        Value(_name(tracked), words.of(previous, tracked), words.of(row, tracked))
        for tracked in changed_fields(row, previous)
        if tracked.name in public and not is_sealed(tracked)
    )
    change = replace(
        _change(row, previous), values=values, about=capfirst(str(record._meta.verbose_name)), record=record
    )
    if row.history_user is None:
        return change
    own_name = record.history_name(row.history_user) if hasattr(record, "history_name") else None
    if own_name is not None:
        return replace(change, who=own_name)
    standing = standings[row.history_user_id, row.history_date]
    if not standing.roles and not getattr(row.history_user, "shows_name", True):
        # Whoever acted in office did so under the name; everybody else may take theirs back.
        change = replace(change, who=str(row.history_user.public_name))
    return replace(change, role=standing_in_words(standing.roles, standing.department))


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
