"""Where sealed values are: every sealed column of every model, history included. There is no list to keep.

What is read and written here is ciphertext, past attributes, managers and history: for commands on keys only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db.models import BinaryField, ExpressionWrapper, F, Func, Model, QuerySet, Value

from privacy.sealing import ring
from privacy.sealing.column import BoundField, SealedColumn
from privacy.sealing.files import SealedFileField
from privacy.sealing.handles import Sealed

BATCH = 100
# Longer lists of keys are compared here and not by the database, which limits how many parameters a query has.
_MOST_KEYS = 500


class Held(NamedTuple):
    """One value as it lies in the database: ``held`` is ciphertext, or the name of a stored file."""

    pk: Any
    row_id: UUID
    held: Any


@dataclass(frozen=True)
class _Column:
    model: type[Model]
    field: Any

    @property
    def name(self) -> str:
        """ "app.model.column" of the table; a history table has its own, though its values are bound to the living
        model's."""
        return f"{self.model._meta.label_lower}.{self.field.attname}"

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def read(self, rows: QuerySet[Any]) -> list[Held]:
        return [Held(*values) for values in rows.values_list("pk", "row_id", self.field.attname)]

    def batches(self, rows: QuerySet[Any]) -> Iterator[list[Held]]:
        """All of ``rows`` in the order of their keys, some at a time, each read when it is asked for."""
        rows = rows.order_by("pk")
        batch = self.read(rows[:BATCH])
        while batch:
            yield batch
            batch = self.read(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


class ValueColumn(_Column):
    field: SealedColumn

    def rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._base_manager.exclude(**{f"{self.field.attname}__isnull": True})
        return rows

    def read(self, rows: QuerySet[Any]) -> list[Held]:
        return [
            Held(held.pk, held.row_id, held.held.blob if isinstance(held.held, Sealed) else bytes(held.held))
            for held in super().read(rows)
        ]

    def rows_under(self, key_ids: Collection[bytes]) -> QuerySet[Any]:
        """Rows sealed under one of these data keys; all rows when the list is too long to ask for."""
        if len(key_ids) > _MOST_KEYS:
            return self.rows()
        key_id = Func(F(self.field.attname), Value(3), Value(16), function="SUBSTR", output_field=BinaryField())
        rows: QuerySet[Any] = self.rows().alias(sealed_under=key_id).filter(sealed_under__in=list(key_ids))
        return rows

    def context(self, row_id: UUID) -> bytes:
        return ring.context(self.field.label, row_id)

    def replace(self, row: Held, blob: bytes) -> bool:
        """Exchange the ciphertext if it still is the one that was read; otherwise leave the row alone."""
        present = ExpressionWrapper(F(self.field.attname), output_field=BinaryField())
        rows = self.model._base_manager.filter(pk=row.pk).alias(present=present).filter(present=row.held)
        return bool(rows.update(**{self.field.attname: Value(blob, output_field=BinaryField())}))


class FileColumn(_Column):
    field: SealedFileField

    def rows(self) -> QuerySet[Any]:
        return self.model._base_manager.exclude(**{self.field.attname: ""}).exclude(
            **{f"{self.field.attname}__isnull": True}
        )

    def replace(self, row: Held, name: str) -> bool:
        rows = self.model._base_manager.filter(pk=row.pk, **{self.field.attname: row.held})
        return rows.update(**{self.field.attname: name}) == 1


def _fields(kind: type[BoundField]) -> Iterator[tuple[type[Model], Any]]:
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label_lower):
        if not model._meta.proxy:
            for field in model._meta.local_concrete_fields:
                if isinstance(field, kind):
                    yield model, field


def value_columns() -> list[ValueColumn]:
    """Every column of ciphertext, by name."""
    return [ValueColumn(model, field) for model, field in _fields(SealedColumn)]


def file_columns() -> list[FileColumn]:
    """Every column that names sealed files. History rows repeat names but keep no files of their own."""
    return [FileColumn(model, field) for model, field in _fields(SealedFileField)]
