"""Feedback: what somebody says about one line of a release, or about something else that is disclosed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line, Programme
from cms.performance.models import Indicator
from participation.attachments import AttachmentFields
from participation.consultations.models import Consultation, Contribution
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.sealed_values import holds
from privacy.history.records import History
from privacy.sealing.fields import SealedJSONField, SealedTextField
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

# What feedback may be about, one of them at most; with none it is about the consultation as a whole.
SUBJECTS = ("line", "programme", "indicator", "task")


def _at_most_one_subject() -> Q:
    """Each alternative leaves all subjects but one empty."""
    allowed = Q(pk__in=[])
    for chosen in SUBJECTS:
        allowed |= Q(**{f"{other}__isnull": True for other in SUBJECTS if other != chosen})
    return allowed


class Feedback(AttachmentFields, Contribution):
    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        PROBLEM = "problem", _("Problem")
        SUGGESTION = "suggestion", _("Suggestion")
        PRAISE = "praise", _("Praise")

    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="feedback_set")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="feedback_set")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, blank=True, related_name="feedback_set")
    task = models.ForeignKey(
        "participation.RectificationTask", models.PROTECT, null=True, blank=True, related_name="feedback_set"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    body = models.TextField(_("what you want to say"), max_length=4000)
    is_anonymous = models.BooleanField(_("do not show my name to the public"), default=False)
    callback_phone = SealedTextField(_("telephone for a call back"), null=True, blank=True)
    sealed_passage = SealedTextField(_("for the moderators only"), null=True, blank=True)
    confidential = models.OneToOneField(
        ConfidentialPart, models.PROTECT, null=True, editable=False, verbose_name=_("confidential part")
    )

    # Said by several: each keeps author, number and page, and the answer to the first reaches all.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("the same as")
    )

    # The form's own mark: sent twice, it is stored once.
    client_id = models.UUIDField(null=True, editable=False)

    history = History(public_fields=("kind", "status", "accepted_at", "due_on", "extended_at", "merged_into"))
    public_texts = ("body",)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("pieces of feedback")
        ordering = ("-created", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("author", "client_id"), name="feedback_client_id_once"),
            models.CheckConstraint(condition=_at_most_one_subject(), name="feedback_about_one_thing"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")), name="feedback_not_merged_into_itself"
            ),
        )

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("participation:feedback:detail", args=[self.row_id])

    @property
    def subject(self) -> Any:
        """The line, programme, indicator or task it is about; None for the consultation as a whole."""
        return next((found for name in SUBJECTS if (found := getattr(self, name)) is not None), None)

    @property
    def has_sealed_passage(self) -> bool:
        return holds(self, "sealed_passage")

    @property
    def has_callback_phone(self) -> bool:
        """Whether a number is held, found without opening it."""
        return holds(self, "callback_phone")

    @property
    def reference(self) -> str:
        return f"F-{self.created.year}-{self.pk:05d}"


class Reaction(models.Model):
    """One tap on a line: one a person and line, changeable. The public sees numbers only, and small ones not at all."""

    class Kind(models.TextChoices):
        MORE = "more", _("I want more of this")
        UNCLEAR = "unclear", _("I do not understand this")
        LESS = "less", _("I want less of this")
        STOP = "stop", _("This should stop")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="reactions")
    line = models.ForeignKey(Line, models.PROTECT, related_name="reactions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reactions")
    stakeholder_group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    kind = models.CharField(_("reaction"), max_length=8, choices=Kind)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reaction to a line")
        verbose_name_plural = _("reactions to lines")
        constraints = (models.UniqueConstraint(fields=("line", "person"), name="reaction_once"),)

    def __str__(self) -> str:
        return f"{self.line_id}: {self.get_kind_display()}"


class Draft(RowIdentity):
    """What somebody has begun to write in a consultation, sealed under their own key. Nobody else reads it."""

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="feedback_drafts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feedback_drafts")
    typed = SealedJSONField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("draft of feedback")
        verbose_name_plural = _("drafts of feedback")
        ordering = ("-saved_at",)
        constraints = (models.UniqueConstraint(fields=("consultation", "person"), name="feedback_draft_once"),)

    def __str__(self) -> str:
        return str(self.pk)

    def sealing_subject(self) -> Subject:
        return self.person.sealing_subject()
