"""The last mile (整改): finding, task, progress with evidence, verification, and next year's budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme
from participation.attachments import AttachmentFields
from participation.balance.models import Answer
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class TaskQuerySet(models.QuerySet["RectificationTask"]):
    def visible_to(self, user: User | AnonymousUser) -> TaskQuerySet:
        """A task is as public as the answer that opened it."""
        return self.filter(finding__answer__in=Answer.objects.visible_to(user))

    def overdue(self) -> TaskQuerySet:
        return self.exclude(status=RectificationTask.Status.VERIFIED).filter(due_on__lt=timezone.localdate())


class PartOfTaskQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PartOfTaskQuerySet:
        """Findings, reports, verifications and linkages are as public as their task."""
        return self.filter(task__in=RectificationTask.objects.visible_to(user))


class Finding(RowIdentity):
    """What has to be put right (问题), and the answer that admits it."""

    class Severity(models.TextChoices):
        MINOR = "minor", _("Minor")
        MAJOR = "major", _("Major")
        CRITICAL = "critical", _("Critical")

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="findings")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="findings")
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="findings")
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.MAJOR)
    text = models.TextField(_("what has to be put right"), max_length=2000)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("severity", "text", "programme", "line"))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return self.task.get_absolute_url()


class RectificationTask(RowIdentity):
    """One improvement that somebody is responsible for, proves, and is checked on."""

    class Status(models.TextChoices):
        ASSIGNED = "assigned", _("Assigned")
        IN_PROGRESS = "in_progress", _("Being put right")
        SUBMITTED = "submitted", _("Waiting for verification")
        RETURNED = "returned", _("Returned for more work")
        VERIFIED = "verified", _("Verified")

    finding = models.OneToOneField(Finding, models.PROTECT, related_name="task")
    department = models.ForeignKey(Department, models.PROTECT, related_name="tasks")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks")
    title = models.CharField(_("what will be done"), max_length=200)
    title_en = models.CharField(_("what will be done, in English"), max_length=200, blank=True)
    due_on = models.DateField(_("deadline"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.ASSIGNED)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)

    objects = TaskQuerySet.as_manager()
    history = History(public_fields=("title", "title_en", "department", "due_on", "status", "verified_at"))
    public_texts = ("title",)

    class Meta:
        verbose_name = _("rectification task")
        verbose_name_plural = _("rectification tasks")
        ordering = ("due_on", "pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:rectification:detail", args=[self.row_id])

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """What belongs to it, and is shown in its history."""
        return [
            Finding.objects.filter(pk=self.finding_id),
            self.progress_reports.all(),
            self.verifications.all(),
            BudgetLinkage.objects.filter(task=self),
        ]

    @property
    def reference(self) -> str:
        return f"R-{self.created.year}-{self.pk:05d}"

    @property
    def is_overdue(self) -> bool:
        return self.status != self.Status.VERIFIED and self.due_on < timezone.localdate()


class ProgressReport(AttachmentFields, RowIdentity):
    """What the officer says was done, with evidence (佐证材料)."""

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="progress_reports")
    text = models.TextField(_("what was done"), max_length=4000)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("text", "attachment_name"))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return f"{self.task}: {self.text[:60]}"

    def get_absolute_url(self) -> str:
        return self.task.get_absolute_url()


class Verification(RowIdentity):
    """Somebody other than the responsible officer checks the evidence (核验)."""

    class Outcome(models.TextChoices):
        VERIFIED = "verified", _("Verified")
        RETURNED = "returned", _("Returned")

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="verifications")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    reason = models.TextField(_("what was checked, and what was found"), max_length=2000)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("outcome", "reason"))

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return f"{self.task}: {self.get_outcome_display()}"

    def get_absolute_url(self) -> str:
        return self.task.get_absolute_url()


class BudgetLinkage(RowIdentity):
    """What a task's result means for a later year's budget (评价结果与预算安排挂钩)."""

    class Decision(models.TextChoices):
        INCREASE = "increase", _("More money")
        KEEP = "keep", _("The same money")
        REDUCE = "reduce", _("Less money")
        SUSPEND = "suspend", _("Suspended")

    task = models.OneToOneField(RectificationTask, models.PROTECT, related_name="budget_linkage")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    decision = models.CharField(_("decision"), max_length=8, choices=Decision)
    reason = models.TextField(_("reason"), max_length=2000)
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="linkages")
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("fiscal_year", "decision", "reason", "line"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("link to a later budget")
        verbose_name_plural = _("links to a later budget")

    def __str__(self) -> str:
        return f"{self.task}: {self.fiscal_year} {self.get_decision_display()}"

    def get_absolute_url(self) -> str:
        return self.task.get_absolute_url()
