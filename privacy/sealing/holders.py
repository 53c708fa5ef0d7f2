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
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from privacy.sealing.inventory import file_columns
from privacy.sealing.revisions import types_naming_files


def held(names: Collection[str], *, using: str | None = None) -> set[str]:
    """Those of the names of stored files that somebody has."""
    found: set[str] = set()
    for column in file_columns():
        rows = column.model._base_manager.using(using).filter(**{f"{column.field.attname}__in": names})
        found.update(rows.values_list(column.field.attname, flat=True))
    missing = set(names) - found
    return found | _in_revisions(missing) if missing else found


def _in_revisions(names: Collection[str]) -> set[str]:
    """Those that a revision names, to which its record may be put back."""
    types = types_naming_files()
    if not types:
        return set()
    written = {name: (name, json.dumps(name)[1:-1]) for name in names}
    is_named = reduce(or_, (Q(text__contains=form) for forms in written.values() for form in forms))
    revisions: Any = apps.get_model("wagtailcore", "Revision")
    rows = revisions._base_manager.filter(content_type__in=types).alias(text=Cast("content", TextField()))
    texts = list(rows.filter(is_named).annotate(text=Cast("content", TextField())).values_list("text", flat=True))
    return {name for name, forms in written.items() if any(form in text for text in texts for form in forms)}
