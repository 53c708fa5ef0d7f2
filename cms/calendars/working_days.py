"""Which days are worked, and counting in them.

A day that was entered is what was entered; every other one follows the weekly rule, Monday to Friday. A jurisdiction
inherits from the one whose code it begins with (``CN-33`` from ``CN``), and its own entry goes first. A period never
counts the day that starts it, as Chinese law has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from cms.calendars.models import CHINA, CalendarDay, CalendarYear

ONE_DAY = timedelta(days=1)
SATURDAY = 5
# Days looked up at once; long breaks and short periods fit in it.
DAYS_AT_ONCE = 120
LONGEST = 10_000


def weekly_rule(day: date) -> bool:
    return day.weekday() < SATURDAY


def lineage(jurisdiction: str) -> list[str]:
    """A jurisdiction and those that it inherits from, the widest first."""
    parts = jurisdiction.split("-")
    return ["-".join(parts[:length]) for length in range(1, len(parts) + 1)]


def entered_days(first: date, last: date, jurisdiction: str = CHINA) -> dict[date, CalendarDay]:
    """What was entered from ``first`` to ``last``, both included; one query."""
    order = {code: place for place, code in enumerate(lineage(jurisdiction))}
    rows = CalendarDay.objects.filter(jurisdiction__in=order, date__range=(first, last))
    return {row.date: row for row in sorted(rows, key=lambda row: order[row.jurisdiction])}


def _days(first: date, last: date, jurisdiction: str) -> Iterator[tuple[date, bool]]:
    entered = entered_days(first, last, jurisdiction)
    day = first
    while day <= last:
        known = entered.get(day)
        yield day, known.is_workday if known else weekly_rule(day)
        day += ONE_DAY


def add_working_days(start: date, count: int, jurisdiction: str = CHINA) -> date:
    """The ``count``-th working day after ``start``; ``start`` itself for 0. Raises ``ValueError`` below 0."""
    if not 0 <= count <= LONGEST:
        raise ValueError(f"{count} working days cannot be counted")
    day, left = start, count
    while left:
        last = day + timedelta(days=max(DAYS_AT_ONCE, left * 2))
        for candidate, is_worked in _days(day + ONE_DAY, last, jurisdiction):
            left -= is_worked
            if not left:
                return candidate
        day = last
    return start


def working_days_between(start: date, end: date, jurisdiction: str = CHINA) -> int:
    """Working days after ``start`` up to ``end``, ``end`` included; negative where ``end`` comes first."""
    if end < start:
        return -working_days_between(end, start, jurisdiction)
    if start == end:
        return 0
    return sum(is_worked for _day, is_worked in _days(start + ONE_DAY, end, jurisdiction))


def years_without_calendar(first: date, last: date, jurisdiction: str = CHINA) -> list[int]:
    """The years touched by a period for which no complete official calendar was entered; one query."""
    years = range(first.year, last.year + 1)
    known = set(
        CalendarYear.objects.filter(
            jurisdiction__in=lineage(jurisdiction), year__in=years, is_complete=True
        ).values_list("year", flat=True)
    )
    return [year for year in years if year not in known]
