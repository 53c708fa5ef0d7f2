"""Questions on a recommendation, so that advice is understood before it is acted on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.rectification.models import PartOfTaskQuerySet, RectificationTask
from privacy.history.records import History
from privacy.sealing.models import RowIdentity


class RecommendationQuestion(RowIdentity):
    """What the department asks, what the evaluator answers, and the recommendation before and after."""

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="questions")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    question = models.TextField(_("question"), max_length=2000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(_("answer due"))
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True)
    # The version that the answer made, and its words; 0 where the recommendation stays as it is.
    version = models.PositiveSmallIntegerField(_("version of the recommendation"), default=0)
    before = models.TextField(_("recommendation until then"), max_length=2000, blank=True)
    clarified = models.TextField(_("clarified recommendation"), max_length=2000, blank=True)

    objects = PartOfTaskQuerySet.as_manager()
    history = History(public_fields=("question", "due_on", "answer", "version", "clarified"))
    public_texts = ("question", "answer", "clarified")

    class Meta:
        verbose_name = _("question on a recommendation")
        verbose_name_plural = _("questions on recommendations")
        ordering = ("created", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("task", "department"),
                condition=Q(answered_at__isnull=True),
                name="question_one_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.task}: {self.question[:60]}"

    def get_absolute_url(self) -> str:
        return f"{self.task.get_absolute_url()}#questions"

    @property
    def is_late(self) -> bool:
        return self.answered_at is None and self.due_on < timezone.localdate()
