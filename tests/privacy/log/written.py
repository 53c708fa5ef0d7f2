"""Entries as they come to be in service: appended with a change, then numbered and signed."""

from typing import Any

from django.db import connection, transaction

from privacy.log import sequencer
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.log.models import LogEntry, PendingLeaf
from privacy.log.triggers import lifted
from tests.factories import make_department

# A forged value for each column of an entry that repeats what its leaf says, as both databases read it.
COPIED = {
    "ref": "00000000000040008000000000000000",
    "kind": "task.verified",
    "record_label": "cms.programme",
    "record_ref": "00000000000040008000000000000000",
    "created": "2001-01-01 00:00:00+00:00",
}
REASON = "电梯加装的钱为什么只花了四成？"


def wait_for_number(record: Any = None) -> PendingLeaf:
    """A leaf that the sequencer has not seen yet."""
    with transaction.atomic():
        return append_leaf(
            LeafKind.FEEDBACK_HIDDEN, record or make_department(), public={"rule": 1}, committed={"reason": REASON}
        )


def write(record: Any = None) -> LogEntry:
    """A leaf with its number, under a signed checkpoint."""
    waiting = wait_for_number(record)
    sequencer.sequence_once()
    return LogEntry.objects.get(ref=waiting.ref)


def write_many(count: int) -> None:
    department = make_department()
    with transaction.atomic():
        for _ in range(count):
            append_leaf(LeafKind.FEEDBACK_ACCEPTED, department, public={}, committed={})
    sequencer.sequence_once()


def tamper(sql: str, *parameters: Any) -> None:
    """Change the log as somebody who owns the database could."""
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
