"""How fast somebody may write: an account that is days old slower than one that has been there for a while."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from participation.stakeholders.models import User
from portal.rates import spend


def is_new(person: User) -> bool:
    return timezone.now() - person.date_joined < timedelta(days=settings.NEW_ACCOUNT_DAYS)


def spend_by(kind: str, person: User) -> None:
    """Count one act of ``kind`` by ``person``, of a new account also against the rate ``new_<kind>``.

    Raises ``TooManyRequests``.
    """
    if is_new(person):
        spend(f"new_{kind}", str(person.pk))
    spend(kind, str(person.pk))
