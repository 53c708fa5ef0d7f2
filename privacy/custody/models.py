"""What was done with the keys: when they were wrapped anew, and when values were sealed anew."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.sealing.models import RowIdentity


class KeyOperation(RowIdentity):
    """One run of ``privacy_rewrap``, ``privacy_reseal`` or ``privacy_reindex``. Without ``finished`` it is running, or
    was interrupted.

    ``keys`` counts data keys, of ``privacy_reindex`` new index roots; ``values`` what was sealed or indexed anew with
    them. Neither says whose they are.
    """

    class Kind(models.TextChoices):
        REWRAP = "rewrap", _("Data keys wrapped anew")
        RESEAL = "reseal", _("Values sealed anew")
        REINDEX = "reindex", _("Blind indexes made anew")

    kind = models.CharField(max_length=8, choices=Kind)
    began = models.DateTimeField(default=timezone.now)
    finished = models.DateTimeField(null=True, blank=True)
    keys = models.PositiveBigIntegerField(default=0)
    values = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-began",)
        constraints = (
            models.CheckConstraint(
                condition=Q(finished__isnull=True) | Q(finished__gte=F("began")),
                name="key_operation_ends_after_it_began",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.began:%Y-%m-%d %H:%M}"
