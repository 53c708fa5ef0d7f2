"""The calendar as a page: a month in weeks, or a list of what comes."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from cms.budget.queries import Reader
from cms.pages.content.agenda import KINDS, Entry, entries_between

LIST_DAYS = 180
YEARS = range(2000, 2101)


@dataclass(frozen=True)
class Day:
    day: date
    is_in_month: bool
    is_today: bool
    entries: list[Entry]


def month_asked(query: Mapping[str, str], today: date) -> date:
    """The first day of the month in ``month`` (YYYY-MM); of this month where nothing sensible is asked for."""
    year, _dash, month = query.get("month", "").partition("-")
    if year.isdecimal() and month.isdecimal() and int(year) in YEARS and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    return today.replace(day=1)


def page_context(query: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    today = timezone.localdate()
    kind = query.get("kind", "")
    kind = kind if kind in KINDS else ""
    first = month_asked(query, today)
    is_list = query.get("view") == "list"
    context: dict[str, Any] = {
        "kinds": list(KINDS.items()),
        "kind": kind,
        "view": "list" if is_list else "month",
        "month": first,
        "today": today,
    }
    if is_list:
        start = today if first == today.replace(day=1) else first
        return {**context, "entries": entries_between(reader, start, start + timedelta(days=LIST_DAYS), kind)}
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    found = entries_between(reader, weeks[0][0], weeks[-1][-1], kind)
    shown = [[_day(day, first, today, found) for day in week] for week in weeks]
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return {
        **context,
        "weeks": shown,
        "entries": [entry for entry in found if entry.last_day >= first and entry.first_day.replace(day=1) <= first],
        "previous_month": before.strftime("%Y-%m") if before.year in YEARS else "",
        "next_month": after.strftime("%Y-%m") if after.year in YEARS else "",
    }


def _day(day: date, month: date, today: date, entries: list[Entry]) -> Day:
    """What goes on for long is shown on its first and its last day, so that a month stays readable."""
    on_it = [entry for entry in entries if day in (entry.first_day, entry.last_day)]
    return Day(day, day.month == month.month, day == today, on_it)
