"""Third-party evaluations (第三方评价)."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Programme
from participation.attachments import AttachmentFields
from participation.consultations.models import Contribution
from participation.stakeholders.confidential import ConfidentialPart
from privacy.history.records import History


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
