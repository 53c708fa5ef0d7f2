"""What follows from a decision: commitments that become tasks, and the reports of those who did not agree."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.decisions.models import DecisionMeasure, DecisionRoom, PartOfRoomQuerySet
from participation.stakeholders.models import Organisation, StakeholderGroup
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from participation.stakeholders.models import User

# What a task says of itself -> how far the commitment is; the room of tasks comes later in the process.
STATES_OF_TASK = {
    "submitted": "evidenced",
    "verified": "verified",
    "closed": "verified",
}


class DecisionCommitment(RowIdentity):
    """What was promised to those whom the decision burdens: reserved, due, evidenced, verified."""

    class Progress(models.TextChoices):
        RESERVED = "reserved", _("The money is reserved")
        DUE = "due", _("Being carried out")
        EVIDENCED = "evidenced", _("Said to be done")
        VERIFIED = "verified", _("Verified by those it is for")
        OVERDUE = "overdue", _("Overdue")

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="commitments")
    measure = models.ForeignKey(DecisionMeasure, models.PROTECT, null=True, related_name="commitments")
    text = models.CharField(_("what will be done"), max_length=200)
    text_en = models.CharField(_("what will be done, in English"), max_length=200, blank=True)
    beneficiaries = models.CharField(_("for which people or area"), max_length=200)
    beneficiaries_en = models.CharField(_("for which people or area, in English"), max_length=200, blank=True)
    evidence = models.CharField(_("how one will see that it is done"), max_length=300)
    cost = models.BigIntegerField(_("cost"), default=0)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    due_on = models.DateField(_("deadline"))
    task = models.ForeignKey("participation.RectificationTask", models.PROTECT, null=True, related_name="commitments")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfRoomQuerySet.as_manager()
    history = History(
        public_fields=(
            *("text", "text_en", "beneficiaries", "beneficiaries_en", "evidence", "cost", "department", "due_on"),
            "task",
        )
    )
    public_texts = ("text",)

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ("due_on", "pk")
        constraints = (models.CheckConstraint(condition=Q(cost__gte=0), name="decision_commitment_costs"),)

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{self.room.get_absolute_url()}#commitments"

    @property
    def progress(self) -> str:
        if self.task is None:
            return self.Progress.RESERVED
        found = STATES_OF_TASK.get(self.task.status, self.Progress.DUE)
        late = timezone.localdate() > self.due_on
        return self.Progress.OVERDUE if late and found == self.Progress.DUE else self.Progress(found)

    @property
    def progress_label(self) -> str:
        return str(self.Progress(self.progress).label)

    def suspends(self, overdue_days: int) -> bool:
        """Whether it is overdue by so many days that the decision is suspended."""
        late = timezone.localdate() > self.due_on + timedelta(days=overdue_days)
        return late and self.progress != self.Progress.VERIFIED


class MinorityReport(RowIdentity):
    """What those say who sustained their objection. It is answered point by point."""

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="minority_reports")
    objection = models.OneToOneField(
        "participation.DecisionObjection", models.PROTECT, related_name="minority_report", null=True
    )
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    text = models.TextField(_("minority report"), max_length=8000)
    indicator = models.CharField(_("by what one will see who was right"), max_length=300, blank=True)
    answer = models.TextField(_("answer, point by point"), max_length=8000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfRoomQuerySet.as_manager()
    history = History(public_fields=("group", "text", "indicator", "answer", "answered_at"))

    class Meta:
        verbose_name = _("minority report")
        verbose_name_plural = _("minority reports")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return str(self.get_group_display())

    def get_absolute_url(self) -> str:
        return f"{self.room.get_absolute_url()}#minority"

    def history_name(self, user: User) -> str | None:
        """As beside the objection: whoever protects their name there is not named here either."""
        if user.pk != self.author_id or self.objection is None:
            return None
        return str(self.objection.public_name)
