"""The course of a task: its steps, more time that was asked for, and what its supervising leader demands."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.rectification.models import PartOfTaskQuerySet, RectificationTask
from privacy.history.records import History
from privacy.sealing.models import RowIdentity


class TaskStep(RowIdentity):
    """One step of a task (see ``transitions``): who took it, when and why. Written once."""

    class Kind(models.TextChoices):
        ASSIGN = "assign", _("Assigned")
        ACCEPT = "accept", _("Accepted")
        DISPUTE = "dispute", _("Disputed")
        UPHOLD = "uphold", _("Dispute decided: the task stands")
        WITHDRAW = "withdraw", _("Dispute decided: the task is withdrawn")
        REASSIGN = "reassign", _("Given to others")
        BEGIN = "begin", _("Taken up")
        SUBMIT = "submit", _("Submitted for verification")
        VERIFY = "verify", _("Verified")
        RETURN = "return", _("Returned for more work")
        CLOSE = "close", _("Closed")
        REOPEN = "reopen", _("Reopened")

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="steps")
    kind = models.CharField(_("step"), max_length=10, choices=Kind)
    before = models.CharField(max_length=12, choices=RectificationTask.Status)
    after = models.CharField(max_length=12, choices=RectificationTask.Status)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)
    # Who was responsible until then, where the step changes it.
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # None: a panel of citizens.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a task")
        verbose_name_plural = _("steps of tasks")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return f"{self.task}: {self.get_kind_display()}"


class Extension(RowIdentity):
    """More time, asked for with a reason and decided by somebody else."""

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked for")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="extensions")
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ASKED)
    due_before = models.DateField(_("deadline until then"))
    working_days = models.PositiveSmallIntegerField(_("working days more"))
    reason = models.TextField(_("why it takes longer"), max_length=1000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(_("reasons of the decision"), max_length=1000, blank=True)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("status", "due_before", "working_days", "reason", "decided_at", "decision_reason"))

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ("created", "pk")
        constraints = (
            models.UniqueConstraint(fields=("task",), condition=Q(status="asked"), name="extension_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")), name="extension_second_person"
            ),
        )

    def __str__(self) -> str:
        return f"{self.task}: {self.working_days}"

    def get_absolute_url(self) -> str:
        return self.task.get_absolute_url()


class Instruction(RowIdentity):
    """What the supervising leader of a task demands of those who carry it out (督办). Written once, and public."""

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="instructions")
    text = models.TextField(_("instruction"), max_length=2000)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("text",))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("instruction of a supervising leader")
        verbose_name_plural = _("instructions of supervising leaders")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return f"{self.task}: {self.text[:60]}"

    def get_absolute_url(self) -> str:
        return f"{self.task.get_absolute_url()}#course"
