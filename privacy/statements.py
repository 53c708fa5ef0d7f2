"""SQL for the few statements that every row of history and every leaf is written with.

Django writes out the SQL of a query each time it is made, which for one row takes longer than the database takes to
run it. Here it is written once for each kind of statement; values are adapted by their fields, as Django does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import FieldError
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.utils import timezone

# Values in one statement: databases take only so many.
_MOST = 200


def _connection() -> Any:
    """Itself: ``django.db.connection`` looks for it anew at every attribute that it is asked for."""
    return connections[DEFAULT_DB_ALIAS]


def _primary_key(model: type[models.Model]) -> Any:
    return model._meta.pk


def _quoted(name: str) -> str:
    return str(_connection().ops.quote_name(name))


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
    quote = _quoted
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
    prepare, connection = _primary_key(model).get_db_prep_value, _connection()
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


@lru_cache(maxsize=512)
def _selection(
    vendor: str, model: type[models.Model], names: tuple[str, ...], asked: tuple[tuple[str, int], ...]
) -> tuple[Any, ...]:
    quote, connection = _quoted, _connection()
    known = {field.attname: field for field in model._meta.concrete_fields}
    columns = [known[name].get_col(model._meta.db_table) for name in names]
    chosen = ", ".join(quote(str(known[name].column)) for name in names)
    among = [f"{quote(str(known[name].column))} IN ({', '.join(['%s'] * size)})" for name, size in asked]
    sql = f"SELECT {chosen} FROM {quote(model._meta.db_table)} WHERE {' AND '.join(among)}"  # noqa: S608
    converting = [
        (place, column)
        for place, column in enumerate(columns)
        if connection.ops.get_db_converters(column) or column.get_db_converters(connection)
    ]
    return sql, converting, [known[name] for name, _size in asked]


def columns(model: type[models.Model], names: Sequence[str], **among: Collection[Any]) -> list[list[Any]]:
    """What the named attributes hold in the rows of a model of one table in which each attribute of ``among`` is one
    of the values given for it: as ``filter(name__in=values).values_list(*names)`` finds them, in no order."""
    if not all(among.values()):
        return []
    if any(len(values) > _MOST for values in among.values()):
        wanted = {f"{name}__in": values for name, values in among.items()}
        return [list(row) for row in model._base_manager.filter(**wanted).order_by().values_list(*names)]
    # Lists are filled up with what they hold already, so that there are few different statements.
    full = [[*values, *[next(iter(values))] * (_power_of_two(len(values)) - len(values))] for values in among.values()]
    connection = _connection()
    asked = tuple(zip(among, map(len, full), strict=True))
    sql, converting, fields = _selection(connection.vendor, model, tuple(names), asked)
    given = [
        field.get_db_prep_value(value, connection)
        for field, values in zip(fields, full, strict=True)
        for value in values
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found = [list(row) for row in cursor.fetchall()]
    for place, column in converting if found else ():
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            for row in found:
                row[place] = convert(row[place], column, connection)
    return found


def rows(model: type[models.Model], **among: Collection[Any]) -> list[Any]:
    """As ``columns``, but whole instances."""
    names = [field.attname for field in model._meta.concrete_fields]
    return [model.from_db(DEFAULT_DB_ALIAS, names, row) for row in columns(model, names, **among)]


def _power_of_two(count: int) -> int:
    return 1 << (count - 1).bit_length()


@lru_cache(maxsize=64)
def _addition(vendor: str, model: type[models.Model], name: str) -> str:
    quote = _quoted
    column, key = quote(str(model._meta.get_field(name).column)), quote(_primary_key(model).column)  # type: ignore[union-attr]
    return f"UPDATE {quote(model._meta.db_table)} SET {column} = {column} + %s WHERE {key} = %s"  # noqa: S608


def add(model: type[models.Model], pk: Any, name: str, number: int) -> bool:
    """Add ``number`` to a column of one row, in the database. Whether there is that row."""
    connection = _connection()
    with connection.cursor() as cursor:
        cursor.execute(_addition(connection.vendor, model, name), [number, pk])
        return bool(cursor.rowcount)


@lru_cache(maxsize=64)
def _insert(vendor: str, model: type[models.Model], count: int) -> tuple[str, tuple[Any, ...]]:
    """The statement, and for each column how its value is taken from a row and made fit for the database."""
    quote = _quoted
    fields = tuple(field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField))
    names = ", ".join(quote(str(field.column)) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608
    return f"{sql} RETURNING {quote(_primary_key(model).column)}", tuple(
        (field.pre_save, field.get_db_prep_save) for field in fields
    )


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model in one statement, as ``bulk_create`` does: no signals are sent."""
    if not rows:
        return
    connection = _connection()
    sql, prepared = _insert(connection.vendor, type(rows[0]), len(rows))
    values = [prepare(taken(row, True), connection) for row in rows for taken, prepare in prepared]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        made = cursor.fetchall()
    for row, (pk,) in zip(rows, made, strict=True):
        row.pk = pk
        row._state.adding = False
        row._state.db = connection.alias


def is_plain(model: type[models.Model]) -> bool:
    """Whether ``insert`` can do for ``model`` what ``bulk_create`` does: one table, which numbers its rows itself and
    fills in nothing else."""
    meta = model._meta
    return (
        isinstance(meta.pk, models.AutoField)
        and not meta.parents
        and not any(field.generated or field.has_db_default() for field in meta.local_concrete_fields)
    )


@lru_cache(maxsize=64)
def _copy(vendor: str, history: Any, count: int) -> str:
    quote = _quoted
    living = history.instance_type._meta
    copied = [history._meta.get_field(field.name).column for field in history.tracked_fields]
    own = ["history_date", "history_change_reason", "history_type", history._meta.get_field("history_user").column]
    key = quote(living.pk.column)
    rows = ", ".join(["(CAST(%s AS bigint), CAST(%s AS bigint))"] * count)
    kept = ", ".join(f"living.{quote(field.column)}" for field in history.tracked_fields)
    return (
        f"INSERT INTO {quote(history._meta.db_table)} ({', '.join(map(quote, [*copied, *own]))}) "  # noqa: S608
        f"SELECT {kept}, %s, %s, '+', written.person "
        f"FROM (SELECT column1 AS id, column2 AS person FROM (VALUES {rows}) AS given) AS written "
        f"JOIN {quote(living.db_table)} AS living ON living.{key} = written.id ORDER BY living.{key} "
        f"RETURNING {quote(history._meta.pk.column)}, {key}"
    )


def copy_created(history: Any, authors: Sequence[tuple[Any, Any]], reason: str | None) -> dict[Any, Any]:
    """Write the first row of history of rows that were just inserted, from what the database holds of them.

    ``authors``: the primary key of each and that of whoever made it (None: nobody). Returns the primary key of each
    -> that of its row of history. As ``bulk_history_create`` does, it sends no signals.
    """
    connection = _connection()
    now = history._meta.get_field("history_date").get_db_prep_save(timezone.now(), connection)
    with connection.cursor() as cursor:
        cursor.execute(
            _copy(connection.vendor, history, len(authors)), [now, reason, *(pk for pair in authors for pk in pair)]
        )
        return {pk: history_pk for history_pk, pk in cursor.fetchall()}
