"""What the people of the city follow, and what they have been told: here only, so that nobody gets a letter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.utils import timezone

from participation.consultations.queries import consultations_for
from participation.following.actions import follow
from participation.following.kinds import Cadence, Kind
from participation.following.models import Announcement, Notification
from participation.following.subjects import subject_of
from participation.models import Feedback, RectificationTask, User
from portal.demo.city import City

READERS = ("citizen", "social", "enterprise")
FOLLOWED_TASKS = 2
# What is older has been read.
UNREAD = timedelta(days=14)


@transaction.atomic
def load_news(city: City) -> None:
    """The present consultations, two tasks and the newest disclosure for each; of their own input what became of it."""
    for key in READERS:
        person = city.people[key]
        consultations = list(consultations_for(person).order_by("-created")[:2])
        tasks = list(RectificationTask.objects.visible_to(person).order_by("-created", "-pk")[:FOLLOWED_TASKS])
        for record in (city.releases[0], *consultations, *tasks):
            follow(*subject_of(record), acting_user=person)
        for consultation in consultations:
            _tell(person, Kind.CONSULTATION_OPENED, consultation, consultation.created)
        for task in tasks:
            _tell(
                person, Kind.TASK, task, task.verified_at or task.created, "verified" if task.verified_at else "opened"
            )
        own = Feedback.objects.filter(author=person).select_related("answered__answer")
        for feedback in own.filter(answered__isnull=False).order_by("-created", "-pk")[:FOLLOWED_TASKS]:
            _tell(person, Kind.ANSWERED, feedback, feedback.answered.answer.published_at)


def _tell(person: User, kind: str, about: Any, moment: datetime, step: str = "") -> None:
    subject, row_id = subject_of(about)
    announcement, _is_new = Announcement.objects.get_or_create(
        key=uuid5(NAMESPACE_URL, f"demo {kind} {row_id}"),
        defaults={
            "kind": kind,
            "subject": subject,
            "row_id": row_id,
            "words": {"step": step} if step else {},
            "created": moment,
            "told_at": moment,
        },
    )
    read_at = moment + timedelta(hours=3) if moment < timezone.now() - UNREAD else None
    Notification.objects.get_or_create(
        recipient=person,
        announcement=announcement,
        defaults={"cadence": Cadence.HERE, "created": moment, "read_at": read_at},
    )
