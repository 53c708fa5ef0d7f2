"""What was taken away because it had been kept for long enough."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.sealing.models import RowIdentity


class RetentionRun(RowIdentity):
    """One run that found something past its time. ``counts`` is rows by retention key. Nobody's name is in it."""

    began = models.DateTimeField(_("when"), default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    counts = models.JSONField(_("what was taken away"), default=dict)

    class Meta:
        ordering = ("-began", "-pk")

    def __str__(self) -> str:
        return f"{self.began:%Y-%m-%d %H:%M}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())
