"""The database itself refuses to change or remove what is in the log.

A guard against mistakes and stray statements. Whoever owns the database can drop a trigger, which is what the chain
and the signed heads are there to show.

Altering one of these tables on SQLite rebuilds it and loses its triggers: such a migration runs ``install`` after.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("privacy_logentry", "privacy_signedhead")
_MESSAGE = "the log is append-only"
_FUNCTION = "privacy_refuse_change"

_SQLITE_EVENTS = ("UPDATE", "DELETE")
_POSTGRESQL_EVENTS = ("UPDATE", "DELETE", "TRUNCATE")


def _name(table: str, event: str) -> str:
    return f"{table}_no_{event.lower()}"


def _events(vendor: str) -> tuple[str, ...]:
    if vendor == "sqlite":
        return _SQLITE_EVENTS
    if vendor == "postgresql":
        return _POSTGRESQL_EVENTS
    raise NotImplementedError(f"The log has no triggers for {vendor}.")


def _statements(vendor: str) -> list[str]:
    statements = []
    if vendor == "postgresql":
        statements.append(
            f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table in TABLES:
        for event in _events(vendor):
            if vendor == "sqlite":
                body = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
            else:
                each = "STATEMENT" if event == "TRUNCATE" else "ROW"
                body = f"FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()"
            statements.append(f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} {body}")
    return statements


def _removals(vendor: str) -> list[str]:
    on_table = " ON {}" if vendor == "postgresql" else ""
    return [
        f"DROP TRIGGER IF EXISTS {_name(table, event)}{on_table.format(table)}"
        for table in TABLES
        for event in _events(vendor)
    ]


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Forward half of a ``RunPython``. May be run again."""
    vendor = schema_editor.connection.vendor
    _run(schema_editor.connection, [*_removals(vendor), *_statements(vendor)])


def remove(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Backward half of a ``RunPython``."""
    _run(schema_editor.connection, _removals(schema_editor.connection.vendor))


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within it the log can be emptied: only for starting a demonstration or a test database over."""
    _run(connection, _removals(connection.vendor))
    try:
        yield
    finally:
        _run(connection, _statements(connection.vendor))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that ought to be there and are not."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        present = {row[0] for row in cursor.fetchall()}
    wanted = [_name(table, event) for table in TABLES for event in _events(connection.vendor)]
    return [name for name in wanted if name not in present]
