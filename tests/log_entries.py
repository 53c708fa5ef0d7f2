"""What tests look at after an action: entries of the log. Actions only fill its outbox."""

from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.log.models import LogEntry, PendingLeaf
from privacy.log.sequencer import sequence_pending
from privacy.log.states import plain


def entries(**filters: Any) -> list[LogEntry]:
    """Give what is pending its numbers; the entries that match, in their order."""
    sequence_pending()
    return list(LogEntry.objects.filter(**filters).order_by("index"))


def entry(**filters: Any) -> LogEntry:
    """The one entry that matches."""
    (found,) = entries(**filters)
    return found


def fill_outbox(count: int) -> list[UUID]:
    """Leaves that wait for their numbers, many at once and without the records they would be about."""
    now = timezone.now()
    waiting = []
    for _ in range(count):
        ref, record_ref = uuid4(), uuid4()
        leaf = {
            "v": 2,
            "kind": LeafKind.FEEDBACK_ACCEPTED.value,
            "ref": ref.hex,
            "time": plain(now),
            "record": {"model": "participation.feedback", "id": str(record_ref)},
            "public": {},
            "commit": {},
            "history": [],
        }
        waiting.append(
            PendingLeaf(
                ref=ref,
                kind=LeafKind.FEEDBACK_ACCEPTED,
                record_label="participation.feedback",
                record_ref=record_ref,
                leaf=canonical(leaf),
                created=now,
            )
        )
    PendingLeaf.objects.bulk_create(waiting, batch_size=1000)
    return [leaf.ref for leaf in waiting]
