"""An answer on its way: written, completed by departments, looked at by a second person, then published."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.balance.models import Answer
from participation.consultations.models import Consultation
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class AnswerDraftQuerySet(models.QuerySet["AnswerDraft"]):
    def visible_to(self, user: User | AnonymousUser) -> AnswerDraftQuerySet:
        """Moderators and auditors; an officer those that the own department is asked to contribute to."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role("moderator", "auditor"):
            return self
        departments = user.appointments.current().filter(role="officer").values("department")
        asked = PartAsked.objects.filter(department__in=departments).values("draft")
        return self.filter(pk__in=asked)

    def open(self) -> AnswerDraftQuerySet:
        return self.filter(state__in=AnswerDraft.OPEN)


class AnswerDraft(RowIdentity):
    """A new answer, or, where ``answer`` was there before, its next version (``why`` says what was wrong)."""

    class State(models.TextChoices):
        WRITING = "writing", _("Being written")
        SUBMITTED = "submitted", _("Waiting for a second person")
        APPROVED = "approved", _("Approved, not published yet")
        PUBLISHED = "published", _("Published")
        DROPPED = "dropped", _("Given up")

    OPEN = (State.WRITING, State.SUBMITTED, State.APPROVED)

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="answer_drafts")
    answer = models.ForeignKey(Answer, models.PROTECT, null=True, related_name="drafts")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=12, choices=Answer.Outcome)
    reason = models.TextField(_("reason"), max_length=4000)
    why = models.TextField(_("why it is corrected"), max_length=1000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WRITING)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    review_note = models.TextField(_("what the second person says"), max_length=1000, blank=True)

    objects = AnswerDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of an answer")
        verbose_name_plural = _("drafts of answers")
        ordering = ("created", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("written_by")), name="draft_second_person"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "published")) | Q(reviewed_by__isnull=False),
                name="draft_approved_by_somebody",
            ),
            models.UniqueConstraint(
                fields=("answer",),
                condition=Q(state__in=("writing", "submitted", "approved")),
                name="draft_of_correction_once",
            ),
        )

    def __str__(self) -> str:
        return str(self.row_id)

    def get_absolute_url(self) -> str:
        return reverse("participation:balance:draft", args=[self.row_id])

    @property
    def is_correction(self) -> bool:
        return bool(self.why)

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class DraftInput(models.Model):
    """What a draft will answer. The input is locked while a draft takes it up, so that two do not."""

    draft = models.ForeignKey(AnswerDraft, models.CASCADE, related_name="inputs")
    feedback = models.ForeignKey(Feedback, models.PROTECT, null=True, related_name="answer_drafts")
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="answer_drafts")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(feedback__isnull=False, evaluation__isnull=True)
                | Q(feedback__isnull=True, evaluation__isnull=False),
                name="draft_input_is_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.draft} -> {self.contribution}"

    @property
    def contribution(self) -> Feedback | Evaluation:
        return cast(Feedback | Evaluation, self.feedback or self.evaluation)


class PartAsked(RowIdentity):
    """A department is asked to say its part of an answer; ``text`` is empty until it has."""

    draft = models.ForeignKey(AnswerDraft, models.CASCADE, related_name="parts")
    department = models.ForeignKey(Department, models.PROTECT, related_name="parts_asked")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    text = models.TextField(_("contribution"), max_length=4000, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("asked_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("draft", "department"), name="part_asked_once"),
            models.CheckConstraint(
                condition=Q(text="", written_by__isnull=True) | (~Q(text="") & Q(written_by__isnull=False)),
                name="part_written_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.draft}: {self.department}"
