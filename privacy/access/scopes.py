"""Whose readings there are already: events from before ``subject_scope`` was kept get it from the data keys."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from privacy.log.triggers import lifted


def fill_scopes(apps: Any, schema_editor: Any) -> None:
    """For migrations."""
    keys = apps.get_model("privacy", "DataKey").objects.filter(scope_ref=OuterRef("subject_ref"))
    events = apps.get_model("privacy", "AccessEvent").objects.filter(subject_scope="")
    # An earlier migration may have put up the guards of this table already.
    with lifted(schema_editor.connection):
        events.update(subject_scope=Coalesce(Subquery(keys.values("scope_type")[:1]), Value("")))
