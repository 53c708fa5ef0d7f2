from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from django.utils.translation import override

from cms.budget.models import Programme
from cms.performance.models import Goal, Indicator, ProgrammeYear
from cms.performance.queries import is_met, years_of_programme
from participation.stakeholders.models import Role
from tests.factories import make_line, make_officeholder, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PUBLIC = AnonymousUser()


def make_year(
    programme: Programme, fiscal_year: int = 2025, indicators: int = 1, actual: int | None = 90
) -> ProgrammeYear:
    year = ProgrammeYear.objects.create(programme=programme, fiscal_year=fiscal_year, self_score=Decimal("98.50"))
    goal = Goal.objects.create(programme_year=year, text="加装电梯", text_en="Fit lifts")
    for number in range(indicators):
        Indicator.objects.create(
            goal=goal,
            dimension="output",
            name=f"台数{number}",
            name_en=f"Lifts fitted {number}",
            operator="ge",
            target=100,
            actual=actual,
            unit="台",
            weight=10,
        )
    return year


@pytest.mark.parametrize(
    ("operator", "target", "actual", "met"),
    [
        ("ge", 100, 100, True),
        ("ge", 100, 99, False),
        ("le", 5, 5, True),
        ("le", 5, 6, False),
        ("eq", 1, 1, True),
        ("eq", 1, 2, False),
        ("ge", 0, 0, True),
        ("ge", 100, None, None),
    ],
)
def test_a_target_is_met_by_its_own_operator(operator: str, target: int, actual: int | None, met: bool | None) -> None:
    assert is_met(Indicator(operator=operator, target=target, actual=actual)) is met


def test_goals_of_a_year_are_public_with_a_budget_of_that_year() -> None:
    programme = make_programme()
    make_line(make_release(fiscal_year=2025), programme)
    make_line(make_release(fiscal_year=2026, published=False), programme)
    for fiscal_year in (2024, 2025, 2026):
        make_year(programme, fiscal_year)
    assert [reading.year.fiscal_year for reading in years_of_programme(programme, PUBLIC)] == [2025]
    editor = make_officeholder(Role.EDITOR)
    assert [reading.year.fiscal_year for reading in years_of_programme(programme, editor)] == [2026, 2025]


def test_a_year_counts_what_was_reported_and_what_was_met() -> None:
    programme = make_line().programme
    make_year(programme, indicators=2, actual=120)
    Indicator.objects.filter(name="台数1").update(actual=None)
    (reading,) = years_of_programme(programme, PUBLIC, 2025)
    assert (reading.met, reading.reported, reading.self_score) == (1, 1, Decimal("98.50"))


def test_thirty_indicators_take_as_many_queries_as_one() -> None:
    def count(indicators: int) -> int:
        programme = make_line().programme
        make_year(programme, indicators=indicators)
        with CaptureQueriesContext(connection) as captured:
            years_of_programme(programme, PUBLIC)
        return len(captured)

    assert count(30) == count(1)


@pytest.mark.parametrize("kind", ["line", "programme"])
def test_the_page_shows_target_and_actual_beside_the_departments_own_score(client: Client, kind: str) -> None:
    line = make_line()
    make_year(line.programme)
    record = line if kind == "line" else line.programme
    with override("en"):
        content = strip_tags(client.get(record.get_absolute_url()).content.decode())
    for shown in ("0 of 1 targets reached", "Lifts fitted 0", "≥ 100 台", "98.5 of 100", "not reached"):
        assert shown in content
