"""What a disclosure of 1,500 lines costs."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.budget.models import Line, Release
from cms.pages.actions import publish_disclosure
from cms.pages.models import DisclosurePage
from tests.factories import make_department, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LINES = 1500
MOST_QUERIES, MOST_BYTES = 12, 75 * 1024
FUNCTIONS = ("2050202", "2080505", "2100408", "2130504", "2140106", "2210101")


def disclosed(departments: int) -> DisclosurePage:
    """A page that a reviewer has published, about a release of 1,500 lines."""
    release: Release = make_release(published=False, line_count=LINES)
    programmes = [make_programme(make_department(release.government)) for _number in range(departments)]
    Line.objects.bulk_create(
        Line(
            release=release,
            row_number=number + 1,
            programme=programmes[number % departments],
            department=programmes[number % departments].department,
            functional_code=FUNCTIONS[number % len(FUNCTIONS)],
            functional_name=f"功能{number % len(FUNCTIONS)}",
            fund="一般公共预算",
            adopted=100_000_00 + number,
            executed=60_000_00,
        )
        for number in range(LINES)
    )
    words = {"title": "钱花到哪里去", "title_en": "Where the money goes", "summary": "", "summary_en": ""}
    return publish_disclosure(release=release, acting_user=None, **words)


@pytest.mark.parametrize("departments", [1, 30])
def test_a_disclosure_of_1500_lines_costs_at_most_12_queries_and_75_kilobytes(
    client: Client, site: Any, departments: int, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = disclosed(departments)
    # The addresses of the site are known from the first page that anybody opens.
    client.get("/disclosures/")
    with CaptureQueriesContext(connection) as queries:
        response = client.get(page.url)
    assert response.status_code == 200
    assert len(queries) <= MOST_QUERIES
    assert len(gzip.compress(response.content)) <= MOST_BYTES


def test_the_page_says_in_words_what_the_figures_say_and_an_editor_may_write_over(client: Client, site: Any) -> None:
    page = disclosed(2)
    first = client.get(page.url).context["in_words"][0]
    assert f"<p>{first}</p>" in client.get(page.url).content.decode()
    page.summary = "自己写的摘要。"
    page.save_revision().publish()
    assert "<p>自己写的摘要。</p>" in client.get(page.url).content.decode()


def test_every_line_can_be_asked_about(client: Client, site: Any) -> None:
    page = disclosed(1)
    content = client.get(page.url).content.decode()
    shown = client.get(page.url).context["rows"]
    assert len(shown) == 50
    assert all(f'href="{row.line.get_absolute_url()}#said"' in content for row in shown)


def test_pages_of_a_disclosure_after_the_first_show_other_lines(client: Client, site: Any) -> None:
    page = disclosed(1)
    rows = client.get(page.url, {"page": "2"}).context["rows"]
    assert [row.line.row_number for row in rows] == list(range(51, 101))


def test_other_pages_of_the_site_are_still_found_by_wagtail(client: Client, site: Any) -> None:
    assert client.get("/disclosures/no-such-page/").status_code == 404
    page = disclosed(1)
    page.unpublish()
    assert client.get(page.url).status_code == 404
