"""The page of a department: the same years from the cube as from the lines."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.analysis.departments import years_of_department
from cms.budget.models import Department, Line
from cms.budget.queries import years_of
from cms.classification.actions import declare_department_alias
from cms.classification.identity import lines_of_department
from participation.stakeholders.models import Role
from tests.cms.analysis.published import departments, publish_year
from tests.factories import make_line, make_officeholder, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
VISITOR = AnonymousUser()


def told(years: Any) -> list[tuple[int, int | None, int | None, int]]:
    return [(year.release.fiscal_year, year.amounts["adopted"], year.amounts["executed"], year.lines) for year in years]


@pytest.fixture
def renamed() -> Department:
    """A department with two years under its name and one under another that was declared to be its own."""
    own, other = departments(2)
    publish_year(2023, {other: (50_00, None)})
    for year in (2024, 2025):
        publish_year(year, {own: (100_00, 70_00)})
    declare_department_alias(
        own, code=other.code, name=other.name, valid_from=None, valid_until=2023, source="三定方案", acting_user=None
    )
    return own


def test_years_of_the_cube_are_those_of_the_lines(renamed: Department) -> None:
    of_lines = years_of(Line.objects.filter(lines_of_department(renamed)), VISITOR)
    assert told(years_of_department(renamed, VISITOR)) == told(of_lines)
    assert told(of_lines) == [(2023, 50_00, None, 1), (2024, 100_00, 70_00, 1), (2025, 100_00, 70_00, 1)]


def test_no_line_is_read_for_the_years_of_a_visitor(renamed: Department) -> None:
    with CaptureQueriesContext(connection) as captured:
        years_of_department(renamed, VISITOR)
    assert [query["sql"] for query in captured if "cms_line" in query["sql"].lower()] == []


def test_whoever_prepares_a_budget_sees_the_year_of_the_draft(renamed: Department) -> None:
    draft = make_release(fiscal_year=2026, published=False, government=renamed.government)
    make_line(draft, make_programme(renamed), adopted=1_00)
    editor = make_officeholder(Role.EDITOR)
    assert [year for year, *_amounts in told(years_of_department(renamed, editor))] == [2023, 2024, 2025, 2026]
    assert [year for year, *_amounts in told(years_of_department(renamed, VISITOR))] == [2023, 2024, 2025]
