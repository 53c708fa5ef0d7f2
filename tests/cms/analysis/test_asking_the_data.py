"""Ask the data: a form that works without scripts, an answer with an address, files, a figure and the open API."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from cms.analysis import cube
from cms.budget.models import Department, Government
from tests.factories import make_code, make_department, make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
FIGURES = {"by": "department", "measure": ["adopted", "executed"]}


@pytest.fixture(autouse=True)
def english() -> Any:
    with override("en"):
        yield


@pytest.fixture
def schools() -> Department:
    """Two years of schools and roads of one city, 300 and 100 yuan each."""
    make_code("functional", "205", "教育支出", "Education", valid_from=2020)
    schools, roads = (
        make_department(name=name, name_en=name_en) for name, name_en in (("教育局", "Schools"), ("交通局", "=Roads"))
    )
    for year in (2024, 2025):
        release = make_release(fiscal_year=year, government=schools.government)
        make_line(release, make_programme(schools), functional_code="2050202", adopted=300_00, executed=150_00)
        make_line(release, make_programme(roads), functional_code="2140106", adopted=100_00, executed=None)
        cube.fill(release)
    return schools


def asked(client: Client, name: str = "ask", **question: Any) -> Any:
    return client.get(reverse(f"cms:analysis:{name}"), question)


def rows_of(page: Any) -> list[tuple[str, ...]]:
    return [(row.label.text, *(cell.text for cell in row.cells)) for row in page.context["figure"].rows]


def test_the_form_stands_alone_until_something_is_asked(client: Client, schools: Department) -> None:
    page = asked(client)
    assert (page.status_code, page.context["figure"], len(page.context["examples"])) == (200, None, 4)


def test_an_answer_is_a_table_with_a_finding(client: Client, schools: Department) -> None:
    page = asked(client, by="department", measure=["adopted", "executed"], year="2025")
    assert rows_of(page) == [("Schools", "300.00", "150.00"), ("=Roads", "100.00", "—")]
    assert page.context["figure"].finding == "Adopted, the most: Schools with CNY 300, 75.0% of all"


def test_codes_are_named_as_the_classification_names_them_and_years_keep_their_order(
    client: Client, schools: Department
) -> None:
    page = asked(client, by=["fiscal_year", "function_class"], measure="lines")
    assert rows_of(page) == [
        ("2024", "205 Education", "1"),
        ("2024", "214", "1"),
        ("2025", "205 Education", "1"),
        ("2025", "214", "1"),
    ]


@pytest.mark.parametrize(
    ("code", "found"), [("205", 1), ("20502", 1), ("2050202", 1), ("2050203", 0)], ids=["class", "group", "item", "no"]
)
def test_a_functional_code_narrows_by_its_length(client: Client, schools: Department, code: str, found: int) -> None:
    page = asked(client, by="department", measure="lines", year="2025", function=code)
    assert len(page.context["figure"].rows) == found


def test_a_source_without_codes_is_divided_by_its_names(client: Client) -> None:
    madrid = Government.objects.create(name="Madrid")
    release = make_release(government=madrid, currency="EUR")
    make_line(release, functional_code="", functional_name="Bomberos", adopted=5_00)
    page = asked(client, by="function_group", measure="adopted")
    assert rows_of(page) == [("Bomberos", "5.00")]


def test_currencies_stand_in_rows_of_their_own(client: Client, schools: Department) -> None:
    madrid = Government.objects.create(name="Madrid")
    make_line(make_release(government=madrid, currency="EUR", fiscal_year=2025), adopted=5_00)
    page = asked(client, by="fiscal_year", measure="adopted", year="2025")
    assert rows_of(page) == [("2025", "CNY", "CNY 400"), ("2025", "EUR", "EUR 5")]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({"by": "note"}, 400),
        ({"by": ["fiscal_year", "department", "fund", "economic"]}, 400),
        ({"by": "currency"}, 400),
        ({"measure": "max(adopted)"}, 400),
        ({"year": "20x5"}, 400),
        ({"government": "999"}, 404),
        ({"department": "0f8fad5b-d9cb-469f-a165-70867728950e"}, 404),
        ({"department": "nobody"}, 400),
        ({"function": "\x00"}, 400),
    ],
    ids=["dimension", "four", "currency", "measure", "year", "government", "department", "nobody", "code"],
)
def test_a_fault_is_named_and_the_form_stays(
    client: Client, schools: Department, question: dict[str, Any], status: int
) -> None:
    page = asked(client, **{**FIGURES, **question})
    assert (page.status_code, page.context["figure"], 'name="measure"' in page.content.decode()) == (status, None, True)


def test_what_is_typed_is_a_value_and_never_a_part_of_the_question(client: Client, schools: Department) -> None:
    assert asked(client, **FIGURES, function="' OR 1=1 --").context["figure"].rows == ()


def test_a_draft_is_in_no_answer(client: Client) -> None:
    make_line(make_release(published=False))
    assert asked(client, **FIGURES).context["figure"].rows == ()


def test_too_large_an_answer_is_refused_and_never_cut(
    client: Client, schools: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.analysis.adhoc.ROWS_AT_MOST", 1)
    pages = [asked(client, name, **FIGURES) for name in ("ask", "ask_csv", "ask_xlsx")]
    assert [page.status_code for page in pages] == [400, 400, 400]


def test_files_have_every_row_with_exact_amounts_and_no_text_runs(client: Client, schools: Department) -> None:
    question = {**FIGURES, "year": "2025"}
    text = asked(client, "ask_csv", **question).content.decode("utf-8-sig")
    roads = Department.objects.get(name="交通局").row_id
    assert text.splitlines() == [
        "department,department_name,currency,adopted,executed",
        f"{schools.row_id},Schools,CNY,300.00,150.00",
        f"{roads},'=Roads,CNY,100.00,",
    ]
    sheet = load_workbook(io.BytesIO(asked(client, "ask_xlsx", **question).content)).active
    assert [row[1:] for row in sheet.iter_rows(values_only=True)] == [
        ("department_name", "currency", "adopted", "executed"),
        ("Schools", "CNY", 300, 150),
        ("'=Roads", "CNY", 100, None),
    ]


def test_questions_are_counted(client: Client, schools: Department, settings: Any) -> None:
    settings.WRITE_RATES = {**django_settings.WRITE_RATES, "question": "2/minute"}
    statuses = [asked(client, name, **FIGURES).status_code for name in ("ask", "ask_csv", "ask")]
    assert (statuses, asked(client).status_code) == ([200, 200, 429], 200)


def test_an_answer_is_a_figure_with_an_address_that_others_can_embed(client: Client, schools: Department) -> None:
    own = asked(client, **FIGURES).context["figure"].own_url
    page = client.get(own)
    figure = page.context["figure"]
    others = {name: client.get(getattr(figure, f"{name}_url")).status_code for name in ("embed", "svg", "csv")}
    assert (page.status_code, others) == (200, {"embed": 200, "svg": 200, "csv": 200})
    assert client.get("/oembed/", {"url": f"http://testserver{figure.url}"}).json()["title"] == figure.finding


def test_the_open_api_gives_the_same_in_minor_units(client: Client, schools: Department) -> None:
    answer = client.get(
        "/api/v1/sums",
        {"by": "department", "measure": "adopted,lines", "year": "2025"},
        headers={"Accept-Language": "en"},
    )
    answer = answer.json()
    assert [(row["department_name"], row["adopted"], row["lines"]) for row in answer["rows"]] == [
        ("Schools", 300_00, 1),
        ("=Roads", 100_00, 1),
    ]
    assert (answer["count"], len(answer["releases"])) == (2, 1)


@pytest.mark.parametrize(
    "question", [{}, {"by": "nothing"}, {"by": "fund", "sql": "1"}], ids=["nothing", "dimension", "unknown"]
)
def test_the_open_api_names_what_is_wrong(client: Client, question: dict[str, str]) -> None:
    assert client.get("/api/v1/sums", question).status_code == 400
