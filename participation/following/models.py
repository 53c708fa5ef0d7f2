"""Who follows what, what they are told, and the letters that carry it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.following.kinds import Cadence, Kind
from participation.following.subjects import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class FollowQuerySet(models.QuerySet["Follow"]):
    def visible_to(self, user: User | AnonymousUser) -> FollowQuerySet:
        """What somebody follows is nobody else's business."""
        return self.filter(person=user) if user.is_authenticated else self.none()


class Follow(models.Model):
    """A person wants to be told what happens to a record. ``row_id`` is the number of the record."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    subject = models.CharField(max_length=16, choices=Subject)
    row_id = models.UUIDField()
    since = models.DateTimeField(default=timezone.now)

    objects = FollowQuerySet.as_manager()

    class Meta:
        ordering = ("-since", "-pk")
        constraints = (models.UniqueConstraint(fields=("person", "subject", "row_id"), name="follow_once"),)
        # Walked by person, in batches.
        indexes = (models.Index(fields=("subject", "row_id", "person"), name="follow_by_record"),)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.subject} {self.row_id}"


class Announcement(models.Model):
    """Something happened. Kept with the change itself, and told to people afterwards: nothing is lost in between.

    ``words`` holds what the sentence needs beside the name of the record; it holds nothing that anybody wrote.
    """

    # The same key announced again is the same announcement.
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=24, choices=Kind)
    subject = models.CharField(max_length=16, choices=Subject)
    row_id = models.UUIDField()
    words = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(default=timezone.now)
    # Whom to tell: people by primary key, and followers of these records; emptied when it is done.
    people = models.JSONField(default=list)
    followed = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("created",), condition=Q(told_at=None), name="announcement_untold"),)

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject} {self.row_id}"


class Preference(models.Model):
    """How often a person wants to be told of one kind. Without a row, ``kinds.DEFAULTS`` says."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences")
    kind = models.CharField(max_length=24, choices=Kind)
    cadence = models.CharField(max_length=10, choices=Cadence)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "kind"), name="preference_once"),)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.kind} {self.cadence}"


class Letter(RowIdentity):
    """One e-mail to one person: at once about one announcement, or the digest of a period. Its row comes before it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        # A process that ends in this state leaves it for good: nobody knows whether the letter went out.
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        # Nothing to say any more, or not wanted any more.
        DROPPED = "dropped", _("Dropped")
        # The day had its letters: it goes into the digest.
        POSTPONED = "postponed", _("Left to the digest")
        FAILED = "failed", _("Failed")

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="letters")
    cadence = models.CharField(max_length=10, choices=Cadence)
    # Of a digest the day that it was due; otherwise the number of the announcement.
    period = models.CharField(max_length=20)
    announcement = models.ForeignKey(Announcement, models.CASCADE, null=True, related_name="letters")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_after = models.DateTimeField(default=timezone.now)
    created = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("recipient", "cadence", "period"), name="letter_once"),)
        indexes = (
            models.Index(fields=("try_after",), condition=Q(state="waiting"), name="letter_waiting"),
            models.Index(fields=("recipient", "sent_at"), name="letter_sent"),
        )

    def __str__(self) -> str:
        return f"{self.recipient_id}: {self.cadence} {self.period}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User | AnonymousUser) -> NotificationQuerySet:
        return self.filter(recipient=user) if user.is_authenticated else self.none()

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(RowIdentity):
    """That one person is told of one announcement."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="notifications")
    cadence = models.CharField(max_length=10, choices=Cadence)
    # The digest that it went into.
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, related_name="notifications")
    created = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects: Any = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("recipient", "announcement"), name="notification_once"),)
        indexes = (
            models.Index(fields=("recipient",), condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=("cadence", "recipient"), condition=Q(letter=None), name="notification_for_digest"),
        )

    def __str__(self) -> str:
        return f"{self.recipient_id}: {self.announcement_id}"
