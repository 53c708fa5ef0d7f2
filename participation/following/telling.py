"""From one announcement to everybody whom it concerns, in batches. Done twice, nobody is told twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from participation.following.kinds import DEFAULTS, Cadence
from participation.following.letters import send_letters
from participation.following.models import Announcement, Follow, Letter, Notification, Preference
from participation.following.subjects import found
from participation.stakeholders.models import User

logger = logging.getLogger(__name__)

# People told in one transaction, and letters handed to one task.
BATCH = 1000
LETTERS_AT_ONCE = 100
# An announcement that is older and still not told was interrupted.
INTERRUPTED_AFTER = timedelta(minutes=10)
_is_past: ContextVar[bool] = ContextVar("following_is_past", default=False)


@contextmanager
def of_the_past() -> Iterator[None]:
    """Nobody is told of what is announced within it: records of earlier times are being taken over."""
    token = _is_past.set(True)
    try:
        yield
    finally:
        _is_past.reset(token)


def is_of_the_past() -> bool:
    return _is_past.get()


@task()
def tell(announcement: int) -> int:
    """Tell everybody whom the announcement with this primary key concerns. Returns how many people were looked at."""
    told = Announcement.objects.filter(pk=announcement, told_at=None).first()
    if told is None:
        return 0
    number = 0
    for people in _concerned(told):
        _tell_batch(told, people)
        number += len(people)
    told.told_at, told.people, told.followed = timezone.now(), [], []
    told.save(update_fields=["told_at", "people", "followed"])
    return number


def tell_interrupted() -> None:
    """Tell what a process that ended left untold."""
    late = Announcement.objects.filter(told_at=None, created__lt=timezone.now() - INTERRUPTED_AFTER)
    for number in late.values_list("pk", flat=True)[:BATCH]:
        tell.enqueue(number)


def _concerned(told: Announcement) -> Iterator[list[int]]:
    """Primary keys in batches. Followers only of what everybody may see: what is hidden, or a draft, is not theirs."""
    for start in range(0, len(told.people), BATCH):
        yield told.people[start : start + BATCH]
    if not told.followed or told.row_id not in found(told.subject, [told.row_id], AnonymousUser()):
        return
    records = Q()
    for subject, row_id in told.followed:
        records |= Q(subject=subject, row_id=row_id)
    followers = Follow.objects.filter(records).order_by("person").values_list("person", flat=True).distinct()
    last = 0
    while batch := list(followers.filter(person__gt=last)[:BATCH]):
        yield batch
        last = batch[-1]


def _tell_batch(told: Announcement, people: list[int]) -> None:
    with transaction.atomic():
        active = dict(
            User.objects.filter(pk__in=set(people) - {told.by_id}, is_active=True).values_list("pk", "takes_mail")
        )
        preferences = Preference.objects.filter(person__in=people, kind=told.kind)
        chosen: dict[int, str] = dict(preferences.values_list("person", "cadence"))
        cadences = {person: _cadence(chosen.get(person, DEFAULTS[told.kind]), mail) for person, mail in active.items()}
        Notification.objects.bulk_create(
            (
                Notification(recipient_id=person, announcement=told, cadence=cadence)
                for person, cadence in cadences.items()
                if cadence != Cadence.NEVER
            ),
            ignore_conflicts=True,
        )
        Letter.objects.bulk_create(
            (
                Letter(recipient_id=person, cadence=cadence, period=str(told.pk), announcement=told)
                for person, cadence in cadences.items()
                if cadence == Cadence.INSTANTLY
            ),
            ignore_conflicts=True,
        )
        waiting = told.letters.filter(recipient__in=people, state=Letter.State.WAITING)
        letters = list(waiting.values_list("pk", flat=True))
        transaction.on_commit(lambda: enqueue_letters(letters), robust=True)


def _cadence(chosen: str, takes_mail: bool) -> str:
    """Without an agreement to letters, news stands on the page only."""
    return chosen if takes_mail or chosen == Cadence.NEVER else Cadence.HERE


def enqueue_letters(letters: list[int]) -> None:
    for start in range(0, len(letters), LETTERS_AT_ONCE):
        send_letters.enqueue(letters[start : start + LETTERS_AT_ONCE])
