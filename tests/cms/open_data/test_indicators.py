"""Indicators and scores as public lists: narrowed by address, whole in files, nothing of a draft."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from cms.performance.models import Goal, Indicator, ProgrammeYear
from tests.factories import make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def make_year(year: int, *, published: bool = True, name: str = "加装电梯", actual: int | None = 90) -> ProgrammeYear:
    programme = make_programme(name=name)
    make_line(make_release(fiscal_year=year, published=published), programme)
    made = ProgrammeYear.objects.create(
        programme=programme, fiscal_year=year, self_score="98.50", full_year=200_00, executed=150_00
    )
    goal = Goal.objects.create(programme_year=made, text="加装")
    same = {"goal": goal, "operator": "ge", "target": 100, "unit": "台", "weight": 10}
    Indicator.objects.create(name="=台数", dimension="output", actual=actual, **same)
    Indicator.objects.create(name="满意", dimension="satisfaction", actual=100, **same)
    return made


def listed(client: Client, name: str = "indicators", **asked: Any) -> Any:
    return client.get(reverse(f"cms:open_data:{name}"), asked)


def test_every_public_indicator_is_listed_the_newest_year_first(client: Client) -> None:
    make_year(2024)
    make_year(2025, actual=None)
    make_year(2026, published=False)
    rows = [(year.fiscal_year, reading.is_met) for reading, year in listed(client).context["rows"]]
    assert rows == [(2025, None), (2025, True), (2024, False), (2024, True)]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"year": "2024"}, 2),
        ({"dimension": "output"}, 2),
        ({"year": "x", "department": "?"}, 4),
        ({"government": "0"}, 0),
    ],
    ids=["year", "dimension", "unknown", "government"],
)
def test_the_address_narrows_the_list(client: Client, asked: dict[str, str], count: int) -> None:
    make_year(2024)
    make_year(2025)
    assert listed(client, **asked).context["page_obj"].paginator.count == count


def test_a_programme_has_its_own_list(client: Client) -> None:
    own = make_year(2024)
    make_year(2025, name="其他")
    page = listed(client, "scores", programme=own.programme.row_id)
    assert [reading.year for reading in page.context["rows"]] == [own]
    assert f"?programme={own.programme.row_id}" in client.get(own.programme.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", ["indicators", "scores"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_open_to_everybody(client: Client, name: str, language: str) -> None:
    make_year(2025)
    with override(language):
        assert (listed(client, name).status_code, listed(client, name, page="99").status_code) == (200, 200)


def file(client: Client, name: str, ending: str, **asked: str) -> bytes:
    answer = client.get(reverse("cms:open_data:list_file", args=[name, ending]), asked)
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_files_have_every_row_and_no_text_runs(client: Client) -> None:
    make_year(2025)
    make_year(2026, published=False)
    lines = file(client, "indicators", "csv").decode("utf-8-sig").splitlines()
    assert [len(lines), "'=台数" in lines[1]] == [3, True]
    sheet = load_workbook(io.BytesIO(file(client, "scores", "xlsx"))).active
    header, row = sheet.iter_rows(values_only=True)
    told = dict(zip(header, row, strict=True))
    assert (told["fiscal_year"], told["executed"], told["execution_rate"], told["self_score"]) == (
        2025,
        150,
        0.75,
        98.5,
    )


@pytest.mark.parametrize("name", ["indicators", "scores"])
def test_a_list_takes_as_many_queries_with_thirty_programmes_as_with_one(client: Client, name: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            listed(client, name)
        return len(captured)

    make_year(2025)
    queries()
    few = queries()
    for _number in range(29):
        make_year(2025)
    assert queries() == few
