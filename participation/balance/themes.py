"""Themes: how moderators sort what was said. A theme is a moderator's word, never a machine's."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from privacy.sealing.models import RowIdentity


class Theme(RowIdentity):
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="themes")
    name = models.CharField(_("theme"), max_length=60)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("consultation", "name"), name="theme_once"),)

    def __str__(self) -> str:
        return self.name


class ThemeTag(models.Model):
    """That an input is about a theme."""

    theme = models.ForeignKey(Theme, models.CASCADE, related_name="tags")
    feedback = models.ForeignKey(Feedback, models.CASCADE, null=True, related_name="theme_tags")
    evaluation = models.ForeignKey(Evaluation, models.CASCADE, null=True, related_name="theme_tags")
    tagged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(feedback__isnull=False, evaluation__isnull=True)
                | Q(feedback__isnull=True, evaluation__isnull=False),
                name="theme_tag_is_on_one_thing",
            ),
            models.UniqueConstraint(
                fields=("theme", "feedback"), condition=Q(feedback__isnull=False), name="theme_tag_once_on_feedback"
            ),
            models.UniqueConstraint(
                fields=("theme", "evaluation"),
                condition=Q(evaluation__isnull=False),
                name="theme_tag_once_on_evaluation",
            ),
        )

    def __str__(self) -> str:
        return str(self.theme)
