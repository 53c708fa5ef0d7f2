"""What the pages of the calendar show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cms.calendars.days_file import Days, Entered
from cms.calendars.models import CHINA, CalendarChange, CalendarDay, CalendarYear, StatutoryClock
from cms.calendars.working_days import entered_days, lineage


def calendar_of(jurisdiction: str, year: int) -> CalendarYear | None:
    return CalendarYear.objects.filter(jurisdiction=jurisdiction, year=year).first()


def days_of(jurisdiction: str, year: int) -> dict[date, CalendarDay]:
    """What holds in a jurisdiction, also what it inherits; one query."""
    return entered_days(date(year, 1, 1), date(year, 12, 31), jurisdiction)


def own_days(jurisdiction: str, year: int) -> list[CalendarDay]:
    return list(CalendarDay.objects.filter(jurisdiction=jurisdiction, date__year=year).order_by("date"))


def years_of(jurisdiction: str) -> list[int]:
    """Years with a calendar, newest first."""
    return list(
        CalendarYear.objects.filter(jurisdiction__in=lineage(jurisdiction))
        .order_by("-year")
        .values_list("year", flat=True)
        .distinct()
    )


def changes_of(calendar: CalendarYear | None) -> list[CalendarChange]:
    return list(calendar.changes.all()) if calendar else []


def clocks_of(jurisdiction: str = CHINA) -> list[StatutoryClock]:
    """Every period on record, those that hold today and those that held before."""
    return list(
        StatutoryClock.objects.filter(jurisdiction__in=lineage(jurisdiction)).order_by("rule_id", "-valid_from")
    )


@dataclass(frozen=True)
class DayChange:
    """What is said of a day before and after; None: nothing, so that it follows the weekly rule."""

    day: date
    before: Entered | None
    after: Entered | None


def changes_by(days: Days, jurisdiction: str = CHINA) -> list[DayChange]:
    """What entering ``days`` would change: each year among them is replaced as a whole. One query."""
    years = {day.year for day in days}
    stored = {
        row.date: Entered(row.is_workday, row.note)
        for row in CalendarDay.objects.filter(jurisdiction=jurisdiction, date__year__in=years)
    }
    return [
        DayChange(day, stored.get(day), days.get(day))
        for day in sorted({*stored, *days})
        if stored.get(day) != days.get(day)
    ]
