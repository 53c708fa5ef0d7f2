"""Takes what was deleted out of the files of the database as well: free pages, and the journal beside it."""

from __future__ import annotations

import logging

from django.db import OperationalError, connection
from django.utils import timezone

from privacy.rights.erasing.models import Erasure

logger = logging.getLogger(__name__)


def scrub_erased() -> bool:
    """Scrub the database if something was erased since it was scrubbed last; whether nothing is left to do.

    Only SQLite is scrubbed by itself. On PostgreSQL dead rows stay in its files until they are written over; see
    docs/operations.md.
    """
    waiting = Erasure.objects.filter(state=Erasure.State.DONE, scrubbed_at__isnull=True)
    found = list(waiting.values_list("pk", flat=True))
    if not found:
        return True
    if connection.vendor != "sqlite" or connection.in_atomic_block or not scrub_sqlite():
        return False
    Erasure.objects.filter(pk__in=found).update(scrubbed_at=timezone.now())
    return True


def scrub_sqlite() -> bool:
    """Write the file anew without its free pages and empty the journal. False while somebody else reads: try again."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("PRAGMA secure_delete = ON")
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (is_busy, *_pages) = cursor.fetchone()
        except OperationalError as error:
            logger.info("The database is not scrubbed yet: %s", error)
            return False
    return not is_busy


def scrub_postgresql() -> None:
    """Write every table anew without its dead rows. Each is locked meanwhile: for quiet hours."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (FULL)")
    Erasure.objects.filter(state=Erasure.State.DONE, scrubbed_at__isnull=True).update(scrubbed_at=timezone.now())
