"""An export of what is held about a person or an organisation, while it is made and until it expires."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from privacy.sealing.files import SealedFileField
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import RowIdentity


class ExportJob(RowIdentity):
    """One export. The file is sealed under the key of its subject, and goes when ``expires_at`` has passed.

    ``done`` and ``total`` count rows. A link works once, until ``link_until``, in the session that asked for it: only
    digests of both are kept (SHA-256, hexadecimal).
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("export", "Waiting")
        RUNNING = "running", pgettext_lazy("export", "Being made")
        READY = "ready", pgettext_lazy("export", "Ready")
        FAILED = "failed", pgettext_lazy("export", "Failed")
        EXPIRED = "expired", pgettext_lazy("export", "Expired")

    UNDER_WAY = (State.WAITING, State.RUNNING)

    subject_scope = models.CharField(max_length=16, choices=Scope)
    subject_ref = models.UUIDField(db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    language = models.CharField(max_length=10)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    file = SealedFileField(_("file"), blank=True)
    created = models.DateTimeField(_("asked for"), default=timezone.now)
    ready_at = models.DateTimeField(_("ready since"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    link_digest = models.CharField(max_length=64, blank=True)
    link_session = models.CharField(max_length=64, blank=True)
    link_until = models.DateTimeField(null=True, blank=True)
    link_used_at = models.DateTimeField(null=True, blank=True)
    fetched = models.PositiveIntegerField(_("times fetched"), default=0)

    class Meta:
        verbose_name = _("export of your data")
        verbose_name_plural = _("exports of your data")
        ordering = ("-created", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("subject_ref",), condition=Q(state__in=("waiting", "running")), name="export_one_under_way"
            ),
            models.UniqueConstraint(fields=("link_digest",), condition=~Q(link_digest=""), name="export_link_once"),
        )

    def __str__(self) -> str:
        return f"{self.created:%Y-%m-%d %H:%M} ({self.state})"

    def sealing_subject(self) -> Subject:
        return Subject(self.subject_scope, self.subject_ref)

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def percent(self) -> int:
        """How far it has come, in whole percent."""
        return min(99, 100 * self.done // self.total) if self.total else 0
