"""The public edition: one number that rises with every write that a page may show.

Every statement that changes a table is noticed on its connection, so nothing has to remember to say so: actions, the
editors' administration, commands, the worker and sockets all count, and a table that nobody thought of counts too.
Only what no page for visitors shows is left out. The number is kept in the database and rises after the commit, in a
statement of its own: no two transactions wait for each other because of it.

A process asks the database once a second. What it changes itself it knows at once; what another process changes it
sees after a second at most.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from cms.open_data.models import PublicEdition
from privacy import statements

SECONDS_BETWEEN_LOOKS = 1.0
CHANGES = re.compile(
    r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM|REPLACE\s+INTO|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|COPY)"
    r"\s+[\"`]?(?P<table>\w+)",
    re.IGNORECASE,
)
# A change that follows on a table made for the statement (WITH ...), or inside a block of statements.
HIDDEN_CHANGES = re.compile(r"\s*(?:WITH|DO|CALL)\b.*\b(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE | re.DOTALL)
# Who signs in and out, work that waits, drafts of imports, the edition itself: no page for visitors shows them. What
# has a history is written in its own table at the same time.
SHOWN_NOWHERE = re.compile(
    r"(?:django_session|django_tasks_\w+|django_migrations|account_\w+|cms_importdraft\w*|cms_datafile"
    r"|cms_publicedition|participation_(?:follow|announcement|preference|letter|notification)"
    r"|privacy_accessevent|privacy_readingday|privacy_datakey|wagtailcore_pagelogentry"
    r"|wagtailcore_modellogentry|wagtailusers_\w+|[a-z]+_historical\w+)$",
    re.IGNORECASE,
)
# Signing in writes when that was.
ONLY_SIGNED_IN = re.compile(r'\s*UPDATE "participation_user" SET "last_login" = \S+ WHERE', re.IGNORECASE)

_lock = threading.Lock()
_rises = 0
_seen: tuple[float, int] | None = None


def known() -> int | None:
    """The edition, where this process has looked less than a second ago and changed nothing since; asks nobody."""
    seen = _seen
    return seen[1] if seen is not None and time.monotonic() - seen[0] < SECONDS_BETWEEN_LOOKS else None


def current() -> int:
    """The edition that pages are made in now."""
    global _seen
    with _lock:
        before = _rises
    if (number := known()) is not None:
        return number
    number = PublicEdition.objects.values_list("number", flat=True).first() or 0
    with _lock:
        # What this process changed in the meantime is not in the number that was read.
        if _rises == before:
            _seen = (time.monotonic(), number)
    return number


def rise() -> None:
    """Say that something public has changed. Outside of transactions only, and without one of its own.

    A statement that was not part of a transaction may still be handing out its rows, and SQLite commits nothing then.
    """
    global _rises, _seen
    if not statements.add(PublicEdition, 1, "number", 1):
        try:
            PublicEdition(pk=1, number=1).save(force_insert=True)
        except IntegrityError:
            statements.add(PublicEdition, 1, "number", 1)
    with _lock:
        _rises += 1
        _seen = None


def changes_public(sql: str) -> bool:
    """Whether a statement may change what a page for visitors shows."""
    if found := CHANGES.match(sql):
        return not SHOWN_NOWHERE.match(found["table"]) and not ONLY_SIGNED_IN.match(sql)
    return bool(HIDDEN_CHANGES.match(sql))


def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Wraps the statements of a connection: the edition rises once after each transaction that changed something."""
    result = execute(sql, params, many, context)
    if settings.PAGE_CACHE_SECONDS and changes_public(sql):
        changed: BaseDatabaseWrapper = context["connection"]
        # A savepoint that is rolled back takes what was asked for inside it off this list.
        if not any(waiting[1] is rise for waiting in changed.run_on_commit):
            transaction.on_commit(rise, using=changed.alias, robust=True)
    return result


def watch_connection(connection: BaseDatabaseWrapper, **details: Any) -> None:
    """Receiver of ``connection_created``."""
    if connection.alias == "default" and watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(watch)
