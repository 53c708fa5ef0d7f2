"""Feedback: what somebody says about one line of a release."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line
from participation.consultations.models import Contribution
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.sealed_values import holds
from privacy.history.records import History
from privacy.sealing.fields import SealedTextField


class Feedback(Contribution):
    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        PROBLEM = "problem", _("Problem")
        SUGGESTION = "suggestion", _("Suggestion")
        PRAISE = "praise", _("Praise")

    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="feedback_set")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    body = models.TextField(_("what you want to say"), max_length=4000)
    is_anonymous = models.BooleanField(_("do not show my name to the public"), default=False)
    callback_phone = SealedTextField(_("telephone for a call back"), null=True, blank=True)
    confidential = models.OneToOneField(
        ConfidentialPart, models.PROTECT, null=True, editable=False, verbose_name=_("confidential part")
    )

    # The form's own mark: sent twice, it is stored once.
    client_id = models.UUIDField(null=True, editable=False)

    history = History(public_fields=("kind", "status", "accepted_at"))
    public_texts = ("body",)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("pieces of feedback")
        ordering = ("-created", "-pk")
        constraints = (models.UniqueConstraint(fields=("author", "client_id"), name="feedback_client_id_once"),)

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("participation:feedback:detail", args=[self.row_id])

    @property
    def has_callback_phone(self) -> bool:
        """Whether a number is held, found without opening it."""
        return holds(self, "callback_phone")

    @property
    def reference(self) -> str:
        return f"F-{self.created.year}-{self.pk:05d}"
