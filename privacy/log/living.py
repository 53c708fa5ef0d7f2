"""Holds the rows that people read to the newest row of their history, which in turn a leaf is bound to.

What changes a row and leaves no history (``update()``, bulk helpers, a hand in the database) is found here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, Max, OuterRef

from privacy.log.reconcile import tables_with_rows
from privacy.log.states import is_sealed

_PAGE = 1000


def altered_rows() -> Iterator[tuple[str, str]]:
    """("label pk", a sentence) for each row that is not as its history says. Memory does not grow with the tables."""
    kept: list[Any] = [
        model for model in apps.get_models() if getattr(model, "in_log", False) and hasattr(model, "history_object")
    ]
    filled = tables_with_rows(historical._meta.db_table for historical in kept)
    filled |= tables_with_rows(historical.instance_type._meta.db_table for historical in kept)
    for historical in kept:
        if historical.instance_type._meta.db_table in filled:
            yield from _altered(historical)
        if historical._meta.db_table in filled:
            yield from _gone(historical)


def _altered(historical: Any) -> Iterator[tuple[str, str]]:
    model = historical.instance_type
    key = model._meta.pk.attname
    columns = [field.attname for field in historical.tracked_fields if not is_sealed(field)]
    after: Any = None
    while True:
        rows = model._base_manager.order_by("pk").values(*columns)
        page = list((rows if after is None else rows.filter(pk__gt=after))[:_PAGE])
        if not page:
            return
        after = page[-1][key]
        newest = _newest(historical, key, [row[key] for row in page], columns)
        for row in page:
            name, written = f"{model._meta.label_lower} {row[key]}", newest.get(row[key])
            if written is None:
                yield name, f"the row {name} has no history"
            elif different := [column for column in columns if row[column] != written[column]]:
                yield name, f"the row {name} is not as its history says: {', '.join(different)}"


def _newest(historical: type[models.Model], key: str, keys: list[Any], columns: list[str]) -> dict[Any, dict[str, Any]]:
    rows = historical._base_manager.filter(**{f"{key}__in": keys})
    last = rows.order_by().values(key).annotate(last=Max("history_id")).values("last")
    return {row[key]: row for row in rows.filter(history_id__in=last).values(*columns)}


def _gone(historical: Any) -> Iterator[tuple[str, str]]:
    model = historical.instance_type
    key = model._meta.pk.attname
    living = model._base_manager.filter(pk=OuterRef(key))
    later = historical._base_manager.filter(**{key: OuterRef(key)}, history_id__gt=OuterRef("history_id"))
    missing = historical._base_manager.filter(~Exists(living), ~Exists(later)).exclude(history_type="-")
    for pk in missing.values_list(key, flat=True).order_by(key)[:_PAGE]:
        name = f"{model._meta.label_lower} {pk}"
        yield name, f"the row {name} is gone, and its history does not say so"
