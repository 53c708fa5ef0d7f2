"""Third-party evaluations (第三方评价)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line, Programme
from participation.attachments import AttachmentFields
from participation.consultations.models import Contribution
from participation.stakeholders.confidential import ConfidentialPart
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class Evaluation(AttachmentFields, Contribution):
    """An organisation's score of one programme, out of 100, with its reasoning and evidence."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="evaluations")
    score = models.DecimalField(_("score out of 100"), max_digits=5, decimal_places=2)
    reasoning = models.TextField(_("reasoning"), max_length=8000)
    confidential = models.OneToOneField(
        ConfidentialPart, models.PROTECT, null=True, editable=False, verbose_name=_("confidential part")
    )

    history = History(public_fields=("status", "accepted_at", "score", "due_on", "extended_at"))
    public_texts = ("reasoning",)

    class Meta:
        verbose_name = _("third-party evaluation")
        verbose_name_plural = _("third-party evaluations")
        ordering = ("-created", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(score__range=(0, 100)), name="evaluation_score_0_to_100"),
            models.CheckConstraint(condition=Q(organisation__isnull=False), name="evaluation_of_organisation"),
            models.UniqueConstraint(
                fields=("consultation", "programme", "organisation"), name="evaluation_once_by_organisation"
            ),
        )

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("participation:evaluations:detail", args=[self.row_id])

    @property
    def reference(self) -> str:
        return f"E-{self.created.year}-{self.pk:05d}"

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """Its versions and findings, shown in its history."""
        return [self.versions.all(), self.findings.all()]


class PartOfEvaluationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PartOfEvaluationQuerySet:
        """Versions and findings are as public as their evaluation."""
        return self.filter(evaluation__in=Evaluation.objects.visible_to(user))


class EvaluationVersion(RowIdentity):
    """What a published evaluation said from ``created`` on. Written once: a correction is a new version.

    ``content`` is all of it, in the form that the leaf commits to (see ``reports/content.py``).
    """

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    score = models.DecimalField(_("score out of 100"), max_digits=5, decimal_places=2)
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    reason = models.TextField(_("why it was corrected"), max_length=1000, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfEvaluationQuerySet.as_manager()
    history = History(public_fields=("number", "score", "reason", "content_sha256"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("version of an evaluation")
        verbose_name_plural = _("versions of evaluations")
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("evaluation", "number"), name="evaluation_version_once"),)

    def __str__(self) -> str:
        return f"{self.evaluation} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("participation:evaluations:versions", args=[self.evaluation.row_id])


class EvaluationFinding(RowIdentity):
    """A published finding (评价发现的问题), with the reply of the evaluated department, if it gave one.

    A corrected finding keeps its number; one that a later version leaves out stays, with ``dropped_in``.
    """

    class Severity(models.TextChoices):
        MINOR = "minor", _("Minor")
        MAJOR = "major", _("Major")
        CRITICAL = "critical", _("Critical")

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="findings")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="evaluation_findings")
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="evaluation_findings")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(_("finding"), max_length=200)
    explanation = models.TextField(_("explanation"), max_length=4000)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    recommendation = models.TextField(_("recommendation"), max_length=2000)
    reply_stance = models.CharField(_("position of the department"), max_length=8, blank=True)
    reply = models.TextField(_("reply of the department"), max_length=2000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    dropped_in = models.PositiveSmallIntegerField(_("left out from version"), null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfEvaluationQuerySet.as_manager()
    history = History(
        public_fields=("title", "explanation", "severity", "recommendation", "reply_stance", "reply", "dropped_in")
    )

    class Meta:
        verbose_name = _("finding of an evaluation")
        verbose_name_plural = _("findings of evaluations")
        ordering = ("evaluation", "position", "pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.evaluation.get_absolute_url()}#finding-{self.row_id}"
