"""Scoring schemes (评分标准) as dated data: weights, formulas, bands and grades differ by place and year."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cms.performance import scoring
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

ONE_HUNDRED = Decimal(100)


class SchemeQuerySet(models.QuerySet["ScoringScheme"]):
    def visible_to(self, user: User | AnonymousUser) -> SchemeQuerySet:
        """How scores are made is public from the day that a scheme is entered."""
        return self.all()

    def with_rules(self) -> SchemeQuerySet:
        """Each with its weights, grades, bands, paces and indicators; six queries."""
        return self.prefetch_related("weights", "grades", "bands", "paces", "indicators")

    def valid_on(self, day: date) -> SchemeQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class ScoringScheme(RowIdentity):
    """How points are given from ``valid_from`` on. A change is a new version: scores keep the one they were made by."""

    class Kind(models.TextChoices):
        SELF_EVALUATION = "self_evaluation", _("Self-evaluation")
        EVALUATION = "evaluation", _("Evaluation")

    class Formula(models.TextChoices):
        RATIO = scoring.Formula.RATIO.value, _("in proportion to the target")
        MIRRORED = scoring.Formula.MIRRORED.value, _("less by as much as the target was missed")
        ALL_OR_NOTHING = scoring.Formula.ALL_OR_NOTHING.value, _("all or nothing")

    code = models.SlugField(_("code"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    jurisdiction = models.CharField(_("where it applies"), max_length=100, blank=True)
    source = models.TextField(_("source of the rule"), blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    formula = models.CharField(_("more is better"), max_length=16, choices=Formula, default=Formula.RATIO)
    reverse_formula = models.CharField(_("less is better"), max_length=16, choices=Formula, default=Formula.RATIO)
    over_achievement = models.DecimalField(
        _("a target exceeded beyond this share is called too easy"),
        max_digits=5,
        decimal_places=4,
        default=Decimal("1.3"),
    )
    reason_below = models.DecimalField(
        _("execution below this share needs a reason"), max_digits=5, decimal_places=4, default=Decimal("0.9")
    )
    alert_gap = models.DecimalField(
        _("money and goals further apart than this raise an alert"),
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.2"),
    )
    silent_after_days = models.PositiveSmallIntegerField(
        _("days without a monitoring record after which a programme is called silent"), default=120
    )
    divergence_points = models.DecimalField(
        _("two scores further apart than this diverge"), max_digits=5, decimal_places=2, default=Decimal(10)
    )

    objects = SchemeQuerySet.as_manager()
    history = History()  # Nothing of it changes once it is there; what is recorded is who brought it, and when.

    class Meta:
        ordering = ("code", "version")
        constraints = (
            models.UniqueConstraint(fields=("code", "version"), name="scoring_scheme_version_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="scoring_scheme_lasts"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    def as_scheme(self) -> scoring.Scheme:
        """What the formulas work with. Raises ``SchemeError`` for rows that do not make a scheme."""
        return scoring.Scheme(
            weights={row.dimension: row.weight for row in self.weights.all()},
            grades=tuple(scoring.Grade(row.code, row.lower) for row in self.grades.all()),
            bands=tuple(scoring.Band(row.level, row.lower, row.upper) for row in self.bands.all()),
            formula=scoring.Formula(self.formula),
            reverse_formula=scoring.Formula(self.reverse_formula),
            over_achievement=self.over_achievement,
            reason_below=self.reason_below,
        )


class SchemeWeight(models.Model):
    """Points of 100 for one dimension, ``execution`` (预算执行率) among them."""

    scheme = models.ForeignKey(ScoringScheme, models.CASCADE, related_name="weights")
    dimension = models.CharField(_("dimension"), max_length=16)
    weight = models.DecimalField(_("points"), max_digits=5, decimal_places=2)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("scheme", "dimension"), name="scheme_weight_once"),
            models.CheckConstraint(condition=Q(weight__range=(0, ONE_HUNDRED)), name="scheme_weight_0_to_100"),
        )

    def __str__(self) -> str:
        return f"{self.dimension}: {self.weight}"


class SchemeIndicator(models.Model):
    """What evaluators judge within a dimension: its points of 100, and the evidence that is wanted for them."""

    scheme = models.ForeignKey(ScoringScheme, models.CASCADE, related_name="indicators")
    code = models.SlugField(_("code"), max_length=20)
    dimension = models.CharField(_("dimension"), max_length=16)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    weight = models.DecimalField(_("points"), max_digits=5, decimal_places=2)
    evidence = models.CharField(_("evidence wanted"), max_length=300, blank=True)
    evidence_en = models.CharField(_("evidence wanted, in English"), max_length=300, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("scheme", "code"), name="scheme_indicator_once"),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=ONE_HUNDRED), name="scheme_indicator_has_points"
            ),
        )

    def __str__(self) -> str:
        return self.name


class SchemePace(models.Model):
    """The share of its budget that a programme has to have executed by the end of ``month``, or it is called stale."""

    scheme = models.ForeignKey(ScoringScheme, models.CASCADE, related_name="paces")
    month = models.PositiveSmallIntegerField(_("month"))
    share = models.DecimalField(_("executed at least"), max_digits=5, decimal_places=4)

    class Meta:
        ordering = ("month",)
        constraints = (
            models.UniqueConstraint(fields=("scheme", "month"), name="scheme_pace_once"),
            models.CheckConstraint(condition=Q(month__range=(1, 12), share__range=(0, 1)), name="scheme_pace_in_range"),
        )

    def __str__(self) -> str:
        return f"{self.month}: {self.share}"


class SchemeGrade(models.Model):
    """A grade from ``lower`` points of 100 up to where the next better one begins."""

    scheme = models.ForeignKey(ScoringScheme, models.CASCADE, related_name="grades")
    code = models.SlugField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=30)
    name_en = models.CharField(_("name in English"), max_length=30)
    lower = models.DecimalField(_("from"), max_digits=5, decimal_places=2)

    class Meta:
        ordering = ("-lower",)
        constraints = (
            models.UniqueConstraint(fields=("scheme", "code"), name="scheme_grade_once"),
            models.UniqueConstraint(fields=("scheme", "lower"), name="scheme_grade_bound_once"),
        )

    def __str__(self) -> str:
        return self.name


class SchemeBand(models.Model):
    """The shares of a weight, 0 to 1, that a qualitative level (达成、部分达成、未达成) may earn."""

    scheme = models.ForeignKey(ScoringScheme, models.CASCADE, related_name="bands")
    level = models.SlugField(_("level"), max_length=30)
    name = models.CharField(_("name"), max_length=30)
    name_en = models.CharField(_("name in English"), max_length=30)
    lower = models.DecimalField(_("from"), max_digits=5, decimal_places=4)
    upper = models.DecimalField(_("up to"), max_digits=5, decimal_places=4)

    class Meta:
        ordering = ("-upper",)
        constraints = (
            models.UniqueConstraint(fields=("scheme", "level"), name="scheme_band_once"),
            models.CheckConstraint(
                condition=Q(lower__gte=0, upper__lte=1) & Q(lower__lte=F("upper")), name="scheme_band_0_to_1"
            ),
        )

    def __str__(self) -> str:
        return self.name
