"""The last mile (整改): finding, task, progress with evidence, verification, and next year's budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme
from cms.performance.models import Indicator
from participation.attachments import AttachmentFields
from participation.balance.models import Answer
from participation.consultations.models import Consultation
from participation.evaluations.models import Evaluation, EvaluationFinding
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class TaskQuerySet(models.QuerySet["RectificationTask"]):
    def visible_to(self, user: User | AnonymousUser) -> TaskQuerySet:
        """A task is as public as the answer that opened it; without an answer, everybody's. Drafts are the desk's."""
        found = self.filter(Q(finding__answer__isnull=True) | Q(finding__answer__in=Answer.objects.visible_to(user)))
        if not user.is_authenticated:
            return found.exclude(status=RectificationTask.Status.DRAFTED)
        if user.has_role("moderator", "auditor"):
            return found
        return found.filter(~Q(status=RectificationTask.Status.DRAFTED) | Q(opened_by=user.pk))

    def overdue(self) -> TaskQuerySet:
        return self.exclude(status__in=RectificationTask.AT_REST).filter(due_on__lt=timezone.localdate())


class PartOfTaskQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PartOfTaskQuerySet:
        """Findings, reports, verifications and linkages are as public as their task."""
        return self.filter(task__in=RectificationTask.objects.visible_to(user))


class ProblemQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: User | AnonymousUser) -> ProblemQuerySet:
        return self.filter(pk__in=RectificationTask.objects.visible_to(user).values("finding"))


class Finding(RowIdentity):
    """What has to be put right (问题): where it comes from, what it is, and what is recommended."""

    class Severity(models.TextChoices):
        MINOR = "minor", _("Minor")
        MAJOR = "major", _("Major")
        CRITICAL = "critical", _("Critical")

    class Source(models.TextChoices):
        ANSWER = "answer", _("Answer to what was said")
        EVALUATION = "evaluation", _("Third-party evaluation")
        AUDIT = "audit", _("Audit")
        MONITORING = "monitoring", _("Dual monitoring")
        CHECK = "check", _("Check of a disclosure")
        MEETING = "meeting", _("Meeting")
        DECISION = "decision", _("Decision among options")
        ALLOCATION = "allocation", _("Participatory allocation")
        ELSEWHERE = "elsewhere", _("Taken over from elsewhere")

    source = models.CharField(_("where it comes from"), max_length=12, choices=Source, default=Source.ANSWER)
    # The paper, alert or minutes that say so, and where they can be read.
    source_name = models.CharField(_("what says so"), max_length=200, blank=True)
    source_url = models.CharField(_("address of what says so"), max_length=500, blank=True)
    # What keeps a rule, an import or a meeting from opening the same twice.
    cause = models.CharField(_("cause"), max_length=200, blank=True)
    answer = models.ForeignKey(Answer, models.PROTECT, null=True, blank=True, related_name="findings")
    evaluation_finding = models.ForeignKey(
        EvaluationFinding, models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="findings")
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="findings")
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.MAJOR)
    text = models.TextField(_("what has to be put right"), max_length=2000)
    recommendation = models.TextField(_("recommendation"), max_length=2000, blank=True)
    # Rises with every clarification of the recommendation.
    version = models.PositiveSmallIntegerField(_("version of the recommendation"), default=1)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = ProblemQuerySet.as_manager()
    history = History(
        public_fields=("source", "source_name", "severity", "text", "recommendation", "version", "programme", "line")
    )
    public_texts = ("text",)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = (
            models.CheckConstraint(
                condition=Q(source="answer", answer__isnull=False) | (~Q(source="answer") & Q(answer__isnull=True)),
                name="finding_answer_is_its_source",
            ),
            models.UniqueConstraint(fields=("cause",), condition=~Q(cause=""), name="finding_once_a_cause"),
        )

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return reverse("participation:rectification:finding", args=[self.row_id])

    @property
    def reference(self) -> str:
        return f"I-{self.created.year}-{self.pk:05d}"

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation whose finding it follows."""
        return self.evaluation_finding.evaluation if self.evaluation_finding else None

    @property
    def consultation(self) -> Consultation | None:
        """The consultation that it came up in, if any."""
        origin = self.answer or self.evaluation
        return origin.consultation if origin else None

    @property
    def public_tasks(self) -> list[RectificationTask]:
        """What was opened for it and is not a draft; queries nothing where ``tasks`` are loaded."""
        return [task for task in self.tasks.all() if task.status != RectificationTask.Status.DRAFTED]

    @property
    def fiscal_year(self) -> int:
        """The budget year that it is about; the year in which it was recorded where nothing says more."""
        if self.line is not None:
            return self.line.release.fiscal_year
        return self.consultation.fiscal_year if self.consultation else self.created.year


class RectificationTask(RowIdentity):
    """One improvement that somebody is responsible for, proves, and is checked on."""

    class Status(models.TextChoices):
        DRAFTED = "drafted", _("Drafted")
        ASSIGNED = "assigned", _("Assigned")
        ACCEPTED = "accepted", _("Accepted")
        DISPUTED = "disputed", _("Disputed")
        IN_PROGRESS = "in_progress", _("Being put right")
        SUBMITTED = "submitted", _("Waiting for verification")
        RETURNED = "returned", _("Returned for more work")
        VERIFIED = "verified", _("Verified")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn after a dispute")

    # Found to be put right by somebody else.
    PROVEN = (Status.VERIFIED, Status.CLOSED)
    # Nothing of it can be late any more.
    AT_REST = (*PROVEN, Status.WITHDRAWN)

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="tasks")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    weight = models.PositiveSmallIntegerField(_("weight within the task above it"), default=1)
    department = models.ForeignKey(Department, models.PROTECT, related_name="tasks")
    co_departments = models.ManyToManyField(Department, related_name="co_tasks", blank=True)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tasks")
    # 分管领导
    supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="supervised_tasks"
    )
    title = models.CharField(_("what will be done"), max_length=200)
    title_en = models.CharField(_("what will be done, in English"), max_length=200, blank=True)
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, blank=True, related_name="tasks")
    indicator_target = models.CharField(_("what the indicator has to reach"), max_length=100, blank=True)
    money = models.BigIntegerField(_("money at stake"), null=True, blank=True)
    # The period that was given; the days of an extension come on top.
    working_days = models.PositiveSmallIntegerField(_("working days"), null=True, blank=True)
    due_on = models.DateField(_("deadline"))
    external_id = models.CharField(_("number elsewhere"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.ASSIGNED, db_index=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    assigned_at = models.DateTimeField(_("assigned at"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = TaskQuerySet.as_manager()
    history = History(
        public_fields=(
            *("title", "title_en", "department", "due_on", "status", "verified_at", "closed_at"),
            *("indicator", "indicator_target", "money", "working_days", "weight"),
        )
    )
    public_texts = ("title",)

    class Meta:
        verbose_name = _("rectification task")
        verbose_name_plural = _("rectification tasks")
        ordering = ("due_on", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(weight__gte=1), name="task_weighs_something"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")), name="task_is_not_its_own_part"
            ),
            models.UniqueConstraint(fields=("external_id",), condition=~Q(external_id=""), name="task_once_elsewhere"),
        )

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
            self.extensions.all(),
            self.questions.all(),
            self.instructions.all(),
            self.panels.all(),
            BudgetLinkage.objects.filter(task=self),
        ]

    @property
    def reference(self) -> str:
        return f"R-{self.created.year}-{self.pk:05d}"

    @property
    def consultation(self) -> Consultation | None:
        return self.finding.consultation

    @property
    def is_proven(self) -> bool:
        return self.status in self.PROVEN

    @property
    def is_at_rest(self) -> bool:
        return self.status in self.AT_REST

    @property
    def is_overdue(self) -> bool:
        return not self.is_at_rest and self.due_on < timezone.localdate()


class WantedEvidence(RowIdentity):
    """Something that has to be shown before a task counts as done, and how much it weighs. Written once."""

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="wanted_evidence")
    text = models.CharField(_("evidence"), max_length=300)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)

    objects = PartOfTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("expected evidence")
        verbose_name_plural = _("expected evidence")
        ordering = ("pk",)
        constraints = (models.CheckConstraint(condition=Q(weight__gte=1), name="wanted_evidence_weighs_something"),)

    def __str__(self) -> str:
        return self.text

    @property
    def shown_percent(self) -> int | None:
        """What the latest report says; None without one. Queries nothing where ``reports`` are loaded."""
        reports = list(self.reports.all())
        return reports[-1].done_percent if reports else None


class ProgressReport(AttachmentFields, RowIdentity):
    """What the officer says was done, with evidence (佐证材料)."""

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="progress_reports")
    text = models.TextField(_("what was done"), max_length=4000)
    # Which of the expected evidence it shows; None: the task as a whole.
    proves = models.ForeignKey(WantedEvidence, models.PROTECT, null=True, blank=True, related_name="reports")
    done_percent = models.PositiveSmallIntegerField(_("how much of it is done, in per cent"), default=0)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("text", "done_percent", "attachment_name"))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering = ("created", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(done_percent__lte=100), name="progress_report_up_to_100_percent"),
        )

    def __str__(self) -> str:
        return f"{self.task}: {self.text[:60]}"

    def get_absolute_url(self) -> str:
        return self.task.get_absolute_url()


class Verification(RowIdentity):
    """Somebody other than the responsible officer checks the evidence (核验)."""

    class Outcome(models.TextChoices):
        VERIFIED = "verified", _("Verified")
        RETURNED = "returned", _("Returned")

    class Side(models.TextChoices):
        EVALUATOR = "evaluator", _("the evaluator")
        MODERATOR = "moderator", _("a moderator")
        PANEL = "panel", _("a panel of citizens drawn by lot")

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="verifications")
    side = models.CharField(_("who checked"), max_length=10, choices=Side, default=Side.MODERATOR)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    reason = models.TextField(_("what was checked, and what was found"), max_length=2000)
    # None: a panel, whose members stay unnamed.
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("side", "outcome", "reason"))

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
        CANCEL = "cancel", _("Cancelled")

    task = models.OneToOneField(RectificationTask, models.PROTECT, related_name="budget_linkage")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    decision = models.CharField(_("decision"), max_length=8, choices=Decision)
    # The part that is cut or added, from 0 to 1.
    ratio = models.DecimalField(_("by how much"), max_digits=4, decimal_places=3, null=True, blank=True)
    # The grade that triggers it, by a rule of the ladder (see ``results``); blank and None where nothing was graded.
    grade = models.SlugField(_("grade"), max_length=30, blank=True)
    score = models.DecimalField(_("score out of 100"), max_digits=5, decimal_places=2, null=True, blank=True)
    rule = models.ForeignKey(
        "participation.LinkageRule", models.PROTECT, null=True, blank=True, related_name="linkages"
    )
    reason = models.TextField(_("reason"), max_length=2000)
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="linkages")
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("fiscal_year", "decision", "ratio", "grade", "score", "reason", "line"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("link to a later budget")
        verbose_name_plural = _("links to a later budget")
        constraints = (
            models.CheckConstraint(
                condition=Q(ratio__isnull=True) | Q(ratio__gt=0, ratio__lte=1), name="linkage_ratio_0_to_1"
            ),
        )

    def __str__(self) -> str:
        return f"{self.task}: {self.fiscal_year} {self.get_decision_display()}"

    def get_absolute_url(self) -> str:
        return self.task.get_absolute_url()
