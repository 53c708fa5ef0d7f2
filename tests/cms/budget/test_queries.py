from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.budget import queries
from cms.budget.figures import expected_rate, figures
from cms.budget.line_table import LineQuery, described, line_page, search_lines
from cms.budget.models import Department, Government, ImportProblem, Line, Phase, Programme, Release
from cms.budget.queries import UNASSIGNED, Dimension
from participation.stakeholders.models import Role
from portal.errors import NotFound
from portal.search.terms import cleaned
from tests.factories import (
    make_code,
    make_department,
    make_line,
    make_officeholder,
    make_programme,
    make_release,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PUBLIC = AnonymousUser()


def sums(groups: list[queries.Group], phase: Phase = Phase.ADOPTED) -> dict[str, int | None]:
    return {group.name: group.amounts[phase] for group in groups}


def test_departments_are_summed_over_facts_only_and_the_largest_comes_first() -> None:
    release = make_release()
    small, large = make_programme(make_department(name="小")), make_programme(make_department(name="大"))
    make_line(release, small, adopted=100)
    make_line(release, large, adopted=250)
    make_line(release, small, adopted=50)
    make_line(release, small, adopted=10_000, is_leaf=False)
    groups = queries.groups_by(release, Dimension.DEPARTMENT, release.lines.all())
    assert [(group.name, group.amounts[Phase.ADOPTED], group.lines) for group in groups] == [
        ("大", 250, 1),
        ("小", 150, 2),
    ]


def test_chinese_functions_are_grouped_by_class_and_named_by_the_classification() -> None:
    release = make_release()
    make_code("functional", "205", "教育支出", "Education")
    make_line(release, functional_code="2050202", functional_name="小学教育", adopted=3)
    make_line(release, functional_code="2050201", functional_name="学前教育", adopted=4)
    make_line(release, functional_code="2080501", functional_name="行政单位离退休", adopted=5)
    groups = queries.groups_by(release, Dimension.FUNCTION, release.lines.all())
    assert [(group.key, group.name, group.name_en, group.amounts[Phase.ADOPTED]) for group in groups] == [
        ("205", "教育支出", "Education", 7),
        ("208", "208", "", 5),
    ]


def test_a_class_without_an_entry_takes_its_name_from_the_subtotals_of_the_source() -> None:
    release = make_release()
    make_line(release, functional_code="208", functional_name="社会保障和就业支出", is_leaf=False)
    make_line(release, functional_code="2080501", functional_name="行政单位离退休", adopted=5)
    assert sums(queries.groups_by(release, Dimension.FUNCTION, release.lines.all())) == {"社会保障和就业支出": 5}


def test_functions_of_other_governments_are_grouped_by_the_names_they_publish() -> None:
    release = make_release(currency="EUR", government=Government.objects.create(name="Madrid"))
    make_code("functional", "231", "债务还本支出")
    make_line(release, functional_code="23102", functional_name="MAYORES", adopted=1)
    make_line(release, functional_code="23103", functional_name="MAYORES", adopted=2)
    make_line(release, functional_code="23104", functional_name="", adopted=4)
    assert sums(queries.groups_by(release, Dimension.FUNCTION, release.lines.all())) == {"23104": 4, "MAYORES": 3}


def test_lines_without_a_department_are_kept_under_a_key_that_a_filter_understands() -> None:
    release = make_release()
    line = make_line(release, adopted=9)
    Line.objects.filter(pk=line.pk).update(department=None)
    groups = queries.groups_by(release, Dimension.DEPARTMENT, release.lines.all())
    assert [group.key for group in groups] == [UNASSIGNED]
    narrowed = LineQuery(department=UNASSIGNED).narrowed(release, release.lines.all())
    assert list(narrowed) == [line]


@pytest.mark.parametrize(
    "dimension", [Dimension.FUNCTION, Dimension.DEPARTMENT, Dimension.PROGRAMME, Dimension.ECONOMIC]
)
def test_every_group_can_be_opened_by_its_key_and_holds_the_money_it_shows(dimension: Dimension) -> None:
    release = make_release()
    for number in range(4):
        make_line(release, functional_code=f"20{number}01", economic_code=f"30{number}", adopted=10**number)
    for group in queries.groups_by(release, dimension, release.lines.all()):
        narrowed = LineQuery(**{dimension.value: group.key}).narrowed(release, release.lines.all())
        facts = queries.facts_of(release, narrowed)
        assert (facts.lines, facts.amounts[Phase.ADOPTED]) == (group.lines, group.amounts[Phase.ADOPTED])


@pytest.mark.parametrize(
    ("phases", "base"),
    [
        (["proposed", "adopted", "adjusted", "executed"], Phase.ADJUSTED),
        (["adopted", "executed"], Phase.ADOPTED),
        (["proposed"], Phase.PROPOSED),
        (["executed"], None),
    ],
)
def test_execution_is_measured_against_the_latest_published_budget(phases: list[str], base: Phase | None) -> None:
    assert queries.base_phase(make_release(phases=phases)) == base


@pytest.mark.parametrize(
    ("base", "executed", "rate"),
    [
        (200, 150, Decimal("0.75")),
        (200, 0, Decimal(0)),
        (0, 5, None),
        (None, 5, None),
        (200, None, None),
        (-5, 5, None),
    ],
)
def test_the_execution_rate_needs_a_budget_and_an_amount(
    base: int | None, executed: int | None, rate: Decimal | None
) -> None:
    assert queries.execution_rate(base, executed) == rate


def test_a_department_that_reported_nothing_has_no_rate_rather_than_a_rate_of_zero() -> None:
    comparison = queries.compare(make_release(), {Phase.ADOPTED: 100, Phase.EXECUTED: None})
    assert (comparison.base, comparison.executed, comparison.rate) == (100, None, None)


def test_a_programme_is_followed_through_the_newest_published_version_of_each_year() -> None:
    programme = make_programme()
    old = make_release(fiscal_year=2024, version=1)
    corrected = make_release(fiscal_year=2024, version=2)
    draft = make_release(fiscal_year=2024, version=3, published=False)
    next_year = make_release(fiscal_year=2025, version=1)
    for release, amount in ((old, 1), (corrected, 2), (draft, 4), (next_year, 8)):
        make_line(release, programme, adopted=amount)
    found = queries.years_of(Line.objects.filter(programme=programme), PUBLIC)
    assert [(year.release, year.amounts[Phase.ADOPTED]) for year in found] == [(corrected, 2), (next_year, 8)]


def test_a_version_says_which_published_one_has_corrected_it() -> None:
    old = make_release(version=1)
    newer = make_release(version=2)
    make_release(version=3, published=False)
    assert queries.newer_version_of(old, PUBLIC) == newer
    assert queries.newer_version_of(newer, PUBLIC) is None


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (None, False),
        ("citizen", False),
        (Role.MODERATOR, False),
        (Role.EDITOR, True),
        (Role.REVIEWER, True),
        (Role.AUDITOR, True),
    ],
)
def test_drafts_and_all_they_name_are_for_those_who_prepare_and_check_budgets(role: Any, sees: bool) -> None:
    reader = PUBLIC if role is None else make_user() if role == "citizen" else make_officeholder(role)
    make_line(make_release(published=False))
    for found in (Release, Line, Department, Programme):
        assert found.objects.visible_to(reader).exists() is sees


def test_what_is_not_public_is_not_found() -> None:
    line = make_line(make_release(published=False))
    for look_up, record in (
        (queries.visible_release, line.release),
        (queries.visible_line, line),
        (queries.visible_department, line.department),
        (queries.visible_programme, line.programme),
    ):
        with pytest.raises(NotFound):
            look_up(record.row_id, PUBLIC)


def test_the_gravest_remarks_come_first() -> None:
    release = make_release()
    for severity in ("info", "error", "warning"):
        ImportProblem.objects.create(release=release, row_number=1, severity=severity, code="x", message=severity)
    problems, count = queries.problems_of(release)
    assert ([problem.severity for problem in problems], count) == (["error", "warning", "info"], 3)


# The table of lines ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["小学", "电梯", "Lift", "P-77", "教育局", "50202", "２０５", "小学 电梯", "primary"])
def test_a_line_is_found_by_any_part_of_its_names_and_codes_in_both_languages(text: str) -> None:
    release = make_release()
    make_code("functional", "2050202", "小学教育", "Primary education")
    department = make_department(name="云川市教育局")
    wanted = make_line(release, make_programme(department, code="P-77", name="加装电梯补助", name_en="Lift grants"))
    make_line(release, functional_code="2010101", functional_name="行政运行")
    assert list(search_lines(release.lines.all(), text)) == [wanted]


@pytest.mark.parametrize("text", ['"', "%", "_", "\\", "'; drop table", "😀", "\x00", "x" * 10_000, "文" * 10_000])
def test_odd_search_texts_find_nothing_and_break_nothing(text: str) -> None:
    make_line()
    assert cleaned(text) == "" or list(search_lines(Line.objects.all(), text)) == []


def test_every_word_has_to_be_found() -> None:
    line = make_line(programme=make_programme(name="加装电梯"))
    assert list(search_lines(Line.objects.all(), "电梯 小学")) == [line]
    assert list(search_lines(Line.objects.all(), "电梯 公路")) == []


def test_lines_are_sorted_with_missing_amounts_last_in_both_directions() -> None:
    release = make_release()
    one, none, two = (make_line(release, adopted=amount) for amount in (1, None, 2))
    for sort, expected in (("adopted", [one, two, none]), ("-adopted", [two, one, none]), ("row", [one, none, two])):
        assert list(line_page(release.lines.all(), LineQuery(sort=sort), None)) == expected


@pytest.mark.parametrize(
    "asked", ["sort=password", "sort=-release__mapping", "by=line", "department=x", "page=-3", "page=x"]
)
def test_unknown_wishes_in_the_address_are_left_out(asked: str) -> None:
    assert LineQuery.parse(QueryDict(asked)) == LineQuery()


def test_fifty_lines_make_a_page_and_a_page_too_far_is_the_last() -> None:
    release = make_release()
    for _number in range(51):
        make_line(release)
    assert len(line_page(release.lines.all(), LineQuery(), "1")) == 50
    assert line_page(release.lines.all(), LineQuery(), "99").number == 2


def test_a_row_is_named_in_english_by_programme_then_type_of_spending() -> None:
    release = make_release()
    make_code("economic", "30201", "办公费", "Office costs")
    named = make_line(release, economic_code="30201", economic_name="办公费")
    bare = make_line(release, economic_code="30201", economic_name="办公费")
    Line.objects.filter(pk=bare.pk).update(programme=None)
    lines = release.lines.order_by("row_number").select_related("department", "programme")
    rows = described(lines, [Phase.ADOPTED])
    assert [row.title_en for row in rows] == [named.programme.name_en, "Office costs"]


# A release laid out -------------------------------------------------------------------------------


def test_the_finding_counts_the_departments_that_keep_pace_with_the_year() -> None:
    release = make_release(as_of="2025-10-31")
    release.refresh_from_db()
    assert expected_rate(release) == Decimal(304) / 365
    make_line(release, adopted=100, executed=90)
    make_line(release, adopted=100, executed=60)
    found = figures(release, QueryDict(), PUBLIC)["execution"]
    assert "1" in found.finding
    assert "2" in found.finding
    assert "83%" in found.finding


@pytest.mark.parametrize("as_of", [None, "2024-06-30", "2025-12-31", "2026-01-31"])
def test_after_the_year_the_finding_counts_who_spent_what_needs_no_explanation(as_of: str | None) -> None:
    release = make_release(fiscal_year=2025, as_of=as_of)
    release.refresh_from_db()
    make_line(release, adopted=100, executed=90)
    make_line(release, adopted=100, executed=89)
    found = figures(release, QueryDict(), PUBLIC)["execution"]
    assert (found.expected, "90%" in found.finding) == (None, True)


def test_the_map_goes_down_from_function_to_department_to_programme_to_line() -> None:
    release = make_release()
    line = make_line(release, functional_code="2050202")
    steps = []
    asked = QueryDict("by=function", mutable=True)
    for dimension, key in (
        ("function", "205"),
        ("department", str(line.department.row_id)),
        ("programme", str(line.programme.row_id)),
    ):
        steps.append(figures(release, asked, PUBLIC)["map"].dimension)
        asked[dimension] = key
    last = figures(release, asked, PUBLIC)["map"]
    assert [*steps, last.dimension] == ["function", "department", "programme", "line"]
    assert [item.url for item in last.items] == [line.get_absolute_url()]
    assert [crumb.url for crumb in last.crumbs][-1] == ""


def test_a_release_with_accounts_only_is_drawn_by_what_was_spent() -> None:
    release = make_release(phases=["executed"])
    make_line(release, adopted=None, executed=7)
    context = figures(release, QueryDict(), PUBLIC)
    assert (context["base"], context["size"], context["map"].total) == (None, Phase.EXECUTED, 7)


def test_an_empty_release_can_be_laid_out() -> None:
    context = figures(make_release(phases=[]), QueryDict(), PUBLIC)
    assert (context["execution"], context["map"], list(context["rows"])) == (None, None, [])


def test_a_release_takes_as_many_queries_with_thirty_departments_as_with_one() -> None:
    def count(departments: int) -> int:
        release = make_release()
        for _number in range(departments):
            make_line(release)
        with CaptureQueriesContext(connection) as captured:
            figures(release, QueryDict("q=部"), PUBLIC)
        return len(captured)

    assert count(30) == count(1)


def test_a_row_made_in_one_language_leads_a_reader_of_the_other_to_pages_in_theirs() -> None:
    make_code("functional", "2050202", "小学教育", "Primary schools")
    line = make_line(make_release(), functional_code="2050202", economic_code="")
    with override("zh-hans"):
        row = described([line], [Phase.ADOPTED])[0]
    with override("en"):
        there = reverse("cms:classification:code", args=["functional", "2050202"])
        assert (row.functional_url, row.economic_url) == (there, "")
