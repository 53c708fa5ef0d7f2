"""The database refuses to change or remove what is in the log; so does Python, earlier."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from privacy.access.models import AccessEvent
from privacy.log import triggers
from privacy.log.models import AppendOnlyError, LogEntry, PendingLeaf
from tests.factories import make_feedback, make_user
from tests.log_entries import entries
from tests.privacy.log.written import wait_for_number, write, write_many

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE privacy_logentry SET leaf = '{}'",
        "DELETE FROM privacy_logentry",
        "UPDATE privacy_tile SET number = 5",
        "DELETE FROM privacy_tile",
        "UPDATE privacy_checkpoint SET size = 5",
        "DELETE FROM privacy_checkpoint",
        "UPDATE privacy_recordedstate SET row_pk = 5",
        "DELETE FROM privacy_recordedstate",
    ],
)
def test_the_database_refuses(sql: str) -> None:
    make_feedback()
    write_many(256)
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql)


def test_every_table_of_the_log_that_only_grows_is_guarded() -> None:
    assert triggers.TABLES == (
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
    assert triggers.missing(connection) == []


@pytest.mark.parametrize("table", triggers.TABLES)
def test_postgresql_refuses_truncate(table: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"TRUNCATE {table} CASCADE")


def test_a_leaf_that_waits_leaves_its_table_when_it_has_its_number() -> None:
    wait_for_number()
    assert len(entries()) == 1
    assert not PendingLeaf.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda: LogEntry.objects.update(leaf="{}"),
        lambda: LogEntry.objects.all().delete(),
        lambda: LogEntry.objects.get().delete(),
        lambda: LogEntry.objects.bulk_update([LogEntry.objects.get()], ["leaf"]),
    ],
)
def test_python_refuses(change: Callable[[], object]) -> None:
    write()
    with pytest.raises(AppendOnlyError):
        change()
    assert LogEntry.objects.count() == 1


def test_saving_an_entry_again_is_refused_by_the_database() -> None:
    entry = write()
    entry.leaf = "{}"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.save()


def test_lifted_triggers_come_back() -> None:
    with triggers.lifted(connection):
        assert len(triggers.missing(connection)) >= 10
    assert triggers.missing(connection) == []


def test_they_can_be_installed_again_and_removed() -> None:
    with connection.schema_editor(atomic=False) if connection.vendor == "postgresql" else _Editor() as editor:
        triggers.install(None, editor)
        assert triggers.missing(connection) == []
        triggers.remove(None, editor)
        assert len(triggers.missing(connection)) >= 10
        triggers.install(None, editor)


class _Editor:
    """SQLite's schema editor does not open inside a test's transaction; only its connection is used."""

    def __enter__(self) -> "_Editor":
        self.connection = connection
        return self

    def __exit__(self, *error: object) -> None:
        pass


# Rows put in the place of others ---------------------------------------------------------------


def replace_row(table: str, **changes: Any) -> None:
    """Insert the first row of ``table`` once more, with ``changes``, in its own place."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1 LIMIT 1")
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True)) | changes
    kept = {name: value for name, value in row.items() if value is not ...}
    columns, places = ", ".join(f'"{name}"' for name in kept), ", ".join(["%s"] * len(kept))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})", list(kept.values()))


@pytest.fixture
def reading() -> AccessEvent:
    created: AccessEvent = AccessEvent.objects.create(
        actor=make_user(),
        purpose="call back",
        record_label="x.y",
        record_ref=UUID(int=1),
        subject_ref=UUID(int=1),
        fields=["phone"],
    )
    return created


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("privacy_logentry", {"leaf": "{}", "ref": "f" * 32}),
        ("privacy_logentry", {"leaf": "{}", "index": 5000}),
        ("privacy_tile", {"root": b"x" * 32, "level": 3}),
        ("privacy_tile", {"root": b"x" * 32, "id": ...}),
        ("privacy_checkpoint", {"root": "x", "size": 3}),
        ("privacy_checkpoint", {"root": "x", "id": ...}),
        ("privacy_recordedstate", {"row_pk": 70_000}),
        ("privacy_recordedstate", {"id": ..., "columns": "[]"}),
        ("privacy_accessevent", {"row_id": "f" * 32}),
        ("privacy_accessevent", {"id": ..., "purpose": "another"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_sqlite_refuses_to_replace_a_row(
    table: str, changes: dict[str, Any], recursive: str, reading: AccessEvent
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    make_feedback()
    write_many(256)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA recursive_triggers={recursive}")
        with pytest.raises(DatabaseError, match="append-only"):
            replace_row(table, **changes)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=ON")


def test_on_sqlite_what_is_replaced_counts_as_deleted() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a setting of SQLite")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        assert cursor.fetchone() == (1,)


# Readings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE privacy_accessevent SET purpose = 'another'",
        "UPDATE privacy_accessevent SET actor_id = NULL, purpose = 'another'",
        "UPDATE privacy_accessevent SET actor_id = NULL, id = id + 1",
        "UPDATE privacy_accessevent SET fields = '[]'",
        "UPDATE privacy_accessevent SET actor_id = actor_id + 1",
        "DELETE FROM privacy_accessevent",
    ],
)
def test_a_reading_cannot_be_changed_or_removed(reading: AccessEvent, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql)


def test_the_reader_of_a_reading_can_be_erased(reading: AccessEvent) -> None:
    run("UPDATE privacy_accessevent SET actor_id = NULL")
    reading.refresh_from_db()
    assert (reading.actor, reading.purpose) == (None, "call back")


def test_readings_can_be_emptied_while_the_triggers_are_lifted(reading: AccessEvent) -> None:
    with triggers.lifted(connection):
        run("DELETE FROM privacy_accessevent")
    assert not AccessEvent.objects.exists()


# What is missing -------------------------------------------------------------------------------


def swapped(name: str, table: str, statement: str) -> None:
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    run(f"DROP TRIGGER {name}{on_table}")
    run(statement)


def test_a_trigger_of_the_right_name_that_does_nothing_is_missing() -> None:
    name = "privacy_logentry_no_update"
    body = (
        "FOR EACH ROW WHEN (false) EXECUTE FUNCTION privacy_refuse_change()"
        if connection.vendor == "postgresql"
        else "BEGIN SELECT 1; END"
    )
    swapped(name, "privacy_logentry", f"CREATE TRIGGER {name} BEFORE UPDATE ON privacy_logentry {body}")
    assert triggers.missing(connection) == [name]


@pytest.mark.parametrize("state", ["DISABLE", "ENABLE REPLICA"])
def test_a_trigger_that_does_not_fire_is_missing(state: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's triggers cannot be switched off")
    run(f"ALTER TABLE privacy_tile {state} TRIGGER privacy_tile_no_delete")
    assert triggers.missing(connection) == ["privacy_tile_no_delete"]


def test_a_trigger_that_always_fires_is_there() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's triggers cannot be switched off")
    run("ALTER TABLE privacy_tile ENABLE ALWAYS TRIGGER privacy_tile_no_delete")
    assert triggers.missing(connection) == []


def test_triggers_whose_function_does_nothing_are_missing() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's triggers call no function")
    run(
        "CREATE OR REPLACE FUNCTION privacy_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NEW; END $$"
    )
    assert "privacy_logentry_no_update" in triggers.missing(connection)
