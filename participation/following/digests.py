"""Daily and weekly digests, and what else is done now and then. All of it may be done at any time, and twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from participation.following.kinds import Cadence
from participation.following.models import Letter, Notification
from participation.following.telling import BATCH, enqueue_letters, tell_interrupted

# A letter that waits longer was left by a process that ended.
LEFT_AFTER = timedelta(minutes=10)


def due_at(cadence: str, now: datetime) -> datetime:
    """The last moment, not after ``now``, at which digests of this cadence were due: each day, or each Monday."""
    local = timezone.localtime(now)
    due = local.replace(hour=settings.DIGEST_HOUR, minute=0, second=0, microsecond=0)
    if due > local:
        due -= timedelta(days=1)
    return due - timedelta(days=due.weekday()) if cadence == Cadence.WEEKLY else due


def make_digests(now: datetime | None = None) -> int:
    """Write a row for everybody who has a digest to get, and hand them out to be sent. Returns how many are new.

    One row for each person and period: whoever has the row of a period gets no second digest for it, whatever ended in
    between. What arrives later waits for the next period.
    """
    return sum(_make(cadence, due_at(cadence, now or timezone.now())) for cadence in (Cadence.DAILY, Cadence.WEEKLY))


def _make(cadence: str, due: datetime) -> int:
    period = due.date().isoformat()
    of_period = Letter.objects.filter(recipient=OuterRef("recipient"), cadence=cadence, period=period)
    waiting = Notification.objects.filter(cadence=cadence, letter=None, read_at=None, created__lt=due)
    without = waiting.filter(~Exists(of_period)).order_by("recipient").values_list("recipient", flat=True).distinct()
    made, last = 0, 0
    while people := list(without.filter(recipient__gt=last)[:BATCH]):
        with transaction.atomic():
            letters = Letter.objects.bulk_create(
                [Letter(recipient_id=person, cadence=cadence, period=period) for person in people],
                ignore_conflicts=True,
            )
            waiting.filter(recipient__in=people).update(letter=Subquery(of_period.values("pk")[:1]))
        fresh = Letter.objects.filter(recipient__in=people, cadence=cadence, period=period, state=Letter.State.WAITING)
        enqueue_letters(list(fresh.values_list("pk", flat=True)))
        made, last = made + len(letters), people[-1]
    return made


def send_left() -> None:
    """Send what waits for another attempt, or was left waiting."""
    now = timezone.now()
    left = Letter.objects.filter(state=Letter.State.WAITING, try_after__lte=now, created__lt=now - LEFT_AFTER)
    enqueue_letters(list(left.order_by("pk").values_list("pk", flat=True)[:BATCH]))


def look_after_letters() -> None:
    """The regular work of this room."""
    tell_interrupted()
    make_digests()
    send_left()
