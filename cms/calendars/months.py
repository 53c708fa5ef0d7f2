"""A month laid out in weeks, as calendars on walls are."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cms.calendars.models import CalendarDay
from cms.calendars.working_days import weekly_rule


@dataclass(frozen=True)
class Day:
    """``entered`` is what was said of the day; None where it follows the weekly rule."""

    date: date
    is_worked: bool
    entered: CalendarDay | None = None

    @property
    def differs(self) -> bool:
        """Whether somebody who knows only the weekly rule would be wrong about it."""
        return self.is_worked != weekly_rule(self.date)


@dataclass(frozen=True)
class Month:
    first: date
    # Seven days from Monday; None outside of the month.
    weeks: list[list[Day | None]]

    @property
    def days(self) -> list[Day]:
        return [day for week in self.weeks for day in week if day]

    @property
    def worked(self) -> int:
        return sum(day.is_worked for day in self.days)


def month_of(year: int, month: int, entered: Mapping[date, CalendarDay]) -> Month:
    def day_of(number: int) -> Day | None:
        if not number:
            return None
        day = date(year, month, number)
        known = entered.get(day)
        return Day(day, known.is_workday if known else weekly_rule(day), known)

    weeks = calendar.Calendar(firstweekday=calendar.MONDAY).monthdayscalendar(year, month)
    return Month(date(year, month, 1), [[day_of(number) for number in week] for week in weeks])


def months_of(year: int, entered: Mapping[date, CalendarDay]) -> list[Month]:
    return [month_of(year, month, entered) for month in range(1, 13)]
