"""The database refuses to change or remove an entry; so does Python, earlier."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from privacy.log import triggers
from privacy.log.actions import sign_head
from privacy.log.models import AppendOnlyError, LogEntry
from tests.privacy.log.chain import append

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE privacy_logentry SET leaf = '{}'",
        "DELETE FROM privacy_logentry",
        "UPDATE privacy_signedhead SET size = 5",
        "DELETE FROM privacy_signedhead",
    ],
)
def test_the_database_refuses(sql: str) -> None:
    append(committed={})
    sign_head()
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_postgresql_refuses_truncate() -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        run("TRUNCATE privacy_logentry CASCADE")


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
    append()
    with pytest.raises(AppendOnlyError):
        change()
    assert LogEntry.objects.count() == 1


def test_saving_an_entry_again_is_refused_by_the_database() -> None:
    entry = append()
    entry.leaf = "{}"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.save()


def test_lifted_triggers_come_back() -> None:
    with triggers.lifted(connection):
        assert len(triggers.missing(connection)) >= 4
    assert triggers.missing(connection) == []


def test_they_can_be_installed_again_and_removed() -> None:
    with connection.schema_editor(atomic=False) if connection.vendor == "postgresql" else _Editor() as editor:
        triggers.install(None, editor)
        assert triggers.missing(connection) == []
        triggers.remove(None, editor)
        assert len(triggers.missing(connection)) >= 4
        triggers.install(None, editor)


class _Editor:
    """SQLite's schema editor does not open inside a test's transaction; only its connection is used."""

    def __enter__(self) -> "_Editor":
        self.connection = connection
        return self

    def __exit__(self, *error: object) -> None:
        pass
