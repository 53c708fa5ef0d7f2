"""A programme's page tells how far the goals of a year have come, from set to put right."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.html import strip_tags

from cms.performance.actions import record_goals, record_monitoring
from cms.performance.approval.actions import approve_goals
from cms.performance.models import Goal, Indicator, ProgrammeYear
from cms.performance.queries import years_of_programme
from cms.templatetags.performance import goal_story
from participation.stakeholders.models import Role
from tests.factories import make_line, make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def year() -> ProgrammeYear:
    programme = make_line(make_release(fiscal_year=2023)).programme
    row = ProgrammeYear(programme=programme, fiscal_year=2023, goals_set_on=date(2022, 12, 15))
    own = Indicator(
        name="台数", dimension="output", operator="ge", target=Decimal(12000), unit="台", weight=Decimal(90)
    )
    return record_goals(row, goals=[(Goal(text="加装电梯"), [own])], acting_user=None)


def states(year: ProgrammeYear) -> list[tuple[str, str]]:
    reviewer = make_officeholder(Role.REVIEWER)
    (reading,) = years_of_programme(year.programme, reviewer)
    standing = type("Standing", (), {"approval": getattr(reading.year, "approval", None)})()
    return [(step.key, step.state) for step in goal_story(reading, standing)["steps"]]


def test_goals_that_nobody_approved_wait_for_it(year: ProgrammeYear) -> None:
    assert states(year) == [
        ("set", "ok"),
        ("approved", "now"),
        ("tracked", "todo"),
        ("self_evaluated", "todo"),
        ("put_right", "todo"),
    ]


def test_a_year_is_through_once_its_problems_are_put_right(year: ProgrammeYear) -> None:
    approve_goals(year, acting_user=make_officeholder(Role.REVIEWER))
    told = {"tracked_on": date(2023, 7, 31), "self_score": Decimal(96)}
    ProgrammeYear.objects.filter(pk=year.pk).update(**told, problems_found=2, problems_fixed=1, problems_open=1)
    assert [state for _key, state in states(year)] == ["ok", "ok", "ok", "ok", "now"]
    ProgrammeYear.objects.filter(pk=year.pk).update(problems_fixed=2, problems_open=0)
    assert [state for _key, state in states(year)] == ["ok"] * 5


def test_while_a_year_is_running_its_page_shows_what_was_last_reported(client: Client, year: ProgrammeYear) -> None:
    indicator = Indicator.objects.get()
    for day, reached in ((date(2023, 6, 30), 3000), (date(2023, 9, 30), 7500)):
        readings = {indicator: Decimal(reached)}
        record_monitoring(year, as_of=day, executed=5, readings=readings, acting_user=make_officeholder(Role.EDITOR))
    page = strip_tags(client.get(f"/en{year.programme.get_absolute_url()}").content.decode())
    assert [text in page for text in ("≥ 12,000 台", "7,500 台", "3,000 台", "As of 2023-09-30")] == [
        True,
        True,
        False,
        True,
    ]
