"""Sums made in advance (the cube), snapshots of releases, and the numbers that amounts are divided by.

Cells and snapshots are computed from published releases, which never change: they can be thrown away and made again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Government, Programme, Release
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class CellQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User | AnonymousUser) -> CellQuerySet:
        """Everybody: cells are made of what is public only, so there is nothing to leave out for anybody."""
        return self.all()


class Cell(models.Model):
    """Facts of one release that have some things in common, and their sums.

    Amounts are sums in minor units of the release's currency; NULL where no line of the cell has one.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="+")
    # Of the release, so that no page has to join it.
    government = models.ForeignKey(Government, models.CASCADE, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField()
    department = models.ForeignKey(Department, models.CASCADE, null=True, related_name="+")
    line_count = models.PositiveIntegerField()
    proposed = models.BigIntegerField(null=True)
    adopted = models.BigIntegerField(null=True)
    adjusted = models.BigIntegerField(null=True)
    committed = models.BigIntegerField(null=True)
    executed = models.BigIntegerField(null=True)

    objects = CellQuerySet.as_manager()

    class Meta:
        abstract = True


class DepartmentCell(Cell):
    """By department, functional class (类) and class of the economic classification, as ``dimension_key`` has them."""

    function = models.CharField(max_length=300, blank=True)
    economic = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("release", "department", "function", "economic"),
                name="department_cell_once",
            ),
        )
        indexes = (
            models.Index(fields=("department", "fiscal_year")),
            models.Index(fields=("government", "fiscal_year")),
        )

    def __str__(self) -> str:
        return f"{self.release} {self.department} {self.function} {self.economic}"


class ProgrammeCell(Cell):
    """By programme and functional code in full."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="+")
    # The second index that Django makes for it serves "starts with".
    functional_code = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("release", "programme", "department", "functional_code"), name="programme_cell_once"
            ),
        )
        indexes = (models.Index(fields=("fiscal_year", "functional_code")),)

    def __str__(self) -> str:
        return f"{self.release} {self.programme} {self.functional_code}"


class Snapshot(models.Model):
    """A release as a Parquet file in the media storage: every fact, in the order of the source."""

    release = models.OneToOneField(Release, models.PROTECT, related_name="snapshot")
    name = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    line_count = models.PositiveIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class StatisticsQuerySet(models.QuerySet["StatisticsImport"]):
    def visible_to(self, user: User | AnonymousUser) -> StatisticsQuerySet:
        """What money is divided by is as public as the money."""
        return self.all()


class StatisticsImport(RowIdentity):
    """One table of prices or of population that an editor entered, with its source."""

    class Series(models.TextChoices):
        PRICES = "prices", _("Consumer prices (previous year = 100)")
        POPULATION = "population", _("Population (persons)")

    series = models.CharField(_("what it tells"), max_length=16, choices=Series)
    government = models.ForeignKey(
        Government, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("government")
    )
    source = models.CharField(_("source"), max_length=300)
    published_on = models.DateField(_("published on"))
    sha256 = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField(_("years"), default=0)
    imported_at = models.DateTimeField(auto_now_add=True)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = StatisticsQuerySet.as_manager()
    history = History(public_fields=("series", "source", "published_on", "row_count"))

    class Meta:
        verbose_name = _("import of statistics")
        verbose_name_plural = _("imports of statistics")
        ordering = ("-imported_at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_series_display()}: {self.source}"

    def get_absolute_url(self) -> str:
        return reverse("cms:analysis:statistics")

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """The rows that still stand as this table gave them."""
        return [self.prices.all(), self.population.all()]


class PriceQuerySet(models.QuerySet["PriceIndex"]):
    def visible_to(self, user: User | AnonymousUser) -> PriceQuerySet:
        return self.all()


class PriceIndex(RowIdentity):
    """Consumer prices of a year when those of the year before are 100 (居民消费价格指数, 上年=100).

    ``government`` NULL: for every government that has no row of its own for the year.
    """

    government = models.ForeignKey(Government, models.PROTECT, null=True, blank=True, related_name="prices")
    year = models.PositiveSmallIntegerField(_("year"))
    previous_year_100 = models.DecimalField(_("previous year = 100"), max_digits=8, decimal_places=4)
    entered_with = models.ForeignKey(StatisticsImport, models.PROTECT, related_name="prices")

    objects = PriceQuerySet.as_manager()
    history = History(public_fields=("year", "previous_year_100"))

    class Meta:
        verbose_name = _("price index")
        verbose_name_plural = _("price indices")
        ordering = ("government", "year")
        constraints = (
            models.UniqueConstraint(fields=("government", "year"), name="price_index_once"),
            models.UniqueConstraint(
                fields=("year",), condition=Q(government__isnull=True), name="price_index_for_all_once"
            ),
            models.CheckConstraint(condition=Q(previous_year_100__gt=0), name="price_index_positive"),
        )

    def __str__(self) -> str:
        return f"{self.year}: {self.previous_year_100}"

    @property
    def factor(self) -> Decimal:
        """By how much prices rose over the year before, as a factor: 1.03 for 3 per cent."""
        return self.previous_year_100 / 100

    def get_absolute_url(self) -> str:
        return self.entered_with.get_absolute_url()


class PopulationQuerySet(models.QuerySet["Population"]):
    def visible_to(self, user: User | AnonymousUser) -> PopulationQuerySet:
        return self.all()


class Population(RowIdentity):
    """How many people a government serves in a year (常住人口)."""

    government = models.ForeignKey(Government, models.PROTECT, related_name="population")
    year = models.PositiveSmallIntegerField(_("year"))
    persons = models.PositiveBigIntegerField(_("persons"))
    entered_with = models.ForeignKey(StatisticsImport, models.PROTECT, related_name="population")

    objects = PopulationQuerySet.as_manager()
    history = History(public_fields=("year", "persons"))

    class Meta:
        verbose_name = _("population")
        verbose_name_plural = _("population")
        ordering = ("government", "year")
        constraints = (
            models.UniqueConstraint(fields=("government", "year"), name="population_once"),
            models.CheckConstraint(condition=Q(persons__gt=0), name="population_positive"),
        )

    def __str__(self) -> str:
        return f"{self.year}: {self.persons}"

    def get_absolute_url(self) -> str:
        return self.entered_with.get_absolute_url()
