"""Dual monitoring (双监控): how far the money has come (执行进度), and how far the goals have (目标实现程度)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from cms.budget.models import Department
from cms.performance.assessments import points_of, result_of, scheme_for
from cms.performance.models import MonitoringReading, MonitoringRecord, ProgrammeYear
from cms.performance.schemes import ScoringScheme
from cms.performance.scoring import execution_rate, total_score

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class Alert(StrEnum):
    """What is out of step. The words for readers stand in the template."""

    MONEY_AHEAD = "money_ahead"
    GOALS_AHEAD = "goals_ahead"
    STALE = "stale"
    SILENT = "silent"


@dataclass(frozen=True)
class Monitored:
    """A programme's year as its latest record tells it. Rates are ratios; None where there is nothing to divide by.

    ``pace_gap``: execution less the part of the year that had passed. ``alerts`` are empty without a scheme.
    """

    year: ProgrammeYear
    record: MonitoringRecord | None
    execution: Decimal | None
    time: Decimal | None
    goals: Decimal | None
    alerts: tuple[Alert, ...]

    @property
    def pace_gap(self) -> Decimal | None:
        return None if self.execution is None or self.time is None else self.execution - self.time


def time_progress(day: date) -> Decimal:
    """The part of its year that has passed at the end of a day, from just above 0 to 1."""
    days = (date(day.year, 12, 31) - date(day.year - 1, 12, 31)).days
    return Decimal((day - date(day.year - 1, 12, 31)).days) / Decimal(days)


def alerts_of(
    scheme: ScoringScheme, *, execution: Decimal | None, goals: Decimal | None, as_of: date | None, today: date
) -> tuple[Alert, ...]:
    """By the thresholds of the scheme. A month's pace is due once the month has ended."""
    found = []
    if execution is not None and goals is not None:
        if execution - goals > scheme.alert_gap:
            found.append(Alert.MONEY_AHEAD)
        if execution - goals < -scheme.alert_gap:
            found.append(Alert.GOALS_AHEAD)
    if execution is not None and as_of is not None:
        due = [pace.share for pace in scheme.paces.all() if _month_has_ended(pace.month, as_of)]
        if due and execution < due[-1]:
            found.append(Alert.STALE)
    if as_of is None or (today - as_of).days > scheme.silent_after_days:
        found.append(Alert.SILENT)
    return tuple(found)


def _month_has_ended(month: int, day: date) -> bool:
    return day.month > month or (day.month == month and date.fromordinal(day.toordinal() + 1).month != month)


def monitored_years(reader: User | AnonymousUser, fiscal_year: int) -> QuerySet[ProgrammeYear]:
    years = ProgrammeYear.objects.visible_to(reader).filter(fiscal_year=fiscal_year)
    return years.select_related("programme__department__government").order_by(
        "programme__department__code", "programme__code", "pk"
    )


def monitored(years: QuerySet[ProgrammeYear], *, today: date) -> list[Monitored]:
    """Years with their latest record, in their order; a fixed number of queries."""
    readings = MonitoringReading.objects.select_related("indicator").order_by("pk")
    records = MonitoringRecord.objects.order_by("-as_of").prefetch_related(Prefetch("readings", readings))
    found = list(years.prefetch_related(Prefetch("monitoring", records)))
    schemes = list(ScoringScheme.objects.with_rules())
    return [_monitored(year, schemes, today) for year in found]


def _monitored(year: ProgrammeYear, schemes: Iterable[ScoringScheme], today: date) -> Monitored:
    record = next(iter(year.monitoring.all()), None)
    jurisdiction = year.programme.department.government.name
    scheme = next((s for s in schemes if s.pk == year.scheme_id), None)
    scheme = scheme or scheme_for(schemes, year.fiscal_year, jurisdiction)
    execution = execution_rate(year.full_year, record.executed) if record else None
    goals = _goal_rate(record, scheme) if record and scheme else None
    as_of = record.as_of if record else None
    # A year that is over is not monitored any more: nobody is silent about it.
    now = min(today, date(year.fiscal_year, 12, 31))
    alerts = alerts_of(scheme, execution=execution, goals=goals, as_of=as_of, today=now) if scheme else ()
    return Monitored(year, record, execution, time_progress(as_of) if as_of else None, goals, alerts)


def _goal_rate(record: MonitoringRecord, scheme: ScoringScheme) -> Decimal | None:
    rules = scheme.as_scheme()
    scored = []
    for reading in record.readings.all():
        result = result_of(reading.indicator, actual=reading.actual, level=reading.level)
        scored.append((points_of(result, rules), reading.indicator.weight))
    return total_score(scored).rate


def latest_readings(years: Iterable[ProgrammeYear]) -> dict[int, MonitoringReading]:
    """What was last reported of each indicator, by the key of the indicator; one query, none without a year."""
    keys = [year.pk for year in years]
    if not keys:
        return {}
    readings = MonitoringReading.objects.filter(record__programme_year__in=keys).select_related("record")
    return {reading.indicator_id: reading for reading in readings.order_by("record__as_of", "pk")}


def years_with_goals(reader: User | AnonymousUser) -> list[int]:
    """The years that a reader may look at, the newest first."""
    years = ProgrammeYear.objects.visible_to(reader).values_list("fiscal_year", flat=True)
    return sorted(set(years.distinct().order_by()), reverse=True)


def departments_in(rows: Sequence[Monitored]) -> list[Department]:
    """Those that a filter can choose from, in the order of the list."""
    return list({row.year.programme.department.pk: row.year.programme.department for row in rows}.values())
