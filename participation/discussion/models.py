"""The discussion room of a consultation: a numbered sequence of events, of which sockets are only a hint."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation
from participation.stakeholders.models import Organisation, StakeholderGroup
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity


class Room(RowIdentity):
    consultation = models.OneToOneField(Consultation, models.PROTECT, related_name="room")
    last_seq = models.PositiveBigIntegerField(default=0)
    # A new epoch tells clients that sequence numbers they remember no longer count.
    epoch = models.UUIDField(default=uuid.uuid4)
    is_locked = models.BooleanField(_("locked"), default=False)

    def __str__(self) -> str:
        return str(self.consultation)


class Event(RowIdentity):
    """One thing that happened in a room. ``seq`` has no gaps within a room."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        HIDE = "hide", _("Hidden")
        RESTORE = "restore", _("Restored")

    room = models.ForeignKey(Room, models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stakeholder_group = models.CharField(max_length=24, choices=StakeholderGroup, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    client_id = models.UUIDField(null=True)
    target_seq = models.PositiveBigIntegerField(null=True)
    body = models.TextField(blank=True)
    is_hidden = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)

    history = History()

    class Meta:
        ordering = ("room", "seq")
        constraints = (
            models.UniqueConstraint(fields=("room", "seq"), name="event_seq_once"),
            models.UniqueConstraint(fields=("room", "actor", "client_id"), name="event_client_id_once"),
            models.CheckConstraint(
                condition=Q(kind="message", target_seq__isnull=True)
                | (~Q(kind="message") & Q(target_seq__isnull=False)),
                name="event_target_of_moderation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.room} #{self.seq}"

    def sealing_subject(self) -> Subject:
        return self.actor.sealing_subject()
