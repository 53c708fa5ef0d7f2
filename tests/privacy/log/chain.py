"""Entries to try the log on."""

from typing import Any

from django.db import connection, transaction

from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.log.models import LogEntry
from privacy.log.triggers import lifted
from tests.factories import make_department

BODY = "电梯加装的钱为什么只花了四成？"


def append(record: Any = None, kind: LeafKind = LeafKind.FEEDBACK_SUBMITTED, **parts: Any) -> LogEntry:
    record = record or make_department()
    values = {"public": {"stage": "open"}, "committed": {"body": BODY}, **parts}
    with transaction.atomic():
        return append_leaf(kind, record, **values)


def tamper(sql: str, *parameters: Any) -> None:
    """Change the log as somebody who owns the database could."""
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
