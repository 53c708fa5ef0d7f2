"""Whether this process can serve people now. Quick, and without a word that helps an attacker."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from privacy.log.models import PendingLeaf
from privacy.sealing.checks import faults

logger = logging.getLogger(__name__)
# A leaf is numbered within seconds; one that has waited so long says that nobody numbers them.
LOG_WAITS_SECONDS = 300


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def migrations_are_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def cache_answers() -> bool:
    cache.set("ready", 1, 10)
    return bool(cache.get("ready") == 1)


def keys_open() -> bool:
    return not faults()


def log_is_numbered() -> bool:
    return log_lag_seconds() <= LOG_WAITS_SECONDS


def log_lag_seconds() -> float:
    """How long the first leaf that has no number yet has been waiting; 0 where none waits."""
    first = PendingLeaf.objects.order_by("pk").values_list("created", flat=True).first()
    return max(0.0, (timezone.now() - first).total_seconds()) if first else 0.0


# Whoever balances the load takes a process out of service where one of these fails.
CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "cache": cache_answers,
    "keys": keys_open,
}
# Worth an alarm, and no reason to turn people away.
WARNINGS: dict[str, Callable[[], bool]] = {"log": log_is_numbered}


def outcomes(checks: dict[str, Callable[[], bool]]) -> dict[str, str]:
    """Name of each check -> "ok" or "failed". Why it failed is told to the log of the service only."""
    return {name: "ok" if _holds(name, check) else "failed" for name, check in checks.items()}


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        logger.exception("Not ready: %s", name)
        return False
