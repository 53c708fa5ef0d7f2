"""A database as it was at an earlier migration: one in memory, in a thread of its own, beside the one of the tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

Name = tuple[str, str]


class Earlier:
    """What a test does there: migrate, and look at the models as they were or are by then."""

    def __init__(self, connection: DatabaseWrapper) -> None:
        self.connection = connection

    def migrate(self, *names: Name) -> Any:
        """Apply what is missing up to these; the models of that moment."""
        executor = MigrationExecutor(self.connection)
        return executor.migrate(list(names)).apps

    def pretend(self, names: list[Name], tables: list[str]) -> Any:
        """As if everything up to these was applied, with the tables of these models only: migrating all takes long."""
        executor = MigrationExecutor(self.connection)
        # In an empty database the steps that were folded into one since would not be known by their names.
        executor.loader.replace_migrations = False
        executor.loader.build_graph()
        apps = executor.loader.project_state(names).apps
        with self.connection.schema_editor() as editor:
            for label in tables:
                editor.create_model(apps.get_model(label))
        executor.recorder.ensure_schema()
        for migration, _backwards in executor.migration_plan(names):
            # One that stands for several counts as applied when they all are.
            for app_label, name in [*migration.replaces, (migration.app_label, migration.name)]:
                executor.recorder.record_applied(app_label, name)
        return apps


def in_earlier_database(work: Callable[[Earlier], None]) -> None:
    """Run ``work`` with such a database as the default one. What it raises is raised here."""
    raised: list[BaseException] = []
    described = {**connections[DEFAULT_DB_ALIAS].settings_dict, "NAME": ":memory:"}
    described["ENGINE"], described["OPTIONS"] = "django.db.backends.sqlite3", {}

    def run() -> None:
        # Connections belong to a thread: those of the tests are not touched.
        connection = DatabaseWrapper(described, DEFAULT_DB_ALIAS)
        connections[DEFAULT_DB_ALIAS] = connection
        try:
            work(Earlier(connection))
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
