"""The list of disclosures can be narrowed, and says beforehand how many would remain."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from cms.budget.models import Release
from cms.pages.listing import Listing, ReleaseKind, kind_of, narrowed
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def releases() -> list[Release]:
    schools = make_department(name="教育局")
    newest = make_release(fiscal_year=2026, as_of=date(2026, 10, 31))
    older = make_release(fiscal_year=2025, as_of=date(2025, 12, 31))
    plan = make_release(fiscal_year=2027, phases=["adopted"])
    make_line(newest, make_programme(schools))
    make_line(older)
    make_line(plan, make_programme(schools))
    return [plan, newest, older]


def listing(releases: list[Release], **asked: str) -> Listing:
    return narrowed([SimpleNamespace(release=release) for release in releases], asked, AnonymousUser())


def counts(found: Listing, name: str) -> dict[str, int]:
    [facet] = [facet for facet in found.facets if facet.name == name]
    return {option.label: option.count for option in facet.options}


def test_a_release_is_a_budget_the_execution_of_one_or_the_accounts_of_a_year(releases: list[Release]) -> None:
    assert [kind_of(release) for release in releases] == [
        ReleaseKind.BUDGET,
        ReleaseKind.EXECUTION,
        ReleaseKind.ACCOUNTS,
    ]


@pytest.mark.parametrize(
    ("asked", "years"),
    [
        ({}, [2027, 2026, 2025]),
        ({"year": "2026"}, [2026]),
        ({"kind": "accounts"}, [2025]),
        ({"phase": "executed"}, [2026, 2025]),
        ({"phase": "executed", "year": "2027"}, []),
        ({"year": "1999"}, []),
        ({"nothing": "1999"}, [2027, 2026, 2025]),
    ],
)
def test_the_list_keeps_what_fits(releases: list[Release], asked: dict[str, str], years: list[int]) -> None:
    found = listing(releases, **asked)
    assert [item.release.fiscal_year for item in found.shown] == years
    assert found.count == 3


def test_a_department_leads_to_its_releases(releases: list[Release]) -> None:
    department: Any = releases[0].lines.get().department
    found = listing(releases, department=str(department.row_id))
    assert [item.release.fiscal_year for item in found.shown] == [2027, 2026]


def test_each_choice_says_how_many_would_remain(releases: list[Release]) -> None:
    found = listing(releases, phase="executed")
    assert counts(found, "year") == {"2027": 0, "2026": 1, "2025": 1}
    assert [name for name in ("government",) if name in {facet.name for facet in found.facets}] == []
