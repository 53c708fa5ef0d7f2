"""When something has to be done by law."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from cms.calendars.models import CHINA, StatutoryClock
from cms.calendars.working_days import add_working_days, lineage, years_without_calendar


@dataclass(frozen=True)
class Deadline:
    """The last day on which something is in time.

    ``years_without_calendar`` are those whose official working days nobody entered: a deadline that is counted in
    working days through one of them holds by the weekly rule only.
    """

    clock: StatutoryClock
    start: date
    due_on: date
    years_without_calendar: tuple[int, ...] = ()

    @property
    def is_provisional(self) -> bool:
        return bool(self.years_without_calendar)

    def is_kept_on(self, day: date) -> bool:
        return day <= self.due_on


def clock_on(rule_id: str, day: date, jurisdiction: str = CHINA) -> StatutoryClock | None:
    """The rule as it stood on a day; the narrowest jurisdiction that has one goes first. One query."""
    order = {code: place for place, code in enumerate(lineage(jurisdiction))}
    clocks = StatutoryClock.objects.valid_on(day).filter(rule_id=rule_id, jurisdiction__in=order)
    return max(clocks, key=lambda clock: (order[clock.jurisdiction], clock.valid_from), default=None)


def deadline(rule_id: str, start: date, jurisdiction: str = CHINA) -> Deadline | None:
    """The deadline of what began on ``start``, by the rule as it stood that day; None where no rule is on record."""
    clock = clock_on(rule_id, start, jurisdiction)
    return deadline_of(clock, start, jurisdiction) if clock else None


def deadline_of(clock: StatutoryClock, start: date, jurisdiction: str = CHINA) -> Deadline:
    if clock.kind == StatutoryClock.Kind.BY_DATE:
        year, month = start.year + 1, clock.month or 12
        last = calendar.monthrange(year, month)[1]
        return Deadline(clock, start, date(year, month, min(clock.day or last, last)))
    days = clock.days or 0
    if clock.kind == StatutoryClock.Kind.CALENDAR:
        return Deadline(clock, start, start + timedelta(days=days))
    due = add_working_days(start, days, jurisdiction)
    return Deadline(clock, start, due, tuple(years_without_calendar(start, due, jurisdiction)))
