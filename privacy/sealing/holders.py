"""Who has a stored sealed file: every row that names it, whatever its model, and every revision of Wagtail.

The row that gives a file up has its history, which goes on naming it and does not hold it: what somebody takes back is
taken back.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, Q, TextField
from django.db.models.functions import Cast

from privacy.sealing.inventory import FileColumn, file_columns


def held(names: Collection[str], *, using: str | None = None) -> set[str]:
    """Those of the names of stored files that somebody has."""
    columns = file_columns()
    found: set[str] = set()
    for column in columns:
        rows = column.model._base_manager.using(using).filter(**{f"{column.field.attname}__in": names})
        found.update(rows.values_list(column.field.attname, flat=True))
    missing = set(names) - found
    return found | _in_revisions(missing, columns) if missing else found


def _in_revisions(names: Collection[str], columns: list[FileColumn]) -> set[str]:
    """Those that a revision names, to which its record may be put back."""
    models = _kept_in_revisions(columns)
    if not models:
        return set()
    types = apps.get_model("contenttypes", "ContentType")._default_manager.get_for_models(*models)
    written = {name: (name, json.dumps(name)[1:-1]) for name in names}
    is_named = reduce(or_, (Q(text__contains=form) for forms in written.values() for form in forms))
    revisions: Any = apps.get_model("wagtailcore", "Revision")
    rows = revisions._base_manager.filter(content_type__in=types.values()).alias(text=Cast("content", TextField()))
    texts = list(rows.filter(is_named).annotate(text=Cast("content", TextField())).values_list("text", flat=True))
    return {name for name, forms in written.items() if any(form in text for text in texts for form in forms)}


def _kept_in_revisions(columns: list[FileColumn]) -> set[type[Model]]:
    """The models whose revisions may name files: their own, or those of rows that are kept inside them."""
    if not apps.is_installed("wagtail"):
        return set()
    reached: set[type[Model]] = set()
    waiting: list[type[Model]] = [column.model for column in columns]
    while waiting:
        model = waiting.pop()
        if model not in reached:
            reached.add(model)
            waiting += [field.related_model for field in model._meta.fields if isinstance(field, ForeignKey)]
    return {
        model
        for model in apps.get_models()
        if hasattr(model, "save_revision") and any(issubclass(model, one) for one in reached)
    }
