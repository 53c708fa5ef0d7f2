"""Other opinions beside those of third parties: official scores, what the public gives, and what is checked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Programme
from participation.consultations.models import Consultation
from participation.evaluations.models import Evaluation
from participation.stakeholders.models import StakeholderGroup
from privacy.history.records import History
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import PORTAL, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class PublicQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PublicQuerySet:
        return self.all()


class Reevaluation(RowIdentity):
    """A sample of a year's evaluations that is evaluated again (再评价), drawn by lot.

    ``commitment`` is public before anybody knows what is drawn from; ``secret`` is opened with the draw, and anybody
    can draw again (``participation/drawing.py``).
    """

    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    count = models.PositiveSmallIntegerField(_("how many are drawn"))
    reason = models.TextField(_("why, and what is looked at"), max_length=1000)
    commitment = models.CharField(max_length=64)
    secret = SealedTextField(null=True, blank=True)
    opened_secret = models.CharField(max_length=64, blank=True)
    pool = models.JSONField(_("drawn from"), default=list)
    drawn = models.ManyToManyField(Evaluation, related_name="reevaluations")
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    drawn_at = models.DateTimeField(null=True, blank=True)

    objects = PublicQuerySet.as_manager()
    history = History(public_fields=("fiscal_year", "count", "reason", "commitment", "opened_secret", "drawn_at"))

    class Meta:
        verbose_name = _("re-evaluation by lot")
        verbose_name_plural = _("re-evaluations by lot")
        ordering = ("-created",)
        constraints = (
            models.CheckConstraint(condition=Q(count__gte=1), name="reevaluation_draws_something"),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True, opened_secret="")
                | (Q(drawn_at__isnull=False) & ~Q(opened_secret="")),
                name="reevaluation_opened_when_drawn",
            ),
        )

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.fiscal_year}"

    def get_absolute_url(self) -> str:
        return reverse("participation:evaluations:reevaluation", args=[self.row_id])

    def sealing_subject(self) -> Subject:
        return PORTAL


class OfficialScore(RowIdentity):
    """What an official evaluation other than the self-evaluation gave a programme's year."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("Evaluation by the competent department")
        FINANCE = "finance", _("Evaluation by the finance department")
        AGAIN = "again", _("Re-evaluation")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="official_scores")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    score = models.DecimalField(_("score out of 100"), max_digits=5, decimal_places=2)
    summary = models.TextField(_("what was found"), max_length=2000)
    reevaluation = models.ForeignKey(Reevaluation, models.PROTECT, null=True, blank=True, related_name="results")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = PublicQuerySet.as_manager()
    history = History(public_fields=("fiscal_year", "kind", "score", "summary"))

    class Meta:
        verbose_name = _("official score")
        verbose_name_plural = _("official scores")
        ordering = ("programme", "-fiscal_year", "kind")
        constraints = (
            models.CheckConstraint(condition=Q(score__range=(0, 100)), name="official_score_0_to_100"),
            models.UniqueConstraint(fields=("programme", "fiscal_year", "kind"), name="official_score_once"),
        )

    def __str__(self) -> str:
        return f"{self.programme} {self.fiscal_year}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("participation:evaluations:opinions", args=[self.programme.row_id])


class PublicScore(models.Model):
    """How satisfied one person is with a programme, asked in a consultation. Only counted; changeable."""

    class Level(models.IntegerChoices):
        VERY_GOOD = 100, _("very satisfied")
        GOOD = 80, _("satisfied")
        MIDDLING = 60, _("so-so")
        POOR = 40, _("not satisfied")
        VERY_POOR = 20, _("not satisfied at all")

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="public_scores")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="public_scores")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="public_scores")
    stakeholder_group = models.CharField(max_length=24, choices=StakeholderGroup)
    points = models.PositiveSmallIntegerField(choices=Level)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("score of somebody")
        verbose_name_plural = _("scores of the public")
        constraints = (
            models.UniqueConstraint(fields=("consultation", "programme", "person"), name="public_score_once"),
            models.CheckConstraint(condition=Q(points__in=(20, 40, 60, 80, 100)), name="public_score_is_a_level"),
        )

    def __str__(self) -> str:
        return str(self.pk)
