from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.template import Context, Template

from cms.budget.models import Release
from cms.calendars.actions import enter_calendar, enter_clock
from cms.calendars.clock_files import files, read_clocks
from cms.calendars.clocks import deadline
from cms.calendars.days_file import Entered
from cms.calendars.models import StatutoryClock
from portal.errors import Conflict, Invalid
from tests.factories import make_government, make_release
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
RULE = """
[laws.l]
jurisdiction = "CN"
law = "法"
valid_from = 2020-01-01
[[clocks]]
law = "l"
rule_id = "X"
article = "1"
name = "做"
starts_with = "始"
"""


@pytest.fixture
def clocks() -> None:
    call_command("calendar_load", periods=[], verbosity=0)


@pytest.mark.parametrize(
    ("rule", "start", "due"),
    [
        ("T1", date(2025, 2, 20), date(2025, 3, 12)),
        ("T3b", date(2025, 2, 20), date(2025, 3, 7)),
        ("T5", date(2025, 2, 20), date(2025, 3, 20)),
        ("T6-correction", date(2025, 2, 20), date(2025, 3, 3)),
        ("T7-department", date(2024, 7, 1), date(2025, 1, 31)),
        ("T7-government", date(2024, 12, 31), date(2025, 3, 31)),
    ],
)
def test_periods_of_the_laws_end_where_they_should(clocks: None, rule: str, start: date, due: date) -> None:
    found = deadline(rule, start)
    assert found is not None
    assert found.due_on == due


def test_a_rule_holds_from_its_day_on_and_not_before(clocks: None) -> None:
    assert deadline("T1", date(2018, 12, 28)) is None
    assert deadline("T99", date(2025, 1, 1)) is None


def test_a_changed_law_counts_for_what_begins_under_it(clocks: None) -> None:
    StatutoryClock.objects.filter(rule_id="T1").update(valid_until=date(2025, 12, 31))
    enter_clock(
        read_clocks((RULE.replace('"X"', '"T1"').replace("2020", "2026") + 'kind = "working"\ndays = 5').encode())[0],
        acting_user=None,
    )
    before, after = deadline("T1", date(2025, 12, 31)), deadline("T1", date(2026, 1, 1))
    assert before
    assert after
    assert (before.due_on, after.due_on) == (date(2026, 1, 20), date(2026, 1, 8))


def test_only_working_days_of_years_without_a_calendar_make_a_deadline_provisional(clocks: None) -> None:
    plain, worked = deadline("T1", date(2025, 2, 20)), deadline("T5", date(2025, 2, 20))
    assert plain
    assert worked
    assert (plain.is_provisional, worked.years_without_calendar) == (False, (2025,))
    enter_calendar({date(2025, 3, 3): Entered(False, "节")}, source="通知", acting_user=None)
    official = deadline("T5", date(2025, 2, 20))
    assert official
    assert (official.is_provisional, official.due_on) == (False, date(2025, 3, 21))


def test_loading_the_periods_again_changes_nothing(clocks: None) -> None:
    count = StatutoryClock.objects.count()
    call_command("calendar_load", periods=[], verbosity=0)
    assert StatutoryClock.objects.count() == count == len(read_clocks(next(files()).read_bytes()))


def test_a_period_that_says_something_else_is_refused(clocks: None) -> None:
    changed = next(files()).read_text("utf-8").replace("days = 20", "days = 21", 1)
    with pytest.raises(Conflict):
        enter_clock(read_clocks(changed.encode())[0], acting_user=None)


def test_entering_a_period_leaves_a_leaf(clocks: None) -> None:
    clock = StatutoryClock.objects.get(rule_id="T1")
    assert [entry.kind for entry in entries(record_ref=clock.row_id)] == ["clock.entered"]


@pytest.mark.parametrize(
    "words",
    [
        'kind = "working"',
        'kind = "working"\ndays = 0',
        'kind = "by_date"\nmonth = 2\nday = 31',
        'kind = "x"\ndays = 1',
        "days = 1",
    ],
    ids=["no days", "none", "no such day", "unknown kind", "no kind"],
)
def test_a_period_that_cannot_be_counted_is_refused(words: str) -> None:
    with pytest.raises(Invalid):
        read_clocks((RULE + words).encode())


# The disclosure page ------------------------------------------------------------------------------


def clock_of(release: Release) -> str:
    drawn = Template("{% load calendars %}{% publication_clock release %}").render(Context({"release": release}))
    return " ".join(drawn.replace("\n", " ").split())


@pytest.mark.parametrize(("day", "days", "status"), [(12, 20, "done"), (13, 21, "late")], ids=["in time", "late"])
def test_a_disclosure_says_how_long_after_approval_it_came(clocks: None, day: int, days: int, status: str) -> None:
    release = make_release(approved_on=date(2025, 2, 20), published_at=datetime(2025, 3, day, 4, tzinfo=UTC))
    drawn = clock_of(release)
    assert (f"{days}" in drawn, f'class="tag {status}"' in drawn, "2025" in drawn) == (True, True, True)


def test_a_day_of_publication_is_the_local_one(clocks: None) -> None:
    # 17:00 in London is the next day in Shanghai.
    release = make_release(approved_on=date(2025, 2, 20), published_at=datetime(2025, 3, 12, 17, tzinfo=UTC))
    assert 'class="tag late"' in clock_of(release)


def test_without_the_day_of_approval_nothing_is_said(clocks: None) -> None:
    assert clock_of(make_release()) == ""


def test_a_budget_of_another_country_is_not_measured_by_chinese_law(clocks: None) -> None:
    release = make_release(government=make_government(jurisdiction=""), approved_on=date(2025, 2, 20))
    assert "tag" not in clock_of(release)
