"""Who read what is sealed, and for what purpose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.log.models import AppendOnlyModel
from privacy.sealing.models import RowIdentity


class AccessEvent(RowIdentity, AppendOnlyModel):
    """One reading of sealed fields of one row. ``subject_ref`` is the row id of whose data it is."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    purpose = models.TextField(_("purpose"))
    record_label = models.CharField(max_length=100)
    record_ref = models.UUIDField(db_index=True)
    subject_ref = models.UUIDField(db_index=True)
    fields = models.JSONField(_("what was read"))
    request_id = models.CharField(max_length=32, blank=True)
    created = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ("-created", "-pk")
        constraints = (models.CheckConstraint(condition=~Q(purpose=""), name="access_event_has_purpose"),)

    def __str__(self) -> str:
        return f"{self.record_label} {self.created:%Y-%m-%d %H:%M}"
