"""Departments, governments and years side by side: exact amounts, warnings in words, addresses that say everything."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from cms.analysis import compare_figures
from cms.analysis.actions import enter_statistics
from cms.analysis.asking import By, Question, read_question
from cms.analysis.comparability import warnings_about
from cms.analysis.comparing import compare
from cms.analysis.models import StatisticsImport
from cms.analysis.statistics_tables import read_table
from cms.analysis.terms import Terms
from cms.budget.models import Department, Government
from cms.classification.models import ClassificationVersion, DepartmentMerger
from participation.stakeholders.models import Role
from portal.errors import Invalid, NotFound
from tests.cms.analysis.published import departments, publish_year
from tests.factories import make_line, make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PUBLIC = AnonymousUser()
MANY = 1_000_000_00


@pytest.fixture
def three() -> list[Department]:
    """Three departments with two years each."""
    found = departments(3)
    publish_year(2024, {found[0]: (3 * MANY, 2 * MANY), found[1]: (MANY, MANY), found[2]: (2 * MANY, None)})
    publish_year(2025, {found[0]: (6 * MANY, 3 * MANY), found[1]: (MANY, 0), found[2]: (4 * MANY, 4 * MANY)})
    return found


def picks(found: list[Department]) -> tuple[str, ...]:
    return tuple(str(department.row_id) for department in found)


def of_years(found: list[Department], **more: Any) -> Question:
    values = {"by": By.YEAR, "picks": ("2024", "2025"), "of": str(found[0].government_id)}
    return Question(**{**values, **more})


def enter(text: str, series: Any, government: Government | None = None) -> None:
    table = read_table(text, series=series, government=government)
    enter_statistics(table, source="统计公报", published_on=date(2025, 1, 17), acting_user=None)


def said(question: Question) -> list[str]:
    with override("en"):
        return warnings_about(compare(question, PUBLIC), PUBLIC)


def test_departments_are_shown_in_the_newest_year_that_all_have(three: list[Department]) -> None:
    compared = compare(Question(picks=picks(three)), PUBLIC)
    found = [(item.subject, year, value.budget, value.executed) for item, year, value in compared.shown if value]
    assert found == [
        (three[0], 2025, 6 * MANY, 3 * MANY),
        (three[1], 2025, MANY, 0),
        (three[2], 2025, 4 * MANY, 4 * MANY),
    ]


def test_another_year_can_be_asked_for(three: list[Department]) -> None:
    compared = compare(Question(picks=picks(three), year=2024), PUBLIC)
    assert [value.executed for _item, _year, value in compared.shown if value] == [2 * MANY, MANY, None]


def test_governments_are_compared_by_all_their_departments(three: list[Department]) -> None:
    other = departments(2, Government.objects.create(name="邻市"))
    publish_year(2025, {other[0]: (MANY, None), other[1]: (MANY, None)})
    keys = (str(three[0].government_id), str(other[0].government_id))
    compared = compare(Question(by=By.GOVERNMENT, picks=keys), PUBLIC)
    assert [value.budget for _item, _year, value in compared.shown if value] == [11 * MANY, 2 * MANY]


def test_years_of_a_government_say_what_their_change_is_made_of(three: list[Department]) -> None:
    compared = compare(of_years(three), PUBLIC)
    assert [value.budget for _item, _year, value in compared.shown if value] == [6 * MANY, 11 * MANY]
    parts = [(driver.group.name, driver.part.change) for driver in compared.drivers]
    assert parts == [(three[0].name, 3 * MANY), (three[2].name, 2 * MANY), (three[1].name, 0)]


def test_years_of_a_department_are_divided_by_function(three: list[Department]) -> None:
    compared = compare(of_years(three, of=str(three[0].row_id)), PUBLIC)
    assert [(driver.part.key, driver.part.change) for driver in compared.drivers] == [("205", 3 * MANY)]


def test_a_function_narrows_everything(three: list[Department]) -> None:
    assert compare(Question(picks=picks(three), function="999"), PUBLIC).years == []
    assert compare(Question(picks=picks(three), function="205"), PUBLIC).years == [2024, 2025]


def test_real_and_per_head_amounts_are_exact(three: list[Department]) -> None:
    enter("2025,125", StatisticsImport.Series.PRICES)
    enter("2024,1000\n2025,2000", StatisticsImport.Series.POPULATION, three[0].government)
    told = {
        terms: [value.told_budget for _i, _y, value in compare(of_years(three, terms=terms), PUBLIC).shown if value]
        for terms in Terms
    }
    assert told == {
        Terms.NOMINAL: [6 * MANY, 11 * MANY],
        Terms.REAL: [6 * MANY * 125 // 100, 11 * MANY],
        Terms.PER_HEAD: [6 * MANY // 1000, 11 * MANY // 2000],
        Terms.REAL_PER_HEAD: [6 * MANY * 125 // 100 // 1000, 11 * MANY // 2000],
    }


def test_drafts_are_in_no_comparison_whoever_asks(three: list[Department]) -> None:
    make_line(make_release(fiscal_year=2026, published=False, version=1), three[0].programmes.first(), adopted=MANY)
    editor = make_officeholder(Role.EDITOR)
    assert compare(Question(picks=picks(three)), editor).years == [2024, 2025]


def test_a_department_of_a_draft_is_not_there(three: list[Department]) -> None:
    hidden = make_line(make_release(published=False)).department
    with pytest.raises(NotFound):
        compare(Question(picks=(*picks(three), str(hidden.row_id))), PUBLIC)


# Warnings --------------------------------------------------------------------------------------


def test_comparable_figures_have_no_warning(three: list[Department]) -> None:
    assert said(Question(picks=picks(three))) == []


def test_missing_prices_and_people_are_named(three: list[Department]) -> None:
    government = three[0].government
    assert said(of_years(three, terms=Terms.REAL_PER_HEAD)) == [
        "No price index is known that leads from 2024 to 2025: real amounts are left out.",
        f"No population is known of {government.name_en} 2024, {government.name_en} 2025: amounts per head are left out.",
    ]


def test_different_phases_are_remarked_on(three: list[Department]) -> None:
    publish_year(2026, {three[0]: (None, None)}, phases=["proposed"])
    assert said(of_years(three, picks=("2025", "2026"))) == [
        "The budgets are of different phases (Proposed, Adopted): a draft is not an adopted budget."
    ]


def test_a_partial_year_is_remarked_on(three: list[Department]) -> None:
    publish_year(2026, dict.fromkeys(three, (MANY, MANY)), as_of=date(2026, 6, 30))
    assert said(Question(picks=picks(three))) == ["2026 is not a full year: what was spent is as of June 30, 2026."]


def test_a_correction_is_remarked_on(three: list[Department]) -> None:
    publish_year(2025, dict.fromkeys(three, (MANY, MANY)), version=2)
    assert said(Question(picks=picks(three))) == ["The figures of Yunchuan for 2025 were corrected: version 2 counts."]


def test_different_currencies_are_not_ranked(three: list[Department]) -> None:
    other = departments(1, Government.objects.create(name="Madrid"))
    publish_year(2025, {other[0]: (MANY, MANY)}, currency="EUR")
    question = Question(picks=picks([three[0], other[0]]))
    assert said(question) == [
        "The amounts are in different currencies (CNY, EUR): they are shown, but not ranked or drawn."
    ]
    figures = compare_figures.figures_of(compare(question, PUBLIC))
    assert [(figure.anchor, figure.has_bars) for figure in figures] == [("side-by-side", False)]


def test_a_merger_is_remarked_on(three: list[Department]) -> None:
    DepartmentMerger.objects.create(predecessor=three[1], successor=three[0], since=date(2025, 3, 1))
    assert said(Question(picks=picks(three))) == [
        f"From March 1, 2025 on, {three[0].name_en} carries on what {three[1].name_en} did."
    ]


def test_a_new_edition_of_the_classification_is_remarked_on(three: list[Department]) -> None:
    for year in (2024, 2025):
        ClassificationVersion.objects.create(
            scheme="functional", label=f"gf{year}", name=f"{year} 年", valid_from=year, valid_until=year
        )
    assert said(Question(picks=picks(three))) == []
    assert said(Question(picks=picks(three), function="205")) == [
        "The classification of functions was issued anew between these years: a code may mean something else."
    ]


def test_a_year_without_a_release_is_named(three: list[Department]) -> None:
    assert said(of_years(three, picks=("2023", "2025"))) == ["Nothing is public for 2023."]


# Findings and files ----------------------------------------------------------------------------


def test_findings_say_what_the_figures_say(three: list[Department]) -> None:
    with override("en"):
        names = [department.name_en for department in three]
        side = compare_figures.figures_of(compare(Question(picks=picks(three)), PUBLIC))
        years = compare_figures.figures_of(compare(of_years(three), PUBLIC))
    assert [figure.finding for figure in side] == [
        f"{names[0]} has 6.0 times the money of {names[1]} in 2025: CNY 6.0 million",
        f"{names[2]} changed the most from 2024 to 2025: +100%",
    ]
    assert [figure.finding for figure in years] == [
        "From 2024 to 2025 the money grew by 83.3%, in nominal terms",
        f"{names[0]} moved the most: +CNY 3.0 million of +CNY 5.0 million",
    ]


def test_the_drivers_add_up_in_the_table(three: list[Department]) -> None:
    figure = compare_figures.drivers(compare(of_years(three), PUBLIC))
    assert figure is not None
    assert figure.total is not None
    assert sum(float(row.cells[2].value) for row in figure.rows) == float(figure.total.cells[2].value) == 5_000_000


def read_csv(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_csv_has_every_amount_exactly(client: Client, three: list[Department]) -> None:
    address = reverse("cms:analysis:compare_csv") + Question(picks=picks(three[:2])).address()
    rows = read_csv(client.get(address))
    assert [row[:7] for row in rows[1:]] == [
        [three[0].name, "2024", "CNY", "adopted", "3000000.00", "2000000.00", "0.666667"],
        [three[0].name, "2025", "CNY", "adopted", "6000000.00", "3000000.00", "0.500000"],
        [three[1].name, "2024", "CNY", "adopted", "1000000.00", "1000000.00", "1.000000"],
        [three[1].name, "2025", "CNY", "adopted", "1000000.00", "0.00", "0.000000"],
    ]


def test_the_csv_of_the_drivers_has_the_numbers_of_the_figure(client: Client, three: list[Department]) -> None:
    address = reverse("cms:analysis:compare_csv") + of_years(three).address() + "&figure=drivers"
    rows = read_csv(client.get(address))
    assert [(row[0], row[3]) for row in rows[1:]] == [
        (three[0].name, "3000000.00"),
        (three[2].name, "2000000.00"),
        (three[1].name, "0.00"),
    ]


# Addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        Question(),
        Question(picks=("0f8fad5b-d9cb-469f-a165-70867728950e",), terms=Terms.REAL, base=2020, year=2024),
        Question(by=By.GOVERNMENT, picks=("1", "2"), function="205"),
        Question(by=By.YEAR, picks=("2024", "2025"), of="3", terms=Terms.PER_HEAD),
    ],
    ids=["empty", "departments", "governments", "years"],
)
def test_an_address_says_everything(question: Question) -> None:
    assert read_question(QueryDict(question.address().removeprefix("?"))) == question


@pytest.mark.parametrize(
    "query",
    [
        "by=colour",
        "by=department&pick=abc",
        "by=government&pick=-1",
        "by=year&pick=20x5",
        "by=year&pick=2024&of=nobody",
        "terms=magic",
        "year=99999",
        "base=x",
        "function=%00",
        "by=year&" + "&".join(f"pick={year}" for year in range(2020, 2026)),
    ],
    ids=["by", "department", "government", "year", "of", "terms", "shown", "base", "function", "six"],
)
def test_what_cannot_be_asked_is_refused(query: str) -> None:
    with pytest.raises(Invalid):
        read_question(QueryDict(query))
