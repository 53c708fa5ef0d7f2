"""What happens when a task is late (督办、问责), and what is said of those who were late or did well."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from cms.calendars.models import CHINA
from participation.rectification.models import PartOfTaskQuerySet, RectificationTask
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class DatedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> DatedQuerySet:
        """Rules are everybody's."""
        return self.all()

    def valid_on(self, day: date) -> DatedQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class EscalationRung(RowIdentity):
    """One rung of the ladder, as it stands from ``valid_from`` on. A changed rung is a new row."""

    class Basis(models.TextChoices):
        PERCENT = "percent", _("per cent of the period")
        OVERDUE = "overdue", _("working days after the deadline")

    class Deed(models.TextChoices):
        REMIND = "remind", _("Those responsible are reminded")
        SUPERVISOR = "supervisor", _("The supervising leader is told")
        PUBLISH = "publish", _("It stands on the public list of overdue tasks")
        ACCOUNT = "account", _("An accountability record is proposed")

    jurisdiction = models.CharField(_("where it applies"), max_length=20, default=CHINA)
    rule_id = models.CharField(_("rule"), max_length=30)
    basis = models.CharField(_("counted in"), max_length=8, choices=Basis)
    threshold = models.PositiveSmallIntegerField(_("reached at"))
    deed = models.CharField(_("what happens"), max_length=10, choices=Deed)
    source = models.CharField(_("who set it"), max_length=200)
    source_en = models.CharField(_("who set it, in English"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()
    history = History()  # Nothing of it changes once it is there.

    class Meta:
        verbose_name = _("rung of escalation")
        verbose_name_plural = _("rungs of escalation")
        ordering = ("jurisdiction", "-basis", "threshold")
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "rule_id", "valid_from"), name="escalation_rung_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="escalation_rung_lasts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.rule_id}"


class EscalationStep(RowIdentity):
    """A rung that a task has come to, once for each deadline. The clock takes it, nobody decides on it."""

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="escalations")
    rung = models.ForeignKey(EscalationRung, models.PROTECT, related_name="steps")
    due_on = models.DateField(_("deadline"))
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of escalation")
        verbose_name_plural = _("steps of escalation")
        ordering = ("created", "pk")
        constraints = (models.UniqueConstraint(fields=("task", "rung", "due_on"), name="escalation_step_once"),)

    def __str__(self) -> str:
        return f"{self.task}: {self.rung}"


class ConsequenceQuerySet(models.QuerySet["Consequence"]):
    def visible_to(self, user: User | AnonymousUser) -> ConsequenceQuerySet:
        """What was decided is as public as its task; what is proposed, the desk's, department's and leader's."""
        found = self.filter(task__in=RectificationTask.objects.visible_to(user))
        decided = ~Q(status__in=(Consequence.Status.PROPOSED, Consequence.Status.DROPPED))
        if not user.is_authenticated:
            return found.filter(decided)
        if user.has_role("moderator", "auditor"):
            return found
        own = user.appointments.current().filter(role="officer").values("department")
        return found.filter(decided | Q(department__in=own) | Q(task__supervisor=user.pk))


class Consequence(RowIdentity):
    """A department is held to account (责任追究), or commended, for a task. Somebody named decides, and says why."""

    class Kind(models.TextChoices):
        ACCOUNTABILITY = "accountability", _("Accountability record")
        COMMENDATION = "commendation", _("Commendation")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        DROPPED = "dropped", _("Not pursued")
        DECIDED = "decided", _("Decided")
        APPEALED = "appealed", _("Appealed against")
        UPHELD = "upheld", _("Upheld on appeal")
        LIFTED = "lifted", _("Lifted on appeal")

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="consequences")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    department = models.ForeignKey(Department, models.PROTECT, related_name="consequences")
    measure = models.CharField(_("measure"), max_length=200, blank=True)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    appeal_until = models.DateField(_("appeal until"), null=True)
    appeal = models.TextField(_("appeal"), max_length=2000, blank=True)
    appealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    appealed_at = models.DateTimeField(_("appealed at"), null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_reason = models.TextField(_("decision on the appeal"), max_length=2000, blank=True)

    objects = ConsequenceQuerySet.as_manager()
    history = History(
        public_fields=(
            *("kind", "status", "department", "measure", "reason", "decided_at", "appeal_until"),
            *("appeal", "appealed_at", "settled_at", "settled_reason"),
        )
    )

    class Meta:
        verbose_name = _("consequence")
        verbose_name_plural = _("consequences")
        ordering = ("-created", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("task", "kind"),
                condition=Q(status__in=("proposed", "decided", "appealed", "upheld")),
                name="consequence_once",
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("decided_by")),
                name="consequence_appeal_second_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.task}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("participation:rectification:consequence", args=[self.row_id])
