"""Who read what is sealed, and for what purpose; and who read unusually much."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from privacy.history.records import History
from privacy.log.models import AppendOnlyModel
from privacy.sealing.models import RowIdentity


class AccessEvent(RowIdentity, AppendOnlyModel):
    """One reading of sealed fields of one row. ``subject_ref`` is the row id of whose data it is.

    Offices are those of the moment of reading. Events of one request share ``batch_ref``, the row id of the first of
    them, which is the one that the log has a leaf about. Those of confidential cases share the row id of their
    ``ReadingDay``. ``subject_scope`` is a ``Scope``; empty where it was not kept yet.
    """

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_roles = models.JSONField(default=list)
    actor_department = models.CharField(max_length=300, blank=True)
    purpose = models.TextField(_("purpose"))
    typed_reason = models.TextField(_("reason that the reader typed"), blank=True)
    place = models.CharField(_("where"), max_length=200, blank=True)
    record_label = models.CharField(max_length=100)
    record_ref = models.UUIDField(db_index=True)
    subject_ref = models.UUIDField(db_index=True)
    subject_scope = models.CharField(max_length=16, blank=True)
    fields = models.JSONField(_("what was read"))
    batch_ref = models.UUIDField(default=uuid4, db_index=True)
    request_id = models.CharField(max_length=32, blank=True)
    created = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ("-created", "-pk")
        indexes = (models.Index(fields=("actor", "created")),)
        constraints = (models.CheckConstraint(condition=~Q(purpose=""), name="access_event_has_purpose"),)

    def __str__(self) -> str:
        return f"{self.record_label} {self.created:%Y-%m-%d %H:%M}"


class ReadingDay(RowIdentity):
    """All readings of confidential cases on one day, which get one leaf together, on a later day.

    A leaf for each reading would tell the public when a report came, and by their number how much was in it.
    """

    day = models.DateField(default=timezone.localdate)
    is_entered = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("day",), condition=Q(is_entered=False), name="reading_day_one_open"),
        )

    def __str__(self) -> str:
        return f"{self.day}"


class AccessAlert(RowIdentity):
    """Somebody opened more sealed records within an hour than their office should need. One for each hour."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("alert", "Open")
        ACKNOWLEDGED = "acknowledged", _("Looked into")

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reader"))
    actor_roles = models.JSONField(default=list)
    window_start = models.DateTimeField(_("hour"))
    record_count = models.PositiveIntegerField(_("records opened when the alert was raised"))
    threshold = models.PositiveIntegerField(_("threshold"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(_("looked into at"), null=True, blank=True)
    reason = models.TextField(_("what was found"), blank=True)
    created = models.DateTimeField(default=timezone.now)

    history = History()

    class Meta:
        ordering = ("state", "-created")
        constraints = (
            models.UniqueConstraint(fields=("actor", "window_start"), name="access_alert_once_per_hour"),
            models.CheckConstraint(
                condition=Q(state="open", acknowledged_by__isnull=True, reason="")
                | (Q(state="acknowledged", acknowledged_by__isnull=False) & ~Q(reason="")),
                name="access_alert_acknowledged_with_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.actor} {self.window_start:%Y-%m-%d %H:%M}"
