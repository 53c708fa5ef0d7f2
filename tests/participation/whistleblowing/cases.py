"""What tests of reports ask of a case, or make of one."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from participation.stakeholders.models import User
from participation.whistleblowing.actions import change_state
from participation.whistleblowing.models import Case
from privacy.log.models import LogEntry, PendingLeaf


def leaves(case: Case) -> list[str]:
    """The kinds of the leaves about a case, oldest first, whether they have their number yet or not."""
    numbered = LogEntry.objects.filter(record_ref=case.row_id).order_by("index").values_list("kind", flat=True)
    waiting = PendingLeaf.objects.filter(record_ref=case.row_id).order_by("pk").values_list("kind", flat=True)
    return [*numbered, *waiting]


def closed(case: Case, officer: User, *, days_ago: int = 0) -> Case:
    found = change_state(case, state="closed", outcome="confirmed", text="已查实。", acting_user=officer)
    day = timezone.localdate() - timedelta(days=days_ago)
    Case.objects.filter(pk=case.pk).update(closed_on=day, keep_until=day + timedelta(days=1095))
    found.refresh_from_db()
    return found


def yesterday(case: Case) -> None:
    case.entries.update(written_on=timezone.localdate() - timedelta(days=1))
