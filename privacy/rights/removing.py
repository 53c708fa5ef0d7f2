"""Takes personal data out of tables for good: rows, every earlier state of them in history, and their plain files.

The log is bound to states of rows, by salts that are sealed for whom the rows are about. Where that key is destroyed,
nothing more is held to the entry, and the row may go. Where the salts are somebody else's (the portal's own), the row
stays without its personal values, and a leaf of its own (``rows.emptied``) says so and is bound to what is left: so
the audit tells what was taken out by right from what was tampered with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import or_
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.core.files.storage import Storage
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models import Max, Q, QuerySet

from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.log.models import RecordedState
from privacy.log.states import Row, columns_of
from privacy.sealing.column import SealedColumn
from privacy.sealing.files import SealedFileField
from privacy.sealing.holders import held
from privacy.sealing.keys import PORTAL, Subject

# What stands in a text that may not be empty. No letter: nobody can choose it as a name.
NOTHING = "—"
_AT_ONCE = 200


@dataclass
class Removed:
    """Numbers of living rows; and which rows that leaves are about were emptied, to be said by ``say_emptied``."""

    deleted: int = 0
    emptied: int = 0
    rows: dict[tuple[str, int], Row] = field(default_factory=dict)


def delete(rows: QuerySet[Any], personal: Collection[str], destroyed: Subject | None, removed: Removed) -> None:
    """Delete ``rows`` with their history. Rows that others hang on, or that the log is bound to under a key that is
    not destroyed, are emptied of ``personal`` fields instead."""
    for some in _batches(rows):
        if not _delete_all(some, destroyed, removed):
            for row in some:
                if not _delete_all([row], destroyed, removed):
                    _empty_rows(type(row), [row.pk], _texts(type(row), personal), destroyed, removed)


def delete_history(
    history: QuerySet[Any], personal: Collection[str], destroyed: Subject | None, removed: Removed
) -> None:
    """The same for history rows of rows that are deleted already."""
    model, pks = history.model, list(history.values_list("pk", flat=True))
    for start in range(0, len(pks), _AT_ONCE):
        some = pks[start : start + _AT_ONCE]
        bound = _bound(model, some, destroyed)
        model._base_manager.filter(pk__in=set(some) - bound).delete()
        if bound:
            named = _texts(model.instance_type, personal)
            _set_empty(model, _fields(model.instance_type, named), sorted(bound), destroyed, removed)


def empty(rows: QuerySet[Any], names: Collection[str], destroyed: Subject | None, removed: Removed) -> None:
    """Take the values of these fields out of ``rows`` and of all their history."""
    pks = list(rows.values_list("pk", flat=True))
    for start in range(0, len(pks), _AT_ONCE):
        _empty_rows(rows.model, pks[start : start + _AT_ONCE], names, destroyed, removed)


def empty_earlier(rows: QuerySet[Any], names: Collection[str], destroyed: Subject | None, removed: Removed) -> None:
    """Take these texts out of every state of ``rows`` but the present one."""
    model = rows.model
    earlier = _history_of(model, rows.values_list("pk", flat=True))
    if earlier is None:
        return
    last = earlier.order_by().values(model._meta.pk.attname).annotate(last=Max("history_id")).values("last")
    pks = list(earlier.exclude(history_id__in=last).values_list("pk", flat=True))
    fields = _fields(model, _texts(model, names))
    for start in range(0, len(pks), _AT_ONCE):
        _set_empty(earlier.model, fields, pks[start : start + _AT_ONCE], destroyed, removed)


def say_emptied(removed: Removed, record: models.Model) -> None:
    """Append what the log has to know of emptied rows, in the name of ``record``."""
    rows = list(removed.rows.values())
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        append_leaf(LeafKind.ROWS_EMPTIED, record, public={"rows": len(some)}, committed={}, also=some)


# Deleting -------------------------------------------------------------------------------------------


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Some at a time, each read when it is asked for: deleting one may take others with it."""
    pks = list(rows.values_list("pk", flat=True))
    for start in range(0, len(pks), _AT_ONCE):
        yield list(rows.model._base_manager.filter(pk__in=pks[start : start + _AT_ONCE]).order_by("pk"))


def _delete_all(rows: list[Any], destroyed: Subject | None, removed: Removed) -> bool:
    """Delete these rows, what goes with them, and the history of all; False, and nothing done, where that cannot be."""
    collector = NestedObjects(using=DEFAULT_DB_ALIAS)
    collector.collect(rows)
    if collector.protected:
        return False
    going = {model: [one.pk for one in found] for model, found in collector.data.items()}
    if any(_bound(model, pks, destroyed) for model, pks in going.items()):
        return False
    histories: list[tuple[Any, QuerySet[Any]]] = []
    for model, pks in going.items():
        earlier = _history_of(model, pks)
        if earlier is not None:
            if _bound(earlier.model, list(earlier.values_list("pk", flat=True)), destroyed):
                return False
            histories.append((model, earlier))
    for model, pks in going.items():
        _drop_files(model, model._base_manager.filter(pk__in=pks), _plain_files(model))
    collector.delete()
    for _model, earlier in histories:
        earlier.delete()
    removed.deleted += len(rows)
    return True


def _history_of(model: type[models.Model], pks: Iterable[Any]) -> QuerySet[Any] | None:
    history: Any = getattr(model, "history", None)
    if history is None:
        return None
    found: QuerySet[Any] = history.model._base_manager.filter(**{f"{model._meta.pk.attname}__in": list(pks)})
    return found


def _bound(model: type[models.Model], pks: Collection[Any], destroyed: Subject | None) -> set[Any]:
    """Those of these rows that a leaf is bound to under a key that stays."""
    states = RecordedState.objects.filter(row_label=model._meta.label_lower, row_pk__in=_numbers(pks))
    if destroyed is not None:
        states = states.exclude(scope_type=destroyed.scope_type, scope_ref=destroyed.ref)
    return set(states.values_list("row_pk", flat=True))


def _numbers(pks: Iterable[Any]) -> list[int]:
    return [pk for pk in pks if isinstance(pk, int)]


# Emptying -------------------------------------------------------------------------------------------


def _fields(model: type[models.Model], names: Iterable[str]) -> list[models.Field[Any, Any]]:
    names = set(names)
    found: list[Any] = [model._meta.get_field(name) for name in sorted(names)]
    # What is found by a value goes with it.
    found += [one for one in model._meta.concrete_fields if getattr(one, "source", None) in names]
    return [one for one in found if isinstance(one, models.Field) and not one.primary_key]


def _texts(model: type[models.Model], names: Iterable[str]) -> list[str]:
    return [one.name for one in _fields(model, names) if _can_be_emptied(one)]


def _empty_rows(
    model: type[models.Model], pks: list[Any], names: Iterable[str], destroyed: Subject | None, removed: Removed
) -> None:
    fields = _fields(model, names)
    rows = model._base_manager.filter(pk__in=pks)
    files = [one for one in fields if isinstance(one, models.FileField)]
    _drop_files(model, rows, files)
    removed.emptied += _set_empty(model, fields, pks, destroyed, removed)
    earlier = _history_of(model, pks)
    if earlier is not None:
        _set_empty(earlier.model, fields, list(earlier.values_list("pk", flat=True)), destroyed, removed)


def _set_empty(
    model: type[models.Model],
    fields: Iterable[models.Field[Any, Any]],
    pks: list[Any],
    destroyed: Subject | None,
    removed: Removed,
) -> int:
    """By statements that leave no history: an earlier state is what has to go. How many rows held something."""
    own = {one.attname for one in model._meta.concrete_fields}
    values = {one.attname: nothing_in(one) for one in fields if one.attname in own and not _is_kept(one)}
    holding = reduce(or_, (~_is(name, nothing) for name, nothing in values.items()), Q(pk__in=[]))
    found = list(model._base_manager.filter(holding, pk__in=pks).values_list("pk", flat=True))
    if hasattr(model, "history_change_reason"):
        values["history_change_reason"] = None
    if found:
        model._base_manager.filter(pk__in=found).update(**values)
    for pk in _bound(model, found, destroyed):
        removed.rows[model._meta.label_lower, pk] = Row(model._meta.label_lower, pk, columns_of(model), PORTAL)
    return len(found)


def _is(name: str, nothing: Any) -> Q:
    return Q(**{f"{name}__isnull": True}) if nothing is None else Q(**{name: nothing})


def _is_kept(one: models.Field[Any, Any]) -> bool:
    """Sealed values that cannot be empty stay as ciphertext, and read as erased once their key is destroyed."""
    return isinstance(one, SealedColumn) and not one.null


def nothing_in(one: models.Field[Any, Any]) -> Any:
    """What a field holds when it holds nothing. Raises ``ValueError`` where there is no such value."""
    if one.null:
        return None
    if isinstance(one, models.JSONField):
        return one.get_default() if one.has_default() else {}
    if isinstance(one, models.FileField):
        return ""
    if isinstance(one, models.CharField | models.TextField):
        return "" if one.blank else NOTHING
    if one.has_default():
        return one.get_default()
    raise ValueError(f"{one} cannot be emptied: declare another way for it.")


def _can_be_emptied(one: models.Field[Any, Any]) -> bool:
    """Of what a room does not name to be emptied: text, and whatever may be empty. The rest says what kind of row it
    was, and when."""
    is_text = isinstance(one, models.CharField | models.TextField | models.FileField | models.JSONField)
    return one.null or (is_text and not one.choices)


# Files ----------------------------------------------------------------------------------------------


def _plain_files(model: type[models.Model]) -> list[Any]:
    """Sealed files go with their row by themselves."""
    found = (one for one in model._meta.concrete_fields if isinstance(one, models.FileField))
    return [one for one in found if not isinstance(one, SealedFileField)]


def _drop_files(model: type[models.Model], rows: QuerySet[Any], fields: Iterable[Any]) -> None:
    """Once it is committed; a file that another row names as well stays."""
    for one in fields:
        names = [name for name in rows.values_list(one.attname, flat=True) if name]
        if names:
            transaction.on_commit(partial(_drop, one, model, names))


def _drop(one: Any, model: type[models.Model], names: list[str]) -> None:
    storage: Storage = one.storage
    still = set(model._base_manager.filter(**{f"{one.attname}__in": names}).values_list(one.attname, flat=True))
    if isinstance(one, SealedFileField):
        still |= held(names)
    for name in set(names) - still:
        storage.delete(name)
