"""Approval of goals: with the budget (随预算批复), and again for every change after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.performance.models import ProgrammeYear
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class GoalApprovalQuerySet(models.QuerySet["GoalApproval"]):
    def visible_to(self, user: User | AnonymousUser) -> GoalApprovalQuerySet:
        return self.filter(programme_year__in=ProgrammeYear.objects.visible_to(user))


class GoalApproval(RowIdentity):
    """The goals of a year were approved as they stood on that day. From then on they change only by ``GoalChange``."""

    programme_year = models.OneToOneField(ProgrammeYear, models.PROTECT, related_name="approval")
    approved_on = models.DateField(_("approved on"), default=timezone.localdate)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.TextField(_("note"), blank=True)

    objects = GoalApprovalQuerySet.as_manager()
    history = History(public_fields=("approved_on", "note"))

    class Meta:
        verbose_name = _("approval of goals")
        verbose_name_plural = _("approvals of goals")

    def __str__(self) -> str:
        return f"{self.programme_year} {self.approved_on}"


class GoalChangeQuerySet(models.QuerySet["GoalChange"]):
    def visible_to(self, user: User | AnonymousUser) -> GoalChangeQuerySet:
        """Proposals are public: that a goal is to be moved is what people should know before it is."""
        return self.filter(programme_year__in=ProgrammeYear.objects.visible_to(user))


class GoalChange(RowIdentity):
    """Approved goals are to be changed (绩效目标调整). Nothing changes until somebody else approves it.

    ``changes``: for each indicator its ``row_id`` and name, and for ``target``, ``target_text`` and ``weight`` what
    stands and what is to stand, as text; null where nothing stands.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("waiting for approval")
        APPROVED = "approved", _("approved again")
        REFUSED = "refused", _("refused")

    programme_year = models.ForeignKey(ProgrammeYear, models.PROTECT, related_name="goal_changes")
    changes = models.JSONField(_("changes"))
    reason = models.TextField(_("reason"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)

    objects = GoalChangeQuerySet.as_manager()
    history = History(public_fields=("changes", "reason", "status", "decided_at", "decision_reason"))

    class Meta:
        verbose_name = _("change of goals")
        verbose_name_plural = _("changes of goals")
        ordering = ("-proposed_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("programme_year",), condition=models.Q(status="proposed"), name="goal_change_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.programme_year}: {self.get_status_display()}"
