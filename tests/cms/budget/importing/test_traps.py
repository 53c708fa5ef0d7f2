"""Faults of real budget files, each with a small made-up file. Those of spreadsheets are in ``test_workbooks``."""

from __future__ import annotations

import pytest

from cms.budget.importing.checks import check_plan
from tests.cms.budget.importing.made_up import AMOUNTS, PLAIN, RELEASE, amounts, codes, plan

LEAF = '[leaf]\ncolumn = "period"\nequals = "全年"\n'
FUNCTIONS = RELEASE + '[columns]\nfunctional_code = "code"\nfunctional = "name"\n' + AMOUNTS


def test_subtotals_become_check_values_and_the_sum_is_not_doubled() -> None:
    text = FUNCTIONS + '[leaf]\ncolumn = "level"\nequals = 7\n'
    made = plan("code,name,level,amount\n201,服务,3,90\n20106,财政,5,90\n2010601,运行,7,40\n2010602,管理,7,50\n", text)
    assert (made.totals(), made.check_row_count) == ({"adopted": 9000}, 2)


def test_a_total_of_zero_over_children_of_ninety_stays_what_it_is() -> None:
    text = FUNCTIONS + '[leaf]\ncolumn = "level"\nequals = 7\n'
    made = plan("code,name,level,amount\n201,服务,3,0\n2010601,运行,7,40\n2010602,管理,7,50\n", text)
    assert (amounts(made)[0], made.totals()) == ((0,), {"adopted": 9000})


def test_months_that_add_up_to_the_year_can_be_set_aside() -> None:
    made = plan("department,period,amount\nA,1月,1\nA,1-2月,2\nA,全年,12\n", PLAIN + LEAF)
    assert made.totals() == {"adopted": 1200}


def test_identical_rows_are_all_kept_and_counted() -> None:
    made = plan("department,amount\n" + "A,1\n" * 9 + "B,1\n")
    check_plan(made)
    assert (made.leaf_count, codes(made, "info")[-1]) == (10, (None, "same_rows"))


def test_blank_zero_and_a_dash_stay_apart_from_one_another() -> None:
    assert amounts(plan("department,amount\nA,\nB,0\nC,0.00\nD,——\n")) == [(None,), (0,), (0,), (None,)]


@pytest.mark.parametrize("text", ["不适用", "N/A", "≥100百分比", "完成", "0.00%", "NaN"])
def test_what_is_not_applicable_is_never_read_as_zero(text: str) -> None:
    assert codes(plan(f"department,amount\nA,{text}\n")) == [(1, "not_a_number")]


@pytest.mark.parametrize(
    ("text", "minor"), [("99598,95", 9959895), ("333.620,93", 33362093), ("-156.201,00", -15620100), ("7", 700)]
)
def test_amounts_as_they_are_written_in_spain(text: str, minor: int) -> None:
    assert amounts(plan(f"department;amount\nA;{text}\nB;1,50\n"))[0] == (minor,)


def test_a_serial_number_where_a_year_belongs_is_no_year() -> None:
    text = PLAIN.replace("2024", '{ column = "year" }')
    assert codes(plan('department,amount,year\nA,1,2024\nB,1,"44,561"\nC,1,2024\n', text)) == [(2, "mixed_fiscal_year")]


def test_units_may_differ_from_table_to_table_of_one_document() -> None:
    text = PLAIN.replace('"CNY"', '"CNY"\nunit = { column = "unit" }')
    assert plan("department,amount,unit\nA,1.5,万元\nB,15000,元\n", text).totals() == {"adopted": 3000000}


def test_a_year_that_is_not_over_is_told() -> None:
    made = plan("department,amount\nA,1\n", PLAIN.replace("adopted", "executed").replace("2024", "2199"))
    check_plan(made)
    assert (None, "partial_year") in codes(made, "info")


def test_html_over_several_lines_stays_as_it_is() -> None:
    text = PLAIN.replace('department = "department"', 'department = "department"\nnote = "note"')
    made = plan('department,amount,note\nA,1,"<p>一\n二</p>"\n', text)
    assert [line.note for line in made.lines] == ["<p>一\n二</p>"]


def test_columns_may_come_in_another_order_and_number_each_year() -> None:
    assert plan("extra,amount,department\nx,1,A\n").totals() == plan("department,amount\nA,1\n").totals()


def test_a_million_errors_are_not_told_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.budget.importing.plan.MOST_PROBLEMS", 10)
    made = plan("department,amount\n" + "A,x\n" * 30)
    assert (len(made.rejected), len(codes(made)), codes(made, "info")[-1]) == (30, 9, (None, "more_problems"))
