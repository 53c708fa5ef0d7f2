"""The database into one file and back, without the keys: whoever finds that file can open nothing that is sealed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection

from privacy.sealing.models import DataKey

KEYS = DataKey._meta.db_table


class BackupError(Exception):
    """The message says what is missing, or wrong, and where."""


def file_name() -> str:
    return "database.sqlite3" if connection.vendor == "sqlite" else "database.pgdump"


def save_database(target: Path) -> None:
    """A consistent copy, taken while the site goes on working."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(_sqlite_path())) as source:
            source.execute("VACUUM INTO ?", (str(target),))
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute(f"DELETE FROM {KEYS}")  # noqa: S608 - the name of our own table
            copy.commit()
            copy.execute("VACUUM")
        target.chmod(0o600)
        return
    _run(["pg_dump", "--format=custom", f"--exclude-table-data={KEYS}", f"--file={target}"])
    target.chmod(0o600)


def restore_database(source: Path) -> None:
    """Put the copy in the place of what is there. No server and no worker may run meanwhile."""
    if connection.vendor == "sqlite":
        path = _sqlite_path()
        connection.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under SQLite's own locks: whoever has the file open sees the one or the other, never half of each.
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(path, timeout=20)) as present:
            copy.backup(present)
            present.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    connection.close()
    _run(["pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", f"--dbname={_name()}", str(source)])


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _sqlite_path() -> Path:
    return Path(_name())


def _run(command: list[str]) -> None:
    settings: dict[str, Any] = connection.settings_dict
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    # What stands behind the question mark of DATABASE_URL, such as the folder of a socket, is among the options.
    told = {**settings, **{name.upper(): value for name, value in settings.get("OPTIONS", {}).items()}}
    known = {name: str(told[key]) for name, key in given.items() if told.get(key)}
    try:
        # Our own words, and the connection of the settings.
        subprocess.run(command, env={**os.environ, **known}, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise BackupError(f"{command[0]} is not installed here.") from None
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{command[0]} failed: {error.stderr.strip()[-500:]}") from None
