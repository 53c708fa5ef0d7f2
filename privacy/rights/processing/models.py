"""The record of processing, and assessments of what a use of personal data does to people (PIPL art. 55 and 56).

What is held, why and for how long is read from the declarations of the rooms; here stands what only a person can say.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from privacy.history.directory import directory
from privacy.history.records import History
from privacy.log.models import AppendOnlyModel, AppendOnlyQuerySet
from privacy.rights.purposes import Purpose
from privacy.sealing.models import RowIdentity

ACTIVITIES = [(value, label) for value, label in Purpose.choices if value != Purpose.NONE]


def _may_read(user: Any) -> bool:
    return directory().may_guard_privacy(user) or directory().may_audit(user)


class ForGuardsQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> ForGuardsQuerySet:
        """For privacy officers, administrators and auditors."""
        return self if _may_read(user) else self.none()


class FixedQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: Any) -> FixedQuerySet:
        return self.all() if _may_read(user) else self.none()


class ProcessingDetails(RowIdentity):
    """What the officer adds to one activity. ``version`` rises with each change."""

    activity = models.CharField(_("activity"), max_length=16, choices=ACTIVITIES, unique=True)
    controller = models.CharField(_("who answers for it"), max_length=200, blank=True)
    contact = models.CharField(_("how to reach them"), max_length=200, blank=True)
    recipients = models.TextField(_("who else receives it, and who works on it by order"), blank=True)
    abroad = models.TextField(_("whether it leaves the country, and on which ground"), blank=True)
    security = models.TextField(_("how it is protected"), blank=True)
    automated = models.TextField(_("what a program decides about people, and how"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = ForGuardsQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("activity in the record of processing")
        verbose_name_plural = _("activities in the record of processing")
        ordering = ("activity",)

    def __str__(self) -> str:
        return str(self.get_activity_display())


class ProcessingRecord(RowIdentity, AppendOnlyModel):
    """The whole record as it was fixed on one day. ``content`` is what its files hold; ``sha256`` that of its canonical
    JSON. ``keep_until``: not destroyed before (three years by PIPL art. 56)."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    fixed_at = models.DateTimeField(_("fixed"), default=timezone.now)
    fixed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    keep_until = models.DateField(_("kept at least until"), null=True)

    objects: ClassVar[Any] = FixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the record of processing")
        verbose_name_plural = _("versions of the record of processing")
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.number)

    def get_absolute_url(self) -> str:
        return reverse("privacy:processing:version", args=[self.number])


class ImpactAssessment(RowIdentity):
    """What a use of personal data does to people, and why it may be done all the same (个人信息保护影响评估).

    The three questions of PIPL art. 56: ``necessity``, ``risks``, ``measures``. ``grounds``: why one is needed, by the
    cases of art. 55. An approved one is never changed: a later one has the next ``version``.
    """

    class Ground(models.TextChoices):
        SENSITIVE = "sensitive", _("sensitive personal information")
        AUTOMATED = "automated", _("decisions made by a program")
        ENTRUSTED = "entrusted", _("others work on it by order, it is passed on, or it is published")
        ABROAD = "abroad", _("it leaves the country")
        MAJOR = "major", _("another use with a great influence on people")

    class Risk(models.TextChoices):
        LOW = "low", pgettext_lazy("risk", "Low")
        MEDIUM = "medium", pgettext_lazy("risk", "Medium")
        HIGH = "high", pgettext_lazy("risk", "High")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("assessment", "Being written")
        APPROVED = "approved", pgettext_lazy("assessment", "Approved")

    activity = models.CharField(_("activity"), max_length=16, choices=ACTIVITIES)
    version = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    grounds = models.JSONField(_("why it is assessed"), default=list)
    necessity = models.TextField(_("whether purpose and means are lawful, justified and necessary"), blank=True)
    risks = models.TextField(_("what it does to the rights of people, and which risks there are"), blank=True)
    risk = models.CharField(_("risk that remains"), max_length=6, choices=Risk, default=Risk.MEDIUM)
    measures = models.TextField(_("whether the protection is lawful, effective and in proportion"), blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    keep_until = models.DateField(_("kept at least until"), null=True, blank=True)

    objects = ForGuardsQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("impact assessment")
        verbose_name_plural = _("impact assessments")
        ordering = ("activity", "-version")
        constraints = (
            models.UniqueConstraint(fields=("activity", "version"), name="impact_assessment_once"),
            models.UniqueConstraint(
                fields=("activity",), condition=Q(state="draft"), name="impact_assessment_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", approved_by__isnull=True, approved_at__isnull=True)
                | (
                    Q(state="approved", approved_by__isnull=False, approved_at__isnull=False)
                    & ~Q(necessity="")
                    & ~Q(risks="")
                    & ~Q(measures="")
                ),
                name="impact_assessment_approved_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_activity_display()} {self.version}"

    def get_absolute_url(self) -> str:
        return reverse("privacy:processing:assessment", args=[self.row_id])
