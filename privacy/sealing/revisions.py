"""Sealed values in the stored revisions of Wagtail: ``enc:v1:`` texts inside their JSON, where Wagtail is installed."""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import Model, QuerySet, TextField
from django.db.models.functions import Cast

from privacy.sealing import ring
from privacy.sealing.column import SERIAL_PREFIX, SealedColumn
from privacy.sealing.inventory import BATCH

NAME = "wagtailcore.revision.content"


@dataclass(frozen=True)
class Written:
    """One sealed value inside a revision, and the place in its structure that holds it."""

    place: dict[str, Any]
    key: str
    field: SealedColumn
    row_id: UUID

    @property
    def blob(self) -> bytes:
        """Empty for what is no sealed value at all, which then opens as tampered with."""
        try:
            return base64.b64decode(str(self.place[self.key]).removeprefix(SERIAL_PREFIX), validate=True)
        except binascii.Error:
            return b""

    @property
    def context(self) -> bytes:
        return ring.context(self.field.label, self.row_id)

    def write(self, blob: bytes) -> None:
        self.place[self.key] = SERIAL_PREFIX + base64.b64encode(blob).decode()


def revisions() -> QuerySet[Any] | None:
    """Revisions that may hold sealed values, in order; None without Wagtail."""
    if not apps.is_installed("wagtail"):
        return None
    model: Any = apps.get_model("wagtailcore", "Revision")
    rows: QuerySet[Any] = model._base_manager.alias(text=Cast("content", TextField()))
    return rows.filter(text__contains=SERIAL_PREFIX).order_by("pk")


def batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def written_in(revision: Any) -> list[Written]:
    """The sealed values of a revision, those of rows kept inside it as well. Writing one changes ``content``."""
    model = revision.content_type.model_class()
    return [] if model is None else list(_written(revision.content, model))


def _written(data: dict[str, Any], model: type[Model]) -> Iterator[Written]:
    for field in model._meta.concrete_fields:
        value = data.get(field.name)
        if isinstance(field, SealedColumn) and isinstance(value, str) and value.startswith(SERIAL_PREFIX):
            yield Written(data, field.name, field, _row_id(data))
    for relation in model._meta.related_objects:
        rows = data.get(relation.get_accessor_name() or "")
        if isinstance(rows, list):
            for row in rows:
                if isinstance(row, dict):
                    yield from _written(row, relation.related_model)


def _row_id(data: dict[str, Any]) -> UUID:
    try:
        return UUID(str(data.get("row_id")))
    except ValueError:
        # No row has this one: what is sealed here does not open.
        return UUID(int=0)


def replace(revision: Any, before: Any) -> bool:
    """Store the changed content if the stored one still is ``before``."""
    rows = type(revision)._base_manager
    with transaction.atomic():
        present = rows.select_for_update().filter(pk=revision.pk).values_list("content", flat=True).first()
        return present == before and bool(rows.filter(pk=revision.pk).update(content=revision.content))


def content_of(revision: Any) -> Any:
    """A copy of what the revision holds, to compare with later."""
    return copy.deepcopy(revision.content)
