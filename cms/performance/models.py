"""Goals (绩效目标) and indicators (绩效指标) of a programme in a year, after the self-evaluation sheet (自评表)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line, Programme
from cms.performance.schemes import ScoringScheme
from cms.performance.scoring import Direction as ScoringDirection
from cms.performance.scoring import Operator as ScoringOperator
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
    """One programme in one fiscal year: what it set out to do and how it scored itself (自评).

    Amounts are integers in the minor unit of ``currency``; NULL means that nothing was reported, which is not zero.
    ``full_year`` is the budget after adjustment (全年预算数, A) and ``executed`` what was spent of it (全年执行数, B).
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="years")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    scheme = models.ForeignKey(
        ScoringScheme, models.PROTECT, null=True, blank=True, related_name="years", verbose_name=_("scoring scheme")
    )
    self_score = models.DecimalField(_("self-evaluation score"), max_digits=5, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY", help_text=_("ISO 4217"))
    initial = models.BigIntegerField(_("initial budget"), null=True, blank=True)
    full_year = models.BigIntegerField(_("full-year budget"), null=True, blank=True)
    executed = models.BigIntegerField(_("executed"), null=True, blank=True)
    execution_points = models.DecimalField(
        _("points for execution by its own account"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    execution_reason = models.TextField(_("reason for low execution"), blank=True)
    problems_found = models.PositiveIntegerField(_("problems found"), null=True, blank=True)
    problems_fixed = models.PositiveIntegerField(_("problems fixed"), null=True, blank=True)
    problems_open = models.PositiveIntegerField(_("problems being fixed"), null=True, blank=True)
    goals_set_on = models.DateField(_("goals set on"), null=True, blank=True)
    tracked_on = models.DateField(_("tracked on"), null=True, blank=True)
    self_evaluated_on = models.DateField(_("self-evaluated on"), null=True, blank=True)

    objects = ProgrammeYearQuerySet.as_manager()
    history = History(
        public_fields=(
            *("fiscal_year", "self_score", "currency", "initial", "full_year", "executed", "execution_points"),
            *("execution_reason", "problems_found", "problems_fixed", "problems_open"),
            *("goals_set_on", "tracked_on", "self_evaluated_on"),
        )
    )

    class Meta:
        verbose_name = _("programme year")
        verbose_name_plural = _("programme years")
        ordering = ("programme", "fiscal_year")
        constraints = (
            models.UniqueConstraint(fields=("programme", "fiscal_year"), name="programme_year_once"),
            models.CheckConstraint(
                condition=Q(self_score__isnull=True) | Q(self_score__range=(0, 100)), name="self_score_0_to_100"
            ),
            models.CheckConstraint(
                condition=Q(problems_found__isnull=True) | Q(problems_found=F("problems_fixed") + F("problems_open")),
                name="problems_are_fixed_or_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.programme} {self.fiscal_year}"

    def get_absolute_url(self) -> str:
        return self.programme.get_absolute_url()

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """Goals, indicators, monitoring, approval and changes, shown in the history of their year."""
        return [
            self.goals.all(),
            Indicator.objects.filter(goal__programme_year=self),
            self.monitoring.all(),
            MonitoringReading.objects.filter(record__programme_year=self),
            apps.get_model("cms.GoalApproval")._default_manager.filter(programme_year=self),
            self.goal_changes.all(),
        ]


class Goal(RowIdentity):
    """What the programme is to achieve in the year (年度绩效目标), and what it says it achieved (实际完成情况)."""

    programme_year = models.ForeignKey(ProgrammeYear, models.PROTECT, related_name="goals")
    text = models.TextField(_("goal"))
    text_en = models.TextField(_("goal in English"), blank=True)
    outcome = models.TextField(_("what was achieved"), blank=True)

    history = History(public_fields=("text", "text_en", "outcome"))

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")

    def __str__(self) -> str:
        return self.text


class Indicator(RowIdentity):
    """A third-level indicator (三级指标) with its target and what was reached.

    ``dimension`` is the first level (一级指标), ``category`` the second. A numeric indicator has a ``target``; a
    qualitative one has ``target_text``, and its result is a ``level`` with, where the sheet says so, the ``share`` of
    the weight that was awarded for it.
    """

    class Dimension(models.TextChoices):
        OUTPUT = "output", _("Output")
        BENEFIT = "benefit", _("Benefit")
        SATISFACTION = "satisfaction", _("Satisfaction")
        COST = "cost", _("Cost")

    class Category(models.TextChoices):
        QUANTITY = "quantity", _("Quantity")
        QUALITY = "quality", _("Quality")
        TIMELINESS = "timeliness", _("Timeliness")
        COST = "cost", _("Cost")
        ECONOMIC = "economic", _("Economic benefit")
        SOCIAL = "social", _("Social benefit")
        ECOLOGICAL = "ecological", _("Ecological benefit")
        SUSTAINABLE = "sustainable", _("Lasting effect")
        SATISFACTION = "satisfaction", _("Satisfaction")

    class Operator(models.TextChoices):
        AT_LEAST = "ge", "≥"
        AT_MOST = "le", "≤"
        EQUAL = "eq", "="
        QUALITATIVE = "ql", _("in words")

    class Direction(models.TextChoices):
        POSITIVE = "positive", _("more is better")
        REVERSE = "reverse", _("less is better")

    class Level(models.TextChoices):
        ACHIEVED = "achieved", _("achieved")
        PARTLY = "partly", _("partly achieved")
        NOT_ACHIEVED = "not_achieved", _("not achieved")

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="indicators")
    dimension = models.CharField(_("dimension"), max_length=16, choices=Dimension)
    category = models.CharField(_("category"), max_length=16, choices=Category, blank=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    operator = models.CharField(_("operator"), max_length=2, choices=Operator)
    direction = models.CharField(
        _("direction"), max_length=8, choices=Direction, blank=True, help_text=_("empty: as the operator says")
    )
    baseline = models.DecimalField(_("baseline"), max_digits=18, decimal_places=4, null=True, blank=True)
    target = models.DecimalField(_("target"), max_digits=18, decimal_places=4, null=True, blank=True)
    target_text = models.CharField(_("target in words"), max_length=300, blank=True)
    actual = models.DecimalField(_("actual"), max_digits=18, decimal_places=4, null=True, blank=True)
    actual_text = models.CharField(_("actual in words"), max_length=300, blank=True)
    level = models.CharField(_("level reached"), max_length=16, choices=Level, blank=True)
    share = models.DecimalField(_("share awarded"), max_digits=5, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2)
    stated_points = models.DecimalField(
        _("points by its own account"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    evidence = models.TextField(_("evidence"), blank=True)
    deviation_reason = models.TextField(_("reason for the deviation"), blank=True)
    corrective_action = models.TextField(_("corrective action"), blank=True)

    history = History(
        public_fields=(
            *("dimension", "category", "name", "name_en", "operator", "direction", "baseline", "target", "target_text"),
            *("actual", "actual_text", "level", "share", "unit", "weight", "stated_points"),
            *("evidence", "deviation_reason", "corrective_action"),
        )
    )

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ("goal", "dimension", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(weight__gt=0), name="indicator_weight_positive"),
            models.CheckConstraint(
                condition=Q(operator="ql", target__isnull=True, actual__isnull=True)
                | (~Q(operator="ql") & Q(target__isnull=False, level="", share__isnull=True)),
                name="indicator_in_numbers_or_words",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__range=(0, 1)), name="indicator_share_0_to_1"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def as_operator(self) -> ScoringOperator:
        return ScoringOperator(self.operator)

    @property
    def as_direction(self) -> ScoringDirection:
        """Where the sheet is silent, "at most" means that less is better."""
        if self.direction:
            return ScoringDirection(self.direction)
        is_at_most = self.operator == self.Operator.AT_MOST
        return ScoringDirection.REVERSE if is_at_most else ScoringDirection.POSITIVE


class MonitoringQuerySet(models.QuerySet["MonitoringRecord"]):
    def visible_to(self, user: User | AnonymousUser) -> MonitoringQuerySet:
        return self.filter(programme_year__in=ProgrammeYear.objects.visible_to(user))


class MonitoringRecord(RowIdentity):
    """How a programme stood on a day (绩效运行监控). ``executed``: since the year began, in minor units."""

    programme_year = models.ForeignKey(ProgrammeYear, models.PROTECT, related_name="monitoring")
    as_of = models.DateField(_("as of"))
    executed = models.BigIntegerField(_("executed"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    note_en = models.TextField(_("note in English"), blank=True)
    correction = models.TextField(_("what is being put right"), blank=True)
    correction_en = models.TextField(_("what is being put right, in English"), blank=True)

    objects = MonitoringQuerySet.as_manager()
    history = History(public_fields=("as_of", "executed", "note", "note_en", "correction", "correction_en"))

    class Meta:
        verbose_name = _("monitoring record")
        verbose_name_plural = _("monitoring records")
        ordering = ("programme_year", "as_of")
        constraints = (models.UniqueConstraint(fields=("programme_year", "as_of"), name="monitoring_once_a_day"),)

    def __str__(self) -> str:
        return f"{self.programme_year} {self.as_of}"


class MonitoringReading(RowIdentity):
    """What one indicator had reached on the day of the record: a number, or a level."""

    record = models.ForeignKey(MonitoringRecord, models.PROTECT, related_name="readings")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="readings")
    actual = models.DecimalField(_("actual"), max_digits=18, decimal_places=4, null=True, blank=True)
    level = models.CharField(_("level reached"), max_length=16, choices=Indicator.Level, blank=True)

    history = History(public_fields=("actual", "level"))

    class Meta:
        verbose_name = _("monitoring reading")
        verbose_name_plural = _("monitoring readings")
        ordering = ("record", "pk")
        constraints = (models.UniqueConstraint(fields=("record", "indicator"), name="monitoring_reading_once"),)

    def __str__(self) -> str:
        return f"{self.record}: {self.indicator}"


class SheetUploadQuerySet(models.QuerySet["SheetUpload"]):
    def visible_to(self, user: User | AnonymousUser) -> SheetUploadQuerySet:
        """A sheet that is being prepared is seen by whoever uploaded it, and by those who prepare disclosures."""
        if not user.is_authenticated:
            return self.none()
        return self if user.has_role("editor", "reviewer") else self.filter(uploaded_by=user)


class SheetUpload(RowIdentity):
    """A self-evaluation sheet as it was uploaded: kept while its messages are read, and after it was confirmed."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="sheets")
    fiscal_year = models.PositiveSmallIntegerField(_("fiscal year"))
    name = models.CharField(_("file"), max_length=255)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = SheetUploadQuerySet.as_manager()

    class Meta:
        ordering = ("-uploaded_at", "-pk")

    def __str__(self) -> str:
        return f"{self.programme} {self.fiscal_year}"
