"""SQL for the few statements that every leaf is written with.

Django writes out the SQL of a query each time it is made, which for one row takes longer than the database takes to
run it. Here it is written once for each kind of statement; values are adapted by their fields, as Django does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import FieldError
from django.db import connection, models


def _primary_key(model: type[models.Model]) -> Any:
    return model._meta.pk


@lru_cache(maxsize=256)
def _columns(model: type[models.Model], names: tuple[str, ...]) -> tuple[Any, ...] | None:
    """What to read for these attributes. None where a row of ``model`` stands in several tables."""
    known = {field.attname: field for field in model._meta.concrete_fields}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise FieldError(f"{model._meta.label} has no column {unknown[0]}")
    fields = [_primary_key(model), *(known[name] for name in names)]
    if any(field.model._meta.concrete_model is not model._meta.concrete_model for field in fields):
        return None
    return tuple(field.get_col(model._meta.db_table) for field in fields)


@lru_cache(maxsize=256)
def _select(vendor: str, model: type[models.Model], names: tuple[str, ...], count: int) -> str:
    quote = connection.ops.quote_name
    chosen = ", ".join(quote(str(column.target.column)) for column in _columns(model, names) or ())
    places = ", ".join(["%s"] * count)
    return f"SELECT {chosen} FROM {quote(model._meta.db_table)} WHERE {quote(_primary_key(model).column)} IN ({places})"  # noqa: S608


def read(model: type[models.Model], pks: Sequence[Any], names: Sequence[str]) -> dict[Any, dict[str, Any]]:
    """What the database holds now of the rows with these primary keys, by primary key: ``names`` are attributes.

    Raises ``FieldError`` for a name that ``model`` does not have.
    """
    wanted = tuple(names)
    columns = _columns(model, wanted)
    # Long lists are rare, and databases take only so many parameters.
    if columns is None or len(pks) > 100:
        found = model._base_manager.filter(pk__in=list(pks)).values("pk", *wanted)
        return {values["pk"]: {name: values[name] for name in wanted} for values in found}
    if not pks:
        return {}
    prepare = _primary_key(model).get_db_prep_value
    with connection.cursor() as cursor:
        cursor.execute(
            _select(connection.vendor, model, wanted, len(pks)), [prepare(pk, connection, prepared=False) for pk in pks]
        )
        rows: list[list[Any]] = [list(fetched) for fetched in cursor.fetchall()]
    for place, column in enumerate(columns):
        converters = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        for row in rows if converters else ():
            for converter in converters:
                row[place] = converter(row[place], column, connection)
    return {row[0]: dict(zip(wanted, row[1:], strict=True)) for row in rows}


@lru_cache(maxsize=64)
def _insert(vendor: str, model: type[models.Model], count: int) -> tuple[str, tuple[Any, ...]]:
    quote = connection.ops.quote_name
    fields = tuple(field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField))
    names = ", ".join(quote(str(field.column)) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608
    return f"{sql} RETURNING {quote(_primary_key(model).column)}", fields


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model in one statement, as ``bulk_create`` does: no signals are sent."""
    if not rows:
        return
    sql, fields = _insert(connection.vendor, type(rows[0]), len(rows))
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection=connection) for row in rows for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        made = cursor.fetchall()
    for row, (pk,) in zip(rows, made, strict=True):
        row.pk = pk
        row._state.adding = False
        row._state.db = connection.alias
