"""Reports of wrongdoing (举报). What anybody wrote is sealed under the key of the case; no row says who wrote it.

No model here keeps a history, and days are kept instead of moments: both would tell when somebody sat down to report.
What the integrity officers did stands in the thread, with their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from participation.stakeholders.models import Role
from privacy.sealing.fields import SealedJSONField, SealedTextField
from privacy.sealing.files import SealedFileField
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User | AnonymousUser) -> CaseQuerySet:
        """Integrity officers, but for the cases that they have stepped back from. Nobody else, whatever the office."""
        if not user.is_authenticated or not user.has_role(Role.INTEGRITY):
            return self.none()
        return self.exclude(recusals__officer=user)


class Case(RowIdentity):
    """One report and all that is written about it. Known to the reporter by its code, of which a keyed hash is kept."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        REVIEW = "review", _("Being looked into")
        CLOSED = "closed", pgettext_lazy("case", "Closed")
        DESTROYED = "destroyed", _("Destroyed")

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed: it will be put right")
        PARTLY = "partly", _("Confirmed in part")
        NOT_CONFIRMED = "not_confirmed", _("Not confirmed")
        REFERRED = "referred", _("Passed on to the authority in charge")

    code_digest = models.BinaryField(max_length=32, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome, blank=True)
    last_number = models.PositiveIntegerField(default=0)

    place_and_time = SealedTextField(_("where and when"), null=True, blank=True, needs_reason=True)
    department_ref = SealedTextField(_("department"), null=True, blank=True, needs_reason=True)
    item = SealedTextField(_("programme or budget line"), null=True, blank=True, needs_reason=True)
    contact = SealedTextField(_("contact"), null=True, blank=True, needs_reason=True)

    received_on = models.DateField(_("received"), default=timezone.localdate)
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    # Fixed when the case is closed: a rule that is changed later does not shorten or lengthen it.
    keep_until = models.DateField(_("kept until"), null=True, blank=True)
    destroyed_on = models.DateField(_("destroyed"), null=True, blank=True)
    destroyed_reason = models.CharField(_("why it was destroyed"), max_length=200, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("confidential report")
        verbose_name_plural = _("confidential reports")
        ordering = ("received_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("received", "review"), outcome="", keep_until__isnull=True)
                | (Q(state__in=("closed", "destroyed"), keep_until__isnull=False) & ~Q(outcome="")),
                name="case_closed_with_outcome",
            ),
        )

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("participation:whistleblowing:opened", args=[self.row_id])

    def sealing_subject(self) -> Subject:
        return Subject(Scope.CASE, self.row_id)

    @property
    def reference(self) -> str:
        return f"W-{self.received_on.year}-{self.pk:04d}"

    @property
    def age_in_days(self) -> int:
        return (timezone.localdate() - self.received_on).days

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.RECEIVED, self.State.REVIEW)

    @property
    def is_destroyed(self) -> bool:
        return self.state == self.State.DESTROYED

    @property
    def may_be_destroyed(self) -> bool:
        return (
            self.state == self.State.CLOSED and self.keep_until is not None and self.keep_until <= timezone.localdate()
        )


class CaseEntry(RowIdentity):
    """One step of the two-way thread; the first is the report itself. ``number`` has no gaps within a case."""

    class Side(models.TextChoices):
        REPORTER = "reporter", _("Reporter")
        OFFICER = "officer", _("Integrity officer")

    case = models.ForeignKey(Case, models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField()
    side = models.CharField(max_length=8, choices=Side)
    # Of the officer's entries only. Nothing points from an entry to the person who reported.
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = SealedTextField(_("text"), needs_reason=True)
    new_state = models.CharField(max_length=10, choices=Case.State, blank=True)
    # The form's own mark, random: sent twice, it is stored once.
    client_id = models.UUIDField(null=True, editable=False)
    written_on = models.DateField(default=timezone.localdate)
    is_logged = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("entry in a confidential report")
        verbose_name_plural = _("entries in confidential reports")
        ordering = ("case", "number")
        constraints = (
            models.UniqueConstraint(fields=("case", "number"), name="case_entry_number_once"),
            models.UniqueConstraint(fields=("case", "client_id"), name="case_entry_client_id_once"),
            models.CheckConstraint(
                condition=Q(side="reporter", officer__isnull=True) | Q(side="officer", officer__isnull=False),
                name="case_entry_reporter_is_nobody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} #{self.number}"

    def sealing_subject(self) -> Subject:
        return self.case.sealing_subject()

    @property
    def is_reporter(self) -> bool:
        return self.side == self.Side.REPORTER


class CaseFile(RowIdentity):
    """A file that came with an entry, exactly as it was sent."""

    entry = models.ForeignKey(CaseEntry, models.PROTECT, related_name="files")
    content = SealedFileField(_("file"), details_field="details", needs_reason=True, blank=True)
    details = SealedJSONField(null=True, blank=True, needs_reason=True)

    class Meta:
        verbose_name = _("file of a confidential report")
        verbose_name_plural = _("files of confidential reports")
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.row_id)

    def sealing_subject(self) -> Subject:
        return self.entry.sealing_subject()


class Recusal(RowIdentity):
    """An integrity officer who has stepped back from a case (回避), and from then on cannot see it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="recusals")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = SealedTextField(_("reason"), needs_reason=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("recusal")
        verbose_name_plural = _("recusals")
        ordering = ("created",)
        constraints = (models.UniqueConstraint(fields=("case", "officer"), name="recusal_once"),)

    def __str__(self) -> str:
        return f"{self.case}: {self.officer}"

    def sealing_subject(self) -> Subject:
        return self.case.sealing_subject()
