"""The public answer (采纳情况反馈): what was made of the input, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.consultations.models import Consultation
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User | AnonymousUser) -> AnswerQuerySet:
        """An answer is as public as its consultation, whatever becomes of the input that it answers."""
        return self.filter(consultation__in=Consultation.objects.visible_to(user))


class Answer(RowIdentity):
    class Outcome(models.TextChoices):
        ADOPTED = "adopted", _("Adopted")
        PARTLY = "partly", _("Partly adopted")
        NOT_ADOPTED = "not_adopted", _("Not adopted")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="answers")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="answers")
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    reason = models.TextField(_("reason"), max_length=4000)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"), default=timezone.now)

    objects = AnswerQuerySet.as_manager()
    history = History(public_fields=("outcome", "reason", "department", "published_at"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("public answer")
        verbose_name_plural = _("public answers")
        ordering = ("-published_at",)

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("participation:balance:answer", args=[self.row_id])

    @property
    def reference(self) -> str:
        return f"A-{self.published_at.year}-{self.pk:05d}"


class AnsweredInput(models.Model):
    """Which input an answer answers. Each input has at most one answer: the database says so."""

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="inputs")
    feedback = models.OneToOneField(Feedback, models.PROTECT, null=True, related_name="answered")
    evaluation = models.OneToOneField(Evaluation, models.PROTECT, null=True, related_name="answered")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(feedback__isnull=False, evaluation__isnull=True)
                | Q(feedback__isnull=True, evaluation__isnull=False),
                name="answered_input_is_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.answer} -> {self.contribution}"

    @property
    def contribution(self) -> Feedback | Evaluation:
        return cast(Feedback | Evaluation, self.feedback or self.evaluation)
