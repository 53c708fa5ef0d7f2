"""Each check of tables on a made-up pass and a made-up fail."""

from __future__ import annotations

import pytest

from cms.budget.checks import run_checks
from tests.cms.budget.checks.made_up import (
    APPROPRIATIONS,
    BASIC,
    EXPENDITURE,
    FUND,
    GENERAL,
    INCOME,
    SUMMARY,
    THREE_PUBLIC,
    found,
    outcome,
    with_tables,
)
from tests.factories import make_government, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]

WAN = 1_000_000  # minor units of 1 万元
OF_TABLES = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C11", "C12", "C13", "C15")


def test_tables_that_agree_pass_every_check_of_tables() -> None:
    release = with_tables()
    assert found(release) == []
    assert {rule: outcome(release, rule) for rule in OF_TABLES} == dict.fromkeys(OF_TABLES, "passed")


def test_both_sides_of_the_summary_balance() -> None:
    release = with_tables((SUMMARY, 5, 3, "1,006.00"))
    assert found(release, "C1") == [("C1", "error", "summary 总计", 1005 * WAN, 1006 * WAN)]


def test_a_hundredth_of_the_unit_is_rounding_and_two_are_an_error() -> None:
    one = with_tables((SUMMARY, 5, 3, "1,005.01"))
    two = with_tables((SUMMARY, 5, 3, "1,005.02"))
    assert [severity for _rule, severity, *_rest in found(one, "C1")] == ["info"]
    assert [severity for _rule, severity, *_rest in found(two, "C1")] == ["error"]


def test_the_unit_of_the_table_says_what_rounding_is() -> None:
    release = with_tables((SUMMARY, 5, 3, "1,005.02"), unit=1)
    assert found(release, "C1") == [("C1", "error", "summary 总计", 100_500, 100_502)]


def test_expenditure_is_basic_and_project_in_every_row() -> None:
    release = with_tables((EXPENDITURE, 6, 4, "401.00"))
    assert found(release, "C2") == [("C2", "error", "expenditure 水利工程建设", 401 * WAN, 400 * WAN)]


def test_basic_expenditure_is_personnel_and_operating() -> None:
    release = with_tables((BASIC, 5, 2, "501.00"))
    assert found(release, "C3") == [
        ("C3", "error", "general 合计", 600 * WAN, 601 * WAN),
        ("C3", "error", "basic 人员经费合计", 501 * WAN, 500 * WAN),
    ]


def test_basic_expenditure_is_the_same_in_both_tables() -> None:
    release = with_tables((EXPENDITURE, 2, 5, "590.00"), (EXPENDITURE, 2, 6, "410.00"))
    assert found(release, "C4") == [("C4", "error", "expenditure 合计", 590 * WAN, 600 * WAN)]


def test_basic_expenditure_may_differ_where_other_money_was_spent() -> None:
    release = with_tables((EXPENDITURE, 2, 4, "1,020.00"), (EXPENDITURE, 2, 5, "620.00"))
    assert (found(release, "C4"), outcome(release, "C4")) == ([], "not_applicable")


def test_the_summaries_agree_where_all_money_is_appropriated() -> None:
    release = with_tables((SUMMARY, 3, 1, "1,010.00"))
    assert found(release, "C5") == [("C5", "error", "summary 本年收入合计", 1010 * WAN, 1000 * WAN)]


def test_the_summaries_may_differ_where_there_is_other_income() -> None:
    release = with_tables((SUMMARY, 3, 1, "1,010.00"), (INCOME, 2, 4, "1,010.00"), (INCOME, 2, 6, "10.00"))
    assert found(release, "C5") == []


def test_appropriated_expenditure_is_that_of_its_three_budgets() -> None:
    release = with_tables((APPROPRIATIONS, 3, 4, "990.00"))
    assert found(release, "C6") == [
        ("C6", "error", "appropriations 本年支出合计", 1000 * WAN, 990 * WAN),
        ("C6", "error", "appropriations 本年支出合计", 990 * WAN, 1000 * WAN),
    ]


def test_three_public_funds_are_the_sum_of_their_kinds_and_blank_counts_as_nothing() -> None:
    release = with_tables((THREE_PUBLIC, 3, 1, "8.00"))
    assert found(release, "C7") == [("C7", "error", "three_public 合计", 8 * WAN, 7 * WAN)]


def test_an_empty_fund_table_without_a_note_is_warned_of() -> None:
    release = with_tables((FUND, 3, 0, ""))
    assert found(release, "C11") == [("C11", "warn", "fund", None, None)]


def test_items_add_up_to_sections_and_classes() -> None:
    release = with_tables((GENERAL, 4, 2, "610.00"), (GENERAL, 4, 3, "610.00"))
    assert found(release, "C12") == [
        ("C12", "error", "general 水利", 1000 * WAN, 1010 * WAN),
        ("C12", "error", "general 水利", 600 * WAN, 610 * WAN),
    ]


def test_a_code_has_one_name_in_all_tables() -> None:
    release = with_tables((GENERAL, 4, 1, "一般行政管理事务"))
    assert found(release, "C13") == [("C13", "warn", "general 一般行政管理事务", None, None)]


def test_a_placeholder_in_a_table_is_an_error() -> None:
    release = with_tables((GENERAL, 4, 1, "XX运行"))
    assert found(release, "C15") == [("C15", "error", "general XX运行", None, None)]


def test_what_is_missing_is_told_and_never_silent() -> None:
    release = with_tables(without=(SUMMARY, BASIC))
    result = release.check_results.get(rule_id="C3")
    assert (result.outcome, result.reasons) == (
        "not_applicable",
        [
            {"word": "no_table", "reference": "basic.personnel.amount"},
            {"word": "no_table", "reference": "basic.operating.amount"},
        ],
    )


def test_a_release_without_tables_says_so() -> None:
    release = make_release(published=False)
    assert run_checks(release) == []
    assert release.check_results.get(rule_id="C1").reasons == [{"word": "no_tables"}]


def test_rules_for_china_are_not_applied_to_others() -> None:
    release = make_release(published=False, government=make_government(jurisdiction=""))
    assert (run_checks(release), release.check_results.count()) == ([], 0)
