"""Pages of analysis: open to everybody, forms that lose nothing, the same number of queries whatever their size."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.analysis.asking import By, Question
from cms.budget.models import Department
from tests.cms.analysis.published import departments, publish_year
from tests.factories import make_line, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
MANY = 1_000_000_00


@pytest.fixture
def two() -> list[Department]:
    found = departments(2)
    for year in (2024, 2025):
        publish_year(year, {one: (MANY * (place + 1), MANY) for place, one in enumerate(found)})
    return found


def compare_address(found: list[Department], **more: Any) -> str:
    picks = tuple(str(department.row_id) for department in found)
    return reverse("cms:analysis:compare") + Question(picks=picks, **more).address()


def addresses(two: list[Department]) -> list[str]:
    years = Question(by=By.YEAR, picks=("2024", "2025"), of=str(two[0].government_id))
    return [
        reverse("cms:analysis:index"),
        reverse("cms:analysis:compare"),
        compare_address(two),
        reverse("cms:analysis:compare") + years.address(),
        reverse("cms:analysis:compare_csv") + years.address(),
        reverse("cms:analysis:class", args=["205"]),
        reverse("cms:analysis:class_csv", args=["2050202"]),
        reverse("cms:analysis:statistics"),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_open_to_everybody(client: Client, two: list[Department], language: str) -> None:
    with override(language):
        assert [client.get(address).status_code for address in addresses(two)] == [200] * 8


def test_a_visitor_without_a_session_gets_pages_that_any_cache_may_keep(client: Client, two: list[Department]) -> None:
    for address in addresses(two)[:-1]:
        response = client.get(address)
        assert ("Cookie" in response.headers.get("Vary", ""), bool(response.cookies)) == (False, False)


def test_before_anything_is_published_the_pages_say_so(client: Client) -> None:
    make_line(make_release(published=False))
    with override("en"):
        pages = [client.get(reverse(f"cms:analysis:{name}")).content.decode() for name in ("index", "compare")]
    assert ["No budget has been published yet." in page for page in pages] == [True, True]


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        ("&terms=magic", 400, "“magic” cannot be chosen here."),
        ("&year=1999", 404, "Nothing of what you chose is public for 1999."),
        ("&function=999", 404, "Nothing of what you chose is public yet."),
        ("&pick=0f8fad5b-d9cb-469f-a165-70867728950e", 404, "We could not find that."),
        ("&pick=nobody", 400, "“nobody” is no department."),
    ],
    ids=["terms", "year", "function", "department", "pick"],
)
def test_a_fault_is_named_and_nothing_that_was_chosen_is_lost(
    client: Client, two: list[Department], more: str, status: int, message: str
) -> None:
    with override("en"):
        page = client.get(compare_address(two) + more)
    text = page.content.decode()
    assert (page.status_code, message in text, text.count(" checked")) == (status, True, 2)


def test_one_department_alone_is_no_comparison(client: Client, two: list[Department]) -> None:
    with override("en"):
        page = client.get(compare_address(two[:1])).content.decode()
    assert ("Choose at least two to compare." in page, page.count(" checked")) == (True, 1)


def test_a_comparison_costs_the_same_however_many_departments_there_are(client: Client, two: list[Department]) -> None:
    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    code = reverse("cms:analysis:class", args=["205"])
    few = [queries(compare_address(two)), queries(code)]
    more = departments(30)
    publish_year(2026, dict.fromkeys([*two, *more], (MANY, MANY)))
    many = [queries(compare_address([*two, *more[:3]])), queries(code)]
    assert few == many


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("class/999/", 404),
        ("class/20/", 404),
        ("class/205/?year=1999", 404),
        ("class/205/?year=abc", 400),
        ("class/205/?government=0", 404),
        ("class/%25_/", 404),
        ("compare.csv", 400),
        ("compare.csv?by=year&pick=2024&pick=2025&of=999", 404),
    ],
)
def test_what_is_not_there_is_not_there(client: Client, two: list[Department], path: str, status: int) -> None:
    assert client.get(reverse("cms:analysis:index") + path).status_code == status
