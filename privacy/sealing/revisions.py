"""What is sealed in the stored revisions of Wagtail, where it is installed: ``enc:v1:`` texts and names of files."""

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
from django.db.models import ForeignKey, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from privacy.sealing import ring
from privacy.sealing.column import SERIAL_PREFIX, SealedColumn
from privacy.sealing.files import SealedFileField
from privacy.sealing.inventory import BATCH, file_columns

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


@dataclass(frozen=True)
class NamedFile:
    """A stored sealed file that a revision names, and the place in its structure that does."""

    place: dict[str, Any]
    key: str
    field: SealedFileField
    row_id: UUID

    @property
    def name(self) -> str:
        return str(self.place[self.key])

    def write(self, name: str) -> None:
        self.place[self.key] = name


def revisions() -> QuerySet[Any] | None:
    """Revisions that may hold sealed values or name sealed files, in order; None without Wagtail."""
    if not apps.is_installed("wagtail"):
        return None
    model: Any = apps.get_model("wagtailcore", "Revision")
    rows: QuerySet[Any] = model._base_manager.alias(text=Cast("content", TextField()))
    return rows.filter(Q(text__contains=SERIAL_PREFIX) | Q(content_type__in=types_naming_files())).order_by("pk")


def types_naming_files() -> list[Any]:
    """The content types whose revisions may name sealed files: their own, or those of rows kept inside them."""
    if not apps.is_installed("wagtail"):
        return []
    reached: set[type[Model]] = set()
    waiting: list[type[Model]] = [column.model for column in file_columns()]
    while waiting:
        model = waiting.pop()
        if model not in reached:
            reached.add(model)
            waiting += [field.related_model for field in model._meta.fields if isinstance(field, ForeignKey)]
    models = [
        model
        for model in apps.get_models()
        if hasattr(model, "save_revision") and any(issubclass(model, one) for one in reached)
    ]
    types: Any = apps.get_model("contenttypes", "ContentType")._default_manager
    return list(types.get_for_models(*models).values()) if models else []


def batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def written_in(revision: Any) -> list[Written]:
    """The sealed values of a revision, those of rows kept inside it as well. Writing one changes ``content``."""
    return [
        Written(data, field.name, field, _row_id(data))
        for data, model in _rows_in(revision)
        for field in model._meta.concrete_fields
        if isinstance(field, SealedColumn) and str(data.get(field.name)).startswith(SERIAL_PREFIX)
    ]


def files_in(revision: Any) -> list[NamedFile]:
    """The sealed files that a revision names, as ``written_in``."""
    return [
        NamedFile(data, field.name, field, _row_id(data))
        for data, model in _rows_in(revision)
        for field in model._meta.concrete_fields
        if isinstance(field, SealedFileField) and data.get(field.name)
    ]


def _rows_in(revision: Any) -> Iterator[tuple[dict[str, Any], type[Model]]]:
    model = revision.content_type.model_class()
    return iter(()) if model is None else _rows_below(revision.content, model)


def _rows_below(data: dict[str, Any], model: type[Model]) -> Iterator[tuple[dict[str, Any], type[Model]]]:
    yield data, model
    for relation in model._meta.related_objects:
        rows = data.get(relation.get_accessor_name() or "")
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                yield from _rows_below(row, relation.related_model)


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
