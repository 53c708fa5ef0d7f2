"""An evaluation on its way: drafts, evidence, and the reply of the evaluated department."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Programme
from participation.attachments import AttachmentFields
from participation.evaluations.calls.models import EvaluationAuthor, EvaluatorSeat
from participation.evaluations.models import Evaluation
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.models import Appointment, Mandate, Role
from portal.ui.furniture import local
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class EvaluationReportQuerySet(models.QuerySet["EvaluationReport"]):
    def visible_to(self, user: User | AnonymousUser) -> EvaluationReportQuerySet:
        """Its authors; moderators once it is handed in; officers of the department while they may reply, and after.

        The public reads what is published (``Evaluation``), never this.
        """
        if not user.is_authenticated:
            return self.none()
        of_authors = EvaluationAuthor.objects.filter(
            person=user,
            status=EvaluationAuthor.Status.ACTIVE,
            seat__status=EvaluatorSeat.Status.SEATED,
            seat__organisation__in=Mandate.objects.current().filter(person=user).values("organisation"),
        )
        found = Q(seat__in=of_authors.values("seat"))
        if user.has_role(Role.MODERATOR):
            found |= ~Q(status__in=EvaluationReport.OPEN)
        if user.has_role(Role.OFFICER):
            offices = Appointment.objects.current().filter(person=user, role=Role.OFFICER, department__isnull=False)
            found |= Q(status=EvaluationReport.Status.REPLYING, programme__department__in=offices.values("department"))
        return self.filter(found)


class EvaluationReport(RowIdentity):
    """What the authors of one seat write about one programme. ``draft`` is what was typed (see ``drafts.py``).

    ``revision`` counts the saves, so that two authors do not overwrite each other. ``version`` is the one that is
    being written: 1 until the first publication, one more with every correction.
    """

    class Status(models.TextChoices):
        DRAFTING = "drafting", _("Being written")
        RETURNED = "returned", _("Returned for its form")
        SUBMITTED = "submitted", _("Being checked for its form")
        REPLYING = "replying", _("With the department for its reply")
        PUBLISHED = "published", _("Published")
        CORRECTING = "correcting", _("Being corrected")
        WITHDRAWN = "withdrawn", _("Ended: the evaluator stepped back")

    OPEN = (Status.DRAFTING, Status.RETURNED, Status.CORRECTING)

    seat = models.ForeignKey(EvaluatorSeat, models.PROTECT, related_name="reports")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="evaluation_reports")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFTING)
    draft = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    version = models.PositiveSmallIntegerField(default=1)
    correction_reason = models.TextField(_("why it is corrected"), max_length=1000, blank=True)
    faults = models.JSONField(_("what its form lacks"), default=list)
    submitted_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reply_due_on = models.DateField(_("reply until"), null=True, blank=True, db_index=True)
    evaluation = models.OneToOneField(Evaluation, models.PROTECT, null=True, related_name="report")
    created = models.DateTimeField(default=timezone.now)

    objects = EvaluationReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation on its way")
        verbose_name_plural = _("evaluations on their way")
        ordering = ("seat", "programme")
        constraints = (
            models.UniqueConstraint(fields=("seat", "programme"), name="evaluation_report_once"),
            models.CheckConstraint(
                condition=~Q(status="replying") | Q(reply_due_on__isnull=False), name="evaluation_reply_has_a_last_day"
            ),
        )

    def __str__(self) -> str:
        return f"{local(self.programme, 'name')} ({local(self.seat.organisation, 'name')})"

    def get_absolute_url(self) -> str:
        return reverse("participation:evaluations:report", args=[self.row_id])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class EvaluationEvidence(AttachmentFields, RowIdentity):
    """A file behind an evaluation: public with it, or sealed where it holds secrets of somebody (``confidential``)."""

    report = models.ForeignKey(EvaluationReport, models.PROTECT, related_name="evidence")
    title = models.CharField(_("what it shows"), max_length=200)
    confidential = models.OneToOneField(ConfidentialPart, models.PROTECT, null=True, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("evidence of an evaluation")
        verbose_name_plural = _("evidence of evaluations")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The evaluation that it stands behind, once that is public."""
        found = self.report.evaluation or self.report
        return str(found.get_absolute_url())


class FindingReply(RowIdentity):
    """What the evaluated department says to one finding before it is published (反馈意见). Written once."""

    class Stance(models.TextChoices):
        ACCEPTS = "accepts", _("Accepts it")
        PARTLY = "partly", _("Accepts it in part")
        REJECTS = "rejects", _("Does not accept it")

    report = models.ForeignKey(EvaluationReport, models.PROTECT, related_name="replies")
    version = models.PositiveSmallIntegerField()
    finding_ref = models.UUIDField()
    stance = models.CharField(_("position"), max_length=8, choices=Stance)
    text = models.TextField(_("reply"), max_length=2000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    history = History()

    class Meta:
        verbose_name = _("reply to a finding")
        verbose_name_plural = _("replies to findings")
        ordering = ("created", "pk")
        constraints = (models.UniqueConstraint(fields=("report", "version", "finding_ref"), name="finding_reply_once"),)

    def __str__(self) -> str:
        return f"{self.report}: {self.get_stance_display()}"

    def as_told(self) -> dict[str, Any]:
        return {"stance": self.stance, "text": self.text, "on": timezone.localdate(self.created).isoformat()}
