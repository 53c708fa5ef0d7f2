"""Goals (绩效目标) and indicators (绩效指标) of a programme in a year, after the self-evaluation sheet (自评表)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line, Programme
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class ProgrammeYearQuerySet(models.QuerySet["ProgrammeYear"]):
    def visible_to(self, user: User | AnonymousUser) -> ProgrammeYearQuerySet:
        """Goals are public with the budget of their year: once a release of it has a line of the programme."""
        lines = Line.objects.visible_to(user).filter(
            programme=OuterRef("programme"), release__fiscal_year=OuterRef("fiscal_year")
        )
        return self.filter(Exists(lines))


class ProgrammeYear(RowIdentity):
    """One programme in one fiscal year: what it set out to do and how it scored itself (自评)."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="years")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    self_score = models.DecimalField(_("self-evaluation score"), max_digits=5, decimal_places=2, null=True, blank=True)

    objects = ProgrammeYearQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ("programme", "fiscal_year")
        constraints = (
            models.UniqueConstraint(fields=("programme", "fiscal_year"), name="programme_year_once"),
            models.CheckConstraint(
                condition=Q(self_score__isnull=True) | Q(self_score__range=(0, 100)), name="self_score_0_to_100"
            ),
        )

    def __str__(self) -> str:
        return f"{self.programme} {self.fiscal_year}"


class Goal(RowIdentity):
    """What the programme is to achieve in the year (年度绩效目标)."""

    programme_year = models.ForeignKey(ProgrammeYear, models.PROTECT, related_name="goals")
    text = models.TextField(_("goal"))
    text_en = models.TextField(_("goal in English"), blank=True)

    def __str__(self) -> str:
        return self.text


class Indicator(RowIdentity):
    """A third-level indicator (三级指标) with its target and what was reached."""

    class Dimension(models.TextChoices):
        OUTPUT = "output", _("Output")
        BENEFIT = "benefit", _("Benefit")
        SATISFACTION = "satisfaction", _("Satisfaction")
        COST = "cost", _("Cost")

    class Operator(models.TextChoices):
        AT_LEAST = "ge", "≥"
        AT_MOST = "le", "≤"
        EQUAL = "eq", "="

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="indicators")
    dimension = models.CharField(_("dimension"), max_length=16, choices=Dimension)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    operator = models.CharField(_("operator"), max_length=2, choices=Operator)
    target = models.DecimalField(_("target"), max_digits=18, decimal_places=4)
    actual = models.DecimalField(_("actual"), max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2)

    history = History()

    class Meta:
        ordering = ("goal", "dimension", "pk")
        constraints = (models.CheckConstraint(condition=Q(weight__gt=0), name="indicator_weight_positive"),)

    def __str__(self) -> str:
        return self.name
