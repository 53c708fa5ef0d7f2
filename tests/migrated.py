"""The database that tests start from: migrated once, then copied.

Migrating takes about half a minute, and every process of a run needs a database of its own. The first one migrates and
keeps a copy, named by a digest of what migrations are made of: a file under ``.pytest_cache`` with SQLite, a template
database on the server with PostgreSQL. The others, and the next run, start from that copy.
"""

from __future__ import annotations

import ast
import fcntl
import gc
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db import transaction

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parents[1]
APPS = ("cms", "participation", "privacy", "tests/specimens")
KEPT = ROOT / ".pytest_cache" / "databases"


class Copies(Protocol):
    """Where migrated databases are kept, and how a test database is made from one."""

    def exists(self) -> bool: ...
    def keep(self) -> None:
        """Keep the test database that was just migrated, and nothing older."""

    def start_from(self) -> None:
        """Make the test database a copy of the kept one."""

    def take_back(self) -> None:
        """Every table has the rows again that it had when the test database was new."""

    def remove(self) -> None:
        """Remove the test database; the kept one stays."""


@contextmanager
def test_database(connection: BaseDatabaseWrapper) -> Iterator[Copies]:
    """``connection`` leads to a migrated test database of this process."""
    KEPT.mkdir(parents=True, exist_ok=True)
    copies = (SQLiteCopies if connection.vendor == "sqlite" else PostgreSQLCopies)(connection)
    with (KEPT / f"{connection.vendor}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if copies.exists():
            copies.start_from()
        else:
            # The models of every step refer to one another, and are gone all at once.
            gc.disable()
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            gc.enable()
            copies.keep()
    yield copies
    connection.close()
    copies.remove()


def kept_file() -> Path:
    """Where a migrated SQLite file is, once a test has needed a database."""
    return KEPT / f"{digest()}.sqlite3"


def digest() -> str:
    """Changes with each migration, each module of ours that a migration imports, and each release of a library."""
    migrations = sorted(path for app in APPS for path in (ROOT / app).glob("migrations/*.py"))
    sources = sorted(
        {ROOT / "requirements.lock", *migrations, *(file for path in migrations for file in imported(path))}
    )
    content = hashlib.sha256()
    for path in sources:
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()[:16]


def imported(migration: Path) -> Iterator[Path]:
    """The files of the modules that ``migration`` imports from this project."""
    for node in ast.walk(ast.parse(migration.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if file.is_file():
                yield file


class SQLiteCopies:
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.kept = kept_file()

    def exists(self) -> bool:
        return self.kept.exists()

    def keep(self) -> None:
        unfinished = self.kept.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with self.connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(unfinished)])
        for older in KEPT.glob("*.sqlite3"):
            older.unlink()
        unfinished.rename(self.kept)

    def start_from(self) -> None:
        name = self.connection.settings_dict["TEST"]["NAME"]
        shutil.copyfile(self.kept, name)
        lead_to(self.connection, name)

    def take_back(self) -> None:
        self.connection.ensure_connection()
        with closing(sqlite3.connect(self.kept)) as kept:
            kept.backup(self.connection.connection)

    def remove(self) -> None:
        Path(self.connection.settings_dict["NAME"]).unlink()


class PostgreSQLCopies:
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.kept = f"test_migrated_{digest()}"
        # What COPY says of each table that is not empty in a new test database.
        self.rows: dict[str, bytes] = {}

    def exists(self) -> bool:
        with self.connection.creation._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.kept])
            return cursor.fetchone() is not None

    def keep(self) -> None:
        name = self.connection.settings_dict["NAME"]
        # PostgreSQL copies no database that somebody is connected to.
        self.connection.close()
        with self.connection.creation._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_migrated\\_%%'")
            for (older,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{older}"')
            cursor.execute(f'CREATE DATABASE "{self.kept}" TEMPLATE "{name}"')
        self.remember()

    def start_from(self) -> None:
        name = self.connection.creation._get_test_db_name()
        with self.connection.creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.kept}"')
        lead_to(self.connection, name)
        self.remember()

    def remember(self) -> None:
        with self.connection.cursor() as cursor:
            for table in self.filled(cursor):
                with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                    self.rows[table] = b"".join(copy)

    def filled(self, cursor: Any) -> list[str]:
        tables = sorted(self.connection.introspection.table_names(cursor))
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
        )
        return [table for (table,) in cursor.fetchall()]

    def take_back(self) -> None:
        with transaction.atomic(), self.connection.cursor() as cursor:
            # Neither the guards of the log nor foreign keys are asked.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in self.filled(cursor):
                cursor.execute(f'DELETE FROM "{table}"')
            for table, rows in self.rows.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)

    def remove(self) -> None:
        name = self.connection.settings_dict["NAME"]
        with self.connection.creation._nodb_cursor() as cursor:
            # Threads of a test may have left a connection behind.
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def lead_to(connection: BaseDatabaseWrapper, name: str) -> None:
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name
