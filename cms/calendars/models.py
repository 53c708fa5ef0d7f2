"""Official working days, and the periods that laws set.

Nothing is guessed: a day that nobody entered follows the weekly rule, and a year that nobody entered says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

CHINA = "CN"


class PublicQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PublicQuerySet:
        """Calendars and the periods of laws are everybody's."""
        return self.all()


class CalendarYear(RowIdentity):
    """A year for which days were entered. Only a complete one makes the deadlines in it final."""

    jurisdiction = models.CharField(_("where it applies"), max_length=20, default=CHINA)
    year = models.PositiveSmallIntegerField(_("year"))
    is_complete = models.BooleanField(_("all official days of the year are entered"), default=False)
    source = models.CharField(_("source"), max_length=300, blank=True)

    objects = PublicQuerySet.as_manager()
    history = History(public_fields=("jurisdiction", "year", "is_complete", "source"))

    class Meta:
        verbose_name = _("calendar of working days")
        verbose_name_plural = _("calendars of working days")
        ordering = ("jurisdiction", "-year")
        constraints = (models.UniqueConstraint(fields=("jurisdiction", "year"), name="calendar_year_once"),)

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.year}"


class CalendarDay(models.Model):
    """A day that differs from the weekly rule, or confirms it: a holiday (放假) or a make-up working day (调休上班)."""

    jurisdiction = models.CharField(_("where it applies"), max_length=20, default=CHINA)
    date = models.DateField(_("day"))
    is_workday = models.BooleanField(_("working day"))
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("day of the calendar")
        verbose_name_plural = _("days of the calendar")
        ordering = ("jurisdiction", "date")
        constraints = (models.UniqueConstraint(fields=("jurisdiction", "date"), name="calendar_day_once"),)

    def __str__(self) -> str:
        return f"{self.date} {self.note}"


class CalendarChange(RowIdentity):
    """What was changed in a year's days at one time, and why. Written once."""

    calendar = models.ForeignKey(CalendarYear, models.PROTECT, related_name="changes")
    # [day, what was entered before, what is entered now]; an entry is [is_workday, note] or null.
    days = models.JSONField(_("days"))
    reason = models.TextField(_("reason"), blank=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now_add=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = PublicQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.calendar}: {len(self.days)}"


class ClockQuerySet(models.QuerySet["StatutoryClock"]):
    def visible_to(self, user: User | AnonymousUser) -> ClockQuerySet:
        return self.all()

    def valid_on(self, day: date) -> ClockQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class StatutoryClock(RowIdentity):
    """A period that a law sets, as it stands from ``valid_from`` on. A changed law is a new row."""

    class Kind(models.TextChoices):
        CALENDAR = "calendar", _("days")
        WORKING = "working", _("working days")
        BY_DATE = "by_date", _("a day of the following year")

    jurisdiction = models.CharField(_("where it applies"), max_length=20, default=CHINA)
    rule_id = models.CharField(_("rule"), max_length=30)
    name = models.CharField(_("what has to be done"), max_length=200)
    name_en = models.CharField(_("what has to be done, in English"), max_length=200, blank=True)
    starts_with = models.CharField(_("what starts the period"), max_length=200)
    starts_with_en = models.CharField(_("what starts the period, in English"), max_length=200, blank=True)
    kind = models.CharField(_("counted in"), max_length=10, choices=Kind)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    month = models.PositiveSmallIntegerField(_("month"), null=True, blank=True)
    day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    law = models.CharField(_("law"), max_length=200)
    law_en = models.CharField(_("law, in English"), max_length=200, blank=True)
    article = models.CharField(_("article"), max_length=60)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = ClockQuerySet.as_manager()
    history = History()  # Nothing of it changes once it is there; what is recorded is who brought it, and when.

    class Meta:
        verbose_name = _("statutory period")
        verbose_name_plural = _("statutory periods")
        ordering = ("jurisdiction", "rule_id", "valid_from")
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "rule_id", "valid_from"), name="statutory_clock_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="statutory_clock_lasts",
            ),
            models.CheckConstraint(
                condition=Q(kind="by_date", days__isnull=True, month__range=(1, 12), day__range=(1, 31))
                | Q(kind__in=("calendar", "working"), days__gte=1, month__isnull=True, day__isnull=True),
                name="statutory_clock_counts_one_way",
            ),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.rule_id}"
