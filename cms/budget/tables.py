"""The nine tables of a department's budget or final accounts (部门预算、决算公开表), as published beside the lines.

Amounts are integers in the minor unit of the release's currency (分). A blank cell has no entry and is not zero. The
unit in which the source printed a table (元 or 万元, both inside one document) is kept: rounding is judged by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cms.budget.models import Department, Release
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class TableKind(models.TextChoices):
    """Which of the nine a table is; budgets and final accounts have the same."""

    SUMMARY = "summary", _("Income and expenditure in total")
    INCOME = "income", _("Income")
    EXPENDITURE = "expenditure", _("Expenditure")
    APPROPRIATIONS = "appropriations", _("Fiscal appropriations, income and expenditure")
    GENERAL = "general", _("Expenditure of the general public budget")
    BASIC = "basic", _("Basic expenditure by economic type")
    THREE_PUBLIC = "three_public", _("“Three public” funds")
    FUND = "fund", _("Government funds")
    CAPITAL = "capital", _("State capital budget")


class Side(models.TextChoices):
    """Which half of a table with two halves a row stands in."""

    INCOME = "income", pgettext_lazy("half of a table", "Income")
    EXPENDITURE = "expenditure", pgettext_lazy("half of a table", "Expenditure")


class Mark(models.TextChoices):
    """What a row is that has no code: the rows that checks name."""

    TOTAL = "total", _("Total")
    INCOME_TOTAL = "income_total", _("All income")
    EXPENDITURE_TOTAL = "expenditure_total", _("All expenditure")
    YEAR_INCOME = "year_income", _("Income of the year")
    YEAR_EXPENDITURE = "year_expenditure", _("Expenditure of the year")
    OPENING = "opening", _("Carried over from last year")
    CLOSING = "closing", _("Carried over to next year")
    PERSONNEL = "personnel", _("Personnel in total")
    OPERATING = "operating", _("Operating funds in total")
    ABROAD = "abroad", _("Travel abroad")
    VEHICLES = "vehicles", _("Official vehicles")
    VEHICLE_PURCHASE = "vehicle_purchase", _("Vehicles bought")
    VEHICLE_RUNNING = "vehicle_running", _("Vehicles run")
    RECEPTION = "reception", _("Official receptions")


class Column(models.TextChoices):
    """What a column of amounts states."""

    AMOUNT = "amount", _("Amount")
    TOTAL = "total", _("Total")
    BASIC = "basic", _("Basic expenditure")
    PROJECT = "project", _("Project expenditure")
    TO_SUPERIOR = "to_superior", _("Handed up")
    BUSINESS = "business", _("Business")
    TO_SUBORDINATE = "to_subordinate", _("Grants to subordinate units")
    APPROPRIATION = "appropriation", _("Fiscal appropriation")
    FROM_SUPERIOR = "from_superior", _("Grants from above")
    INSTITUTIONAL = "institutional", _("Income of the institution")
    FROM_SUBORDINATE = "from_subordinate", _("Handed up by subordinate units")
    OTHER = "other", _("Other income")
    GENERAL = "general", _("General public budget")
    FUND = "fund", _("Government funds")
    CAPITAL = "capital", _("State capital budget")
    OPENING = "opening", _("Carried over from last year")
    INCOME = "income", _("Income of the year")
    CLOSING = "closing", _("Carried over to next year")
    PERSONNEL = "personnel", _("Personnel")
    OPERATING = "operating", _("Operating funds")
    PLANNED = "planned", _("Budgeted")
    EXECUTED = "executed", _("Spent")


class TableQuerySet(models.QuerySet["DisclosureTable"]):
    def visible_to(self, user: User | AnonymousUser) -> TableQuerySet:
        return self.filter(release__in=Release.objects.visible_to(user))


class DisclosureTable(RowIdentity):
    """One of the nine tables of one department in one release."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="tables")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="tables")
    kind = models.CharField(_("table"), max_length=16, choices=TableKind)
    position = models.PositiveSmallIntegerField(_("position in the document"))
    title = models.CharField(_("title"), max_length=200)
    unit = models.PositiveIntegerField(_("unit of the source"), help_text=_("1 for 元, 10000 for 万元"))
    columns = models.JSONField(_("columns"), default=list, help_text=_("the columns of amounts, in order"))
    note = models.TextField(_("note"), blank=True)

    objects = TableQuerySet.as_manager()

    class Meta:
        ordering = ("release", "department", "position")
        constraints = (
            models.UniqueConstraint(fields=("release", "department", "kind"), name="table_kind_once"),
            models.UniqueConstraint(
                fields=("release", "kind"),
                condition=models.Q(department=None),
                name="table_kind_once_without_department",
            ),
            models.CheckConstraint(condition=models.Q(unit__gte=1), name="table_unit_from_one"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def last_digit(self) -> int:
        """What one step of the last printed digit (0.01 of the unit) is worth, in minor units."""
        return int(self.unit)


class TableRow(models.Model):
    """One row of a table; a printed row with two halves becomes two."""

    table = models.ForeignKey(DisclosureTable, models.PROTECT, related_name="rows")
    position = models.PositiveSmallIntegerField(_("row in the table"))
    source_row = models.PositiveIntegerField(_("row in the source file"))
    page = models.PositiveSmallIntegerField(_("page of the document"), null=True)
    side = models.CharField(max_length=12, choices=Side, blank=True)
    mark = models.CharField(max_length=20, choices=Mark, blank=True)
    code = models.CharField(_("code"), max_length=16, blank=True)
    label = models.CharField(_("label"), max_length=300, blank=True)
    amounts = models.JSONField(_("amounts"), default=dict, help_text=_("column to minor units"))

    class Meta:
        ordering = ("table", "position")
        constraints = (models.UniqueConstraint(fields=("table", "position"), name="table_row_once"),)

    def __str__(self) -> str:
        return self.label or self.code or f"#{self.position}"

    def amount(self, column: str) -> int | None:
        found: Any = self.amounts.get(column)
        return found if found is None else int(found)


def tables_of(release: Release) -> list[DisclosureTable]:
    """Every table of a release with its rows, department by department; three queries."""
    tables = DisclosureTable.objects.filter(release=release).select_related("department").prefetch_related("rows")
    return list(tables.order_by("department__code", "department__name", "position"))
