"""The public answer (采纳情况反馈): what was made of the input, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
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
        OUT_OF_SCOPE = "out_of_scope", _("Not for this government to decide")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="answers")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="answers")
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    reason = models.TextField(_("reason"), max_length=4000)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Whoever looked at it before it was published; of answers from before there was a review, nobody.
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    corrected_at = models.DateTimeField(_("corrected"), null=True, blank=True)

    objects = AnswerQuerySet.as_manager()
    history = History(public_fields=("outcome", "reason", "department", "published_at", "version", "corrected_at"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("public answer")
        verbose_name_plural = _("public answers")
        ordering = ("-published_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("answered_by")), name="answer_second_person"
            ),
        )

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("participation:balance:answer", args=[self.row_id])

    @property
    def reference(self) -> str:
        return f"A-{self.published_at.year}-{self.pk:05d}"

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """What departments said to it, shown in its history."""
        return [self.parts.all()]

    @property
    def is_turned_down(self) -> bool:
        return self.outcome in TURNED_DOWN

    @property
    def parts_shown(self) -> list[AnswerPart]:
        """What each department says now: a correction takes the place of what it said before."""
        latest = {part.department_id: part for part in sorted(self.parts.all(), key=lambda part: part.version)}
        return sorted(latest.values(), key=lambda part: part.pk)


# With these nothing is put right.
TURNED_DOWN = frozenset({Answer.Outcome.NOT_ADOPTED, Answer.Outcome.OUT_OF_SCOPE})


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


class AnswerPartQuerySet(models.QuerySet["AnswerPart"]):
    def visible_to(self, user: User | AnonymousUser) -> AnswerPartQuerySet:
        return self.filter(answer__in=Answer.objects.visible_to(user))


class AnswerPart(RowIdentity):
    """What one department contributed to an answer, published with it."""

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="parts")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    text = models.TextField(_("contribution"), max_length=4000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)

    objects = AnswerPartQuerySet.as_manager()
    history = History(public_fields=("department", "text", "version"))

    class Meta:
        verbose_name = _("contribution of a department to an answer")
        verbose_name_plural = _("contributions of departments to answers")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("answer", "department", "version"), name="answer_part_once_a_version"),
        )

    def __str__(self) -> str:
        return f"{self.answer}: {self.department}"
