"""Every figure: what it says, its numbers, and its own address."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from cms.budget.models import Department, Release
from cms.budget.tables import DisclosureTable, TableKind, TableRow
from cms.figures.kinds import figure, kinds
from cms.figures.of_releases import parts_of_hundred
from portal.errors import NotFound
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
VISITOR = AnonymousUser()
OF_RELEASES = ("execution", "flow", "hundred", "income", "spending", "years")


@pytest.fixture
def release() -> Release:
    """Two years of two departments; 2026 is the release."""
    earlier = make_release(fiscal_year=2025, totals={"adopted": 80_000_00, "executed": 80_000_00})
    release = make_release(fiscal_year=2026, totals={"adopted": 100_000_00, "executed": 50_000_00})
    schools = make_department(name="教育局", name_en="Education")
    roads = make_department(name="交通局", name_en="=Transport")
    programme = make_programme(schools)
    make_line(earlier, programme, adopted=80_000_00, executed=80_000_00)
    make_line(release, programme, adopted=60_000_00, executed=30_000_00, fund="一般公共预算")
    hand_in_income(release, schools)
    make_line(
        release,
        make_programme(roads),
        functional_code="2140106",
        functional_name="公路养护",
        adopted=40_000_00,
        executed=20_000_00,
        fund="政府性基金",
    )
    return release


def hand_in_income(release: Release, department: Department) -> None:
    """An income table in three steps: a class, one group and two items, one of which has other income as well."""
    table = DisclosureTable.objects.create(
        release=release, department=department, kind=TableKind.INCOME, position=2, title="收入决算表", unit=1
    )
    rows = (("205", 60_00, 9_00), ("20502", 60_00, 9_00), ("2050201", 20_00, None), ("2050202", 40_00, 9_00))
    for position, (code, appropriated, earned) in enumerate(rows, 1):
        amounts = {"total": appropriated + (earned or 0), "appropriation": appropriated, "other": earned}
        TableRow.objects.create(
            table=table, position=position, source_row=position, code=code, label=f"科目{code}", amounts=amounts
        )


def address(name: str, kind: str, subject: Any) -> str:
    return reverse(f"cms:figures:{name}", args=[kind, subject.row_id])


def test_every_kind_about_a_release_is_known() -> None:
    assert tuple(sorted(name for name, kind in kinds().items() if kind.subject == "release")) == OF_RELEASES


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", OF_RELEASES)
def test_a_figure_has_a_page_a_frame_a_picture_and_numbers(
    client: Client, release: Release, kind: str, language: str
) -> None:
    with override(language):
        answers = {name: client.get(address(name, kind, release)) for name in ("figure", "embed", "svg", "csv")}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert answers["svg"]["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answers["csv"].content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", ["figure", "embed", "svg", "csv"])
def test_a_figure_of_a_draft_is_not_there_for_visitors(client: Client, name: str) -> None:
    line = make_line(make_release(published=False))
    assert client.get(address(name, "execution", line.release)).status_code == 404


@pytest.mark.parametrize("kind", ["nothing", "flow-"])
def test_an_unknown_kind_is_not_found(client: Client, release: Release, kind: str) -> None:
    assert client.get(address("figure", kind, release)).status_code == 404
    with pytest.raises(NotFound):
        figure(kind, release.row_id, {}, VISITOR)


def test_only_the_embedded_chart_may_stand_in_a_frame(client: Client, release: Release) -> None:
    page, frame = client.get(address("figure", "flow", release)), client.get(address("embed", "flow", release))
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame
    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "script-src 'self'" in frame["Content-Security-Policy"]
    assert "<script" not in frame.content.decode()


def test_oembed_tells_other_sites_how_to_show_a_figure(client: Client, release: Release) -> None:
    page = f"http://testserver{address('figure', 'flow', release)}"
    answer = client.get("/oembed/", {"url": page, "maxwidth": "400"}).json()
    assert (answer["version"], answer["type"], answer["width"]) == ("1.0", "rich", 400)
    assert f'src="http://testserver{address("embed", "flow", release)}"' in answer["html"]
    assert "application/json+oembed" in client.get(page).content.decode()


def test_oembed_answers_in_the_language_of_the_address(client: Client, release: Release) -> None:
    with override("en"):
        path, frame = address("figure", "flow", release), address("embed", "flow", release)
    answer = client.get("/oembed/", {"url": f"http://testserver{path}"}).json()
    assert (path.startswith("/en/"), f'src="http://testserver{frame}"' in answer["html"]) == (True, True)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"url": "http://elsewhere.example/figures/"}, 404),
        ({"url": "/budget/"}, 404),
        ({"url": "http://["}, 404),
        ({}, 404),
        ({"url": "/", "format": "xml"}, 501),
    ],
)
def test_oembed_knows_only_figures_of_this_site(client: Client, query: dict[str, str], status: int) -> None:
    assert client.get("/oembed/", query).status_code == status


def test_the_numbers_of_a_figure_are_plain_and_no_text_runs(client: Client, release: Release) -> None:
    with override("en"):
        content = client.get(address("csv", "execution", release)).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content))) == [
        ["Department", "Adopted", "Executed", "Rate"],
        ["Education", "60000.00", "30000.00", "0.5000"],
        ["'=Transport", "40000.00", "20000.00", "0.5000"],
    ]


def test_the_finding_is_computed(release: Release) -> None:
    with override("en"):
        findings = {kind: figure(kind, release.row_id, {}, VISITOR).finding for kind in OF_RELEASES}
    assert findings["years"] == "2026 has 25.0% more than 2025"
    assert findings["hundred"].replace("\xa0", " ").startswith("Of every CNY 100, CNY 60.00 goes to:")
    assert findings["flow"].startswith("The broadest stream: 60% goes through Education for")


def test_a_flow_says_what_it_begins_with(release: Release) -> None:
    with override("en"):
        assert "Only some departments" in figure("flow", release.row_id, {}, VISITOR).description
        funded = make_line(make_release(fiscal_year=2021), fund="一般公共预算").release
        assert "names no revenue" in figure("flow", funded.row_id, {}, VISITOR).description
        bare = make_line(make_release(fiscal_year=2020)).release
        assert "neither revenue nor funds" in figure("flow", bare.row_id, {}, VISITOR).description


def test_income_tables_say_where_the_money_comes_from(release: Release) -> None:
    with override("en"):
        found = figure("income", release.row_id, {}, VISITOR)
    told = {(row.label.text, row.cells[0].text): row.cells[1].value for row in found.table.rows}
    assert sorted(told.values()) == ["60.00", "69.00", "9.00"]
    assert (found.finding, "1 of 2" in found.description) == (
        "87% of what was received comes from: Fiscal appropriation",
        True,
    )
    assert figure("flow", release.row_id, {}, VISITOR).table.rows[0].label.text == "一般公共预算"


def test_a_flow_begins_with_revenue_once_every_department_says_where_its_money_comes_from(release: Release) -> None:
    hand_in_income(release, Department.objects.get(name="交通局"))
    cache.clear()
    with override("en"):
        found = figure("flow", release.row_id, {}, VISITOR)
    assert (found.drawing.titles, found.finding) == (
        ("Revenue", "Function", "Department"),
        "87% of what was received comes from: Fiscal appropriation",
    )


def test_a_figure_that_answers_a_question_needs_no_record_and_one_about_a_record_does(
    client: Client, release: Release
) -> None:
    def status(*about: Any) -> int:
        return client.get(reverse("cms:figures:figure", args=about), {"by": "fund", "measure": "adopted"}).status_code

    assert (status("answer"), status("answer", release.row_id), status("flow")) == (200, 404, 404)


def test_a_figure_goes_down_with_its_parameters_and_drops_all_others(release: Release) -> None:
    found = figure("spending", release.row_id, {"by": "department", "x": "1"}, VISITOR)
    assert dict(found.parameters) == {"by": "department"}
    assert found.url.endswith("?by=department")


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=30))
def test_the_parts_of_a_hundred_add_up(amounts: list[int]) -> None:
    parts = parts_of_hundred(amounts)
    assert sum(parts) == Decimal(100)
    total = sum(amounts)
    assert all(abs(part - Decimal(a) * 100 / total) < Decimal("0.01") for a, part in zip(amounts, parts, strict=True))


def test_a_programme_and_a_department_have_their_money_over_the_years(release: Release) -> None:
    line = release.lines.order_by("row_number")[0]
    for kind, subject in (("programme-money", line.programme), ("department-money", line.department)):
        found = figure(kind, subject.row_id, {}, VISITOR)
        assert [row.label.text for row in found.table.rows] == ["2025", "2026"]
        assert found.drawing


@pytest.mark.parametrize("group", ["function", "department", "programme", "nonsense"])
def test_the_explorer_is_a_table_first(client: Client, release: Release, group: str) -> None:
    at = reverse("cms:figures:explore", args=[release.row_id])
    assert client.get(at, {"group": group, "measure": "rate"}).status_code == 200
    data = client.get(f"{at}data.json", {"group": group}).json()
    assert [row["values"] for row in data["rows"]] == [[6.0, 3.0, 50.0], [4.0, 2.0, 50.0]]
    assert client.get(f"{at}data.csv", {"group": group}).content.decode("utf-8-sig").count("\r\n") == 3


def test_the_explorer_goes_down_from_a_class_to_its_items(client: Client, release: Release) -> None:
    def explored(**asked: str) -> list[tuple[str, str]]:
        page = client.get(reverse("cms:figures:explore", args=[release.row_id]), {"group": "function", **asked})
        return [(row.group.key, row.url) for row in page.context["exploration"].rows]

    at = reverse("cms:figures:explore", args=[release.row_id])
    line = release.lines.order_by("row_number")[0]
    code = line.functional_code
    assert explored()[0] == (code[:3], f"{at}?group=function&within={code[:3]}")
    assert explored(within=code[:3]) == [(code[:5], f"{at}?group=function&within={code[:5]}")]
    assert explored(within=code[:5]) == [(code, f"{release.get_absolute_url()}?q={code}#lines")]
    assert explored(within="999") == []
    assert explored(within="x'--") == explored()
