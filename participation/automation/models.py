"""What the service does by itself (自动化): dated rules, each run that did something, and each thing that was done.

A rule proposes, reminds or drafts. Whatever binds anybody is decided by a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Programme, Release
from participation.rectification.models import RectificationTask
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

# Whoever holds one of these offices reads the whole queue; officers read that of their departments.
READERS = ("moderator", "editor", "reviewer", "auditor")


class RuleQuerySet(models.QuerySet["AutomationRule"]):
    def visible_to(self, user: User | AnonymousUser) -> RuleQuerySet:
        """What the service does by itself is for everybody to know."""
        return self.all()

    def in_force(self, day: date) -> RuleQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class AutomationRule(RowIdentity):
    """One rule as it stands from ``valid_from`` on. Other options are a new row; stopping keeps the row."""

    class Does(models.TextChoices):
        CHECK_TASK = "check_task", _("Proposes a task where a check of a public budget finds an error")
        ALERT_TASK = "alert_task", _("Proposes a task where dual monitoring raises an alert")
        REMIND = "remind", _("Reminds of the deadline of a task, and of proposals that wait")
        ESCALATE = "escalate", _("Passes on a task that is overdue")
        FUNNEL = "funnel", _("Drafts the paragraph on how goals were followed up")
        EVALUATION = "evaluation", _("Proposes third-party evaluations by amount and risk")

    does = models.CharField(_("what it does"), max_length=12, choices=Does)
    # Name of an option of this kind of rule (see ``options.OPTIONS``) -> whole number.
    options = models.JSONField(_("options"), default=dict)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    stop_reason = models.TextField(_("why it was stopped"), max_length=1000, blank=True)
    # When the clock last looked for causes; written without history: nothing is decided by it.
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RuleQuerySet.as_manager()
    history = History(
        public_fields=("does", "options", "valid_from", "valid_until", "stopped_at", "stop_reason"),
        excluded_fields=["looked_at"],
    )
    public_texts = ("stop_reason",)

    class Meta:
        verbose_name = _("rule of automation")
        verbose_name_plural = _("rules of automation")
        ordering = ("does", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=("does", "valid_from"), name="automation_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="automation_rule_lasts",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stop_reason="")
                | (Q(stopped_at__isnull=False) & ~Q(stop_reason="")),
                name="automation_rule_stopped_with_reason",
            ),
        )

    def __str__(self) -> str:
        return str(self.get_does_display())

    def get_absolute_url(self) -> str:
        return reverse("participation:automation:rule", args=[self.row_id])

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None


class RunQuerySet(models.QuerySet["AutomationRun"]):
    def visible_to(self, user: User | AnonymousUser) -> RunQuerySet:
        """Numbers only: as public as the rule."""
        return self.all()


class AutomationRun(RowIdentity):
    """One time that a rule did something, or failed at it. A run that finds nothing new leaves no row."""

    rule = models.ForeignKey(AutomationRule, models.PROTECT, related_name="runs")
    started_at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    found = models.PositiveIntegerField(_("causes found"))
    done = models.PositiveIntegerField(_("things done"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of a rule")
        verbose_name_plural = _("runs of rules")
        ordering = ("-started_at", "-pk")

    def __str__(self) -> str:
        return f"{self.rule}: {self.done}"


class DeedQuerySet(models.QuerySet["AutomationDeed"]):
    def visible_to(self, user: User | AnonymousUser) -> DeedQuerySet:
        """Paragraphs that an editor confirmed are public; the queue is for those who work on it."""
        public = Q(does=AutomationRule.Does.FUNNEL, state=AutomationDeed.State.CONFIRMED)
        if not user.is_authenticated:
            return self.filter(public)
        if user.has_role(*READERS):
            return self
        if user.has_role("officer"):
            offices = user.appointments.current().filter(role="officer")
            return self.filter(public | Q(department__in=offices.values("department")))
        return self.filter(public)

    def waiting(self) -> DeedQuerySet:
        return self.filter(state=AutomationDeed.State.WAITING)


class AutomationDeed(RowIdentity):
    """What a rule did for one cause: done, or a proposal or draft that waits for a person.

    The same thing is never done twice for the same ``cause``, whichever version of the rule finds it again. ``found``
    holds the numbers that explain it; amounts are minor units.
    """

    class State(models.TextChoices):
        DONE = "done", _("Done")
        WAITING = "waiting", _("Waits for a decision")
        CONFIRMED = "confirmed", _("Confirmed")
        DISMISSED = "dismissed", _("Dismissed, with a reason")

    rule = models.ForeignKey(AutomationRule, models.PROTECT, related_name="deeds")
    run = models.ForeignKey(AutomationRun, models.PROTECT, related_name="deeds")
    does = models.CharField(_("what was done"), max_length=12, choices=AutomationRule.Does)
    cause = models.CharField(max_length=160)
    state = models.CharField(_("state"), max_length=10, choices=State)
    found = models.JSONField(default=dict)
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="+")
    release = models.ForeignKey(Release, models.PROTECT, null=True, related_name="+")
    task = models.ForeignKey(RectificationTask, models.PROTECT, null=True, related_name="automation_deeds")
    text = models.TextField(_("text"), blank=True)
    text_en = models.TextField(_("text in English"), blank=True)
    created = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    # The path of what was opened when it was confirmed.
    result_url = models.CharField(max_length=300, blank=True)

    objects = DeedQuerySet.as_manager()
    history = History(public_fields=("does", "state", "text", "text_en", "decided_at", "reason"))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("thing done by a rule")
        verbose_name_plural = _("things done by rules")
        ordering = ("-created", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("does", "cause"), name="automation_once_for_a_cause"),
            models.CheckConstraint(
                condition=Q(state__in=("done", "waiting"), decided_by__isnull=True)
                | Q(state__in=("confirmed", "dismissed"), decided_by__isnull=False, decided_at__isnull=False),
                name="automation_decided_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_does_display()}: {self.cause}"

    def get_absolute_url(self) -> str:
        return reverse("participation:automation:deed", args=[self.row_id])
