"""How fast ten thousand followers of one consultation are told, and how long the digest of a hundred people takes."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.utils import timezone

from participation.following.actions import announce
from participation.following.digests import make_digests
from participation.following.kinds import Kind
from participation.following.models import Follow, Notification
from participation.following.subjects import subject_of
from participation.stakeholders.models import User
from tests.factories import make_consultation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
FOLLOWERS = 10_000
LETTERS = 100


def told(capsys: pytest.CaptureFixture[str], name: str, **figures: Any) -> None:
    with capsys.disabled():
        print("\n" + json.dumps({"bench": name, "database": connection.vendor, **figures}))


def test_people_told_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    consultation = make_consultation()
    people = User.objects.bulk_create(
        User(email=f"follower{number}@example.org", display_name=f"Follower {number}") for number in range(FOLLOWERS)
    )
    subject, row_id = subject_of(consultation)
    Follow.objects.bulk_create(Follow(person=person, subject=subject, row_id=row_id) for person in people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people[:LETTERS]
    )
    started = time.perf_counter()
    # Told as soon as the transaction has ended.
    announce(Kind.CONSULTATION_CHANGED, consultation)
    seconds = time.perf_counter() - started
    assert Notification.objects.count() == FOLLOWERS
    told(capsys, "telling", followers=FOLLOWERS, seconds=round(seconds, 2), a_second=round(FOLLOWERS / seconds))
    Notification.objects.filter(recipient__in=[person.pk for person in people[LETTERS:]]).delete()
    Notification.objects.update(created=timezone.now() - timedelta(days=2))
    started = time.perf_counter()
    assert make_digests() == LETTERS
    seconds = time.perf_counter() - started
    assert len(mail.outbox) == LETTERS
    told(capsys, "digests", letters=LETTERS, seconds=round(seconds, 2), letters_per_second=round(LETTERS / seconds))
