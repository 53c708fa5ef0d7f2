"""What the tests of following share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.core import mail

from participation.following.actions import follow
from participation.following.models import Notification
from participation.following.queries import in_words
from participation.following.subjects import subject_of
from participation.stakeholders.models import User
from tests.factories import make_user

Committing = Callable[..., AbstractContextManager[list[Any]]]


def make_follower(*records: Any, **fields: Any) -> User:
    user = make_user(**fields)
    for record in records:
        follow(*subject_of(record), acting_user=user)
    return user


def told(user: User) -> list[tuple[str, str]]:
    """(kind, step) of everything that ``user`` was told, the first one first."""
    rows = Notification.objects.visible_to(user).select_related("announcement").order_by("pk")
    return [(row.announcement.kind, row.announcement.words.get("step", "")) for row in rows]


def sentences(user: User) -> list[str]:
    rows = Notification.objects.visible_to(user).select_related("announcement").order_by("pk")
    return [row.sentence for row in in_words(rows, user)]


def mails_to(user: User) -> list[mail.EmailMultiAlternatives]:
    return [message for message in mail.outbox if message.to == [user.email]]  # type: ignore[misc]


@contextmanager
def committed(capture: Committing) -> Iterator[None]:
    """What is done inside is followed by what comes after its commit."""
    with capture(execute=True):
        yield
