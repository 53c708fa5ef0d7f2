from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.calendars.models import CalendarDay, CalendarYear
from cms.calendars.working_days import add_working_days, working_days_between, years_without_calendar

pytestmark = pytest.mark.django_db
# The days of a made-up holiday: Wednesday to Friday are free, the Saturday before is worked for it.
HOLIDAY = (date(2025, 10, 1), date(2025, 10, 2), date(2025, 10, 3))
MADE_UP = date(2025, 9, 27)
DAYS = st.dates(date(2025, 8, 1), date(2025, 12, 31))


@pytest.fixture
def holiday() -> None:
    for day in HOLIDAY:
        CalendarDay.objects.create(date=day, is_workday=False, note="国庆节")
    CalendarDay.objects.create(date=MADE_UP, is_workday=True, note="调休")


def is_working_day(day: date, jurisdiction: str = "CN") -> bool:
    return working_days_between(day - timedelta(days=1), day, jurisdiction) == 1


def test_a_day_without_an_entry_follows_the_weekly_rule() -> None:
    assert [is_working_day(date(2025, 9, 22) + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2


def test_what_was_entered_goes_before_the_weekly_rule(holiday: None) -> None:
    assert (is_working_day(HOLIDAY[0]), is_working_day(MADE_UP)) == (False, True)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2025, 9, 26), 0, date(2025, 9, 26)),
        (date(2025, 9, 26), 1, date(2025, 9, 27)),
        (date(2025, 9, 30), 1, date(2025, 10, 6)),
        (date(2025, 9, 28), 2, date(2025, 9, 30)),
        (date(2025, 9, 26), 20, date(2025, 10, 28)),
    ],
    ids=["none", "make-up Saturday", "over the holiday", "from a Sunday", "a month"],
)
def test_the_day_that_starts_a_period_is_not_counted(holiday: None, start: date, count: int, expected: date) -> None:
    assert add_working_days(start, count) == expected


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        add_working_days(date(2025, 1, 1), -1)


def test_a_very_long_break_is_crossed() -> None:
    start = date(2025, 1, 1)
    CalendarDay.objects.bulk_create(
        CalendarDay(date=start + timedelta(days=n), is_workday=False) for n in range(1, 400)
    )
    assert add_working_days(start, 1) == date(2026, 2, 5)


def test_a_province_inherits_days_and_goes_before_the_country(holiday: None) -> None:
    CalendarDay.objects.create(jurisdiction="CN-33", date=HOLIDAY[0], is_workday=True)
    assert [is_working_day(day, "CN-33") for day in HOLIDAY] == [True, False, False]
    assert is_working_day(HOLIDAY[0], "CN-3") is False


quick = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(start=DAYS, count=st.integers(0, 60))
def test_counting_gives_back_what_was_added(holiday: None, start: date, count: int) -> None:
    assert working_days_between(start, add_working_days(start, count)) == count


@quick
@given(one=DAYS, other=DAYS, count=st.integers(0, 40), more=st.integers(0, 10))
def test_a_later_start_or_a_longer_period_never_ends_earlier(
    holiday: None, one: date, other: date, count: int, more: int
) -> None:
    earlier, later = sorted((one, other))
    assert add_working_days(earlier, count) <= add_working_days(later, count)
    assert add_working_days(earlier, count) <= add_working_days(earlier, count + more)


@quick
@given(days=st.lists(DAYS, min_size=3, max_size=3))
def test_counting_adds_up(holiday: None, days: list[date]) -> None:
    first, middle, last = days
    assert working_days_between(first, middle) + working_days_between(middle, last) == working_days_between(first, last)


def test_a_year_without_a_complete_calendar_is_named() -> None:
    CalendarYear.objects.create(year=2025, is_complete=True)
    CalendarYear.objects.create(year=2026, is_complete=False)
    assert years_without_calendar(date(2025, 12, 1), date(2026, 1, 10)) == [2026]
