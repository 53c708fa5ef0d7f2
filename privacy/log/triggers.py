"""The database itself refuses to change or remove what is in the log, and what is known of readings, consents,
processing and the steps of incidents.

A guard against mistakes and stray statements. Whoever owns the database can drop a trigger, and what is changed then
is what the tree and the signed checkpoints are there to show. Leaves that wait for their number are not guarded: they
leave their table when they have one.

Altering one of these tables on SQLite rebuilds it and loses its triggers, a column added to one is not guarded yet, and
one that a trigger looks at cannot be dropped: such a migration runs ``remove`` before and ``install`` after.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = (
    "privacy_logentry",
    "privacy_tile",
    "privacy_checkpoint",
    "privacy_cosignature",
    "privacy_recordedstate",
    "privacy_accessevent",
    "privacy_consent",
    "privacy_noticeversion",
    "privacy_processingrecord",
    "privacy_incidentstep",
)
# The one change that is allowed: whoever is named there may be erased.
ERASABLE = {"privacy_accessevent": "actor_id"}
_MESSAGE = "the log is append-only"
_REFUSE = "privacy_refuse_change"
_REFUSE_BUT_ERASURE = "privacy_refuse_change_of_{}"

# SQLite removes the row in whose place another one is inserted (INSERT OR REPLACE) without a DELETE that triggers see.
_EVENTS = {"sqlite": ("UPDATE", "DELETE", "INSERT"), "postgresql": ("UPDATE", "DELETE", "TRUNCATE")}


@dataclass(frozen=True)
class _Trigger:
    name: str
    table: str
    # As the database itself tells it.
    statement: str


def _name(table: str, event: str) -> str:
    return f"{table}_no_{'replace' if event == 'INSERT' else event.lower()}"


def _events(vendor: str) -> tuple[str, ...]:
    if vendor not in _EVENTS:
        raise NotImplementedError(f"The log has no triggers for {vendor}.")
    return _EVENTS[vendor]


def _functions() -> dict[str, str]:
    """PostgreSQL: the bodies of the functions that triggers call, by name."""
    refuse = f"RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';"
    return {
        _REFUSE: f" BEGIN {refuse} END ",
        **{
            _REFUSE_BUT_ERASURE.format(column): (
                f" DECLARE kept record; BEGIN kept := NEW; kept.{column} := OLD.{column};"
                f" IF NEW.{column} IS NULL AND kept IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF; {refuse} END "
            )
            for column in ERASABLE.values()
        },
    }


def _triggers(connection: BaseDatabaseWrapper) -> list[_Trigger]:
    events = _events(connection.vendor)
    # An early migration installs what there is; a later one, with more tables, installs all again.
    present = set(connection.introspection.table_names())
    found = []
    for table in [name for name in TABLES if name in present]:
        columns, keys = ([], []) if connection.vendor == "postgresql" else _columns_and_keys(connection, table)
        for event in events:
            if connection.vendor == "postgresql":
                statement = _postgresql_statement(table, event)
            else:
                statement = _sqlite_statement(table, event, columns, keys)
            found.append(_Trigger(_name(table, event), table, statement))
    return found


def _postgresql_statement(table: str, event: str) -> str:
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    may_erase = event == "UPDATE" and table in ERASABLE
    function = _REFUSE_BUT_ERASURE.format(ERASABLE[table]) if may_erase else _REFUSE
    return (
        f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
    )


def _sqlite_statement(table: str, event: str, columns: list[str], keys: list[list[str]]) -> str:
    when = ""
    if event == "UPDATE" and table in ERASABLE:
        erased = ERASABLE[table]
        others = [f'NEW."{column}" IS OLD."{column}"' for column in columns if column != erased]
        when = f"WHEN NOT ({' AND '.join([f'NEW.{erased} IS NULL', *others])}) "
    if event == "INSERT":
        same = (" AND ".join(f'"{column}" = NEW."{column}"' for column in key) for key in keys)
        when = "WHEN " + " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {key})" for key in same) + " "  # noqa: S608
    body = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    return f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} {when}{body}"


def _columns_and_keys(connection: BaseDatabaseWrapper, table: str) -> tuple[list[str], list[list[str]]]:
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
        known = connection.introspection.get_constraints(cursor, table)
        cursor.execute(f"PRAGMA index_list({table})")
        # What is unique among some rows only would refuse others that may be there twice.
        partial = {name for _number, name, _unique, _origin, is_partial in cursor.fetchall() if is_partial}
    keys = {
        tuple(part["columns"])
        for name, part in known.items()
        if part["columns"] and (part["primary_key"] or part["unique"]) and name not in partial
    }
    return columns, [list(key) for key in sorted(keys)]


def _statements(connection: BaseDatabaseWrapper) -> list[str]:
    functions = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        for name, body in (_functions().items() if connection.vendor == "postgresql" else ())
    ]
    return [*functions, *(trigger.statement for trigger in _triggers(connection))]


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
    connection = schema_editor.connection
    _run(connection, [*_removals(connection.vendor), *_statements(connection)])


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
        _run(connection, _statements(connection))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that ought to be there and are not, do not fire, or do something else."""
    held = _held_by_postgresql(connection) if connection.vendor == "postgresql" else _held_by_sqlite(connection)
    wanted = {trigger.name: trigger.statement for trigger in _triggers(connection)}
    names = [_name(table, event) for table in TABLES for event in _events(connection.vendor)]
    return [name for name in names if name not in wanted or held.get(name) != wanted[name]]


def _held_by_sqlite(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _held_by_postgresql(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Those that fire for ordinary statements ('O' and 'A') and call a function that does what ours does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true), proname, prosrc"
            " FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE tgenabled IN ('O', 'A') AND tgrelid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)",
            [list(TABLES)],
        )
        rows = cursor.fetchall()
    functions = _functions()
    return {name: statement for name, statement, function, body in rows if functions.get(function) == body}
