from __future__ import annotations

import pytest

from cms.budget.importing.lines import Named, PlannedLine
from cms.budget.importing.plan import Plan
from cms.budget.models import Phase
from portal.errors import Invalid
from tests.cms.budget.importing.made_up import AMOUNTS, COLUMNS, PLAIN, RELEASE, amounts, codes, plan

BY_CODE = (
    RELEASE
    + """
[columns]
department_code = "unit_code"
department = "unit"
programme_code = "project_code"
programme = "project"
functional_code = "function_code"
note = "note"
[amounts]
adopted = "budget"
executed = "spent"
"""
)
LEAF = '[leaf]\ncolumn = "level"\nequals = 7\n'


def refused(content: str, text: str = PLAIN) -> str:
    with pytest.raises(Invalid) as caught:
        plan(content, text)
    return str(caught.value.data["problem"])


def named(made: Plan, line: PlannedLine) -> tuple[Named, Named]:
    assert line.department is not None
    assert line.programme is not None
    return made.departments[line.department], made.programmes[line.programme][1]


def test_a_row_becomes_a_line_with_every_amount_in_minor_units() -> None:
    made = plan(
        "unit_code,unit,project_code,project,function_code,note,budget,spent\n"
        '007,教育局,0042,校舍维修,2050201,"第一行\r\n第二行 <b>",1234.50,\n',
        BY_CODE,
    )
    (line,) = made.lines
    assert (line.row, line.is_leaf, line.amounts) == (1, True, (123450, None))
    assert named(made, line) == (Named("007", "教育局"), Named("0042", "校舍维修"))
    assert (line.functional_code, line.functional, line.note) == ("2050201", "", "第一行\n第二行 <b>")
    assert made.phases == [Phase.ADOPTED, Phase.EXECUTED]


def test_leading_zeros_of_codes_are_kept() -> None:
    made = plan("unit_code,unit,project_code,project,function_code,note,budget,spent\n001,,01,,0,,1,\n", BY_CODE)
    (line,) = made.lines
    assert named(made, line) == (Named("001", "001"), Named("01", "01"))


def test_a_blank_amount_is_not_a_zero() -> None:
    made = plan("department,amount\nA,\nB,0\nC,-\n")
    assert amounts(made) == [(None,), (0,), (None,)]


def test_byte_identical_rows_are_all_kept() -> None:
    made = plan("department,amount\nA,1\nA,1\nA,1\n")
    assert (len(made.lines), made.totals()) == (3, {"adopted": 300})


def test_negative_adjustments_are_summed_as_they_are() -> None:
    assert plan("department,amount\nA,10\nB,-2.5\nC,(1)\n").written_totals() == {"adopted": "6.50"}


def test_a_unit_multiplies_every_amount() -> None:
    assert plan("department,amount\nA,2106.66\n", RELEASE + "unit = 10000\n" + COLUMNS + AMOUNTS).totals() == {
        "adopted": 2_106_660_000
    }


def test_every_bad_amount_is_named_with_its_row() -> None:
    made = plan("department,amount\nA,1\nB,完成\nC,2\nD,0.005\nE,1e3\n")
    assert codes(made) == [(2, "not_a_number"), (4, "too_fine"), (5, "not_a_number")]
    assert (made.rows_read, made.leaf_count, made.rejected) == (5, 2, {2, 4, 5})


def test_a_row_with_two_bad_amounts_is_rejected_once() -> None:
    made = plan("department,amount,spent\nA,x,y\n", PLAIN + 'executed = "spent"\n')
    assert (codes(made), made.rejected) == ([(1, "not_a_number"), (1, "not_a_number")], {1})


def test_the_noise_of_binary_numbers_is_seen_through_and_said() -> None:
    made = plan("department,amount\nA,1799593.5100000002\n")
    assert (made.totals(), codes(made, "warning")) == ({"adopted": 179959351}, [(1, "float_noise")])


def test_an_amount_written_with_the_other_marks_is_not_read_as_a_hundredfold() -> None:
    made = plan("department;amount\nA;8159.01\n", '[file]\ndecimal = ","\nthousands = "."\n' + PLAIN)
    assert codes(made) == [(1, "not_a_number")]


# Columns ----------------------------------------------------------------------------------------


def test_all_missing_columns_are_named_and_those_there_are_listed() -> None:
    with pytest.raises(Invalid) as caught:
        plan("unit,amount\nA,1\n", PLAIN + 'executed = "spent"\n')
    assert (caught.value.data["problem"], caught.value.data["columns"]) == ("missing_column", ["department", "spent"])
    assert "unit, amount" in str(caught.value.message)


def test_a_position_beyond_the_columns_is_missing() -> None:
    assert refused("A,1\n", RELEASE + "[columns]\ndepartment = 0\n[amounts]\nadopted = 7\n") == "missing_column"


@pytest.mark.parametrize(
    ("rows", "errors"),
    [
        ("A,1,x\nB\nC,2,y\n", [(2, "short_row")]),
        ("A,1,x\nB,2,y,extra\n", [(2, "long_row")]),
        ("A,1,x,,\nB,2\n", []),
    ],
)
def test_a_drifting_number_of_cells_is_a_problem_of_the_row(rows: str, errors: list[tuple[int, str]]) -> None:
    columns = '[columns]\ndepartment = "department"\nnote = "note"\n'
    assert codes(plan("department,amount,note\n" + rows, RELEASE + columns + AMOUNTS)) == errors


def test_a_name_longer_than_the_column_is_not_cut() -> None:
    made = plan(f"department,amount\n{'长' * 300},1\n{'长' * 301},1\n")
    assert codes(made) == [(2, "too_long")]


def test_a_row_that_names_nothing_is_rejected() -> None:
    assert codes(plan("department,amount\nA,1\n,2\n")) == [(2, "unnamed")]


def test_a_header_without_data_is_an_empty_file() -> None:
    assert refused("department,amount\n") == "empty_file"


# Leaves -----------------------------------------------------------------------------------------

TREE = "department,level,amount\nA,3,30\nA,5,30\nA,7,10\nA,7.0,20\n"


def test_only_leaves_are_summed_and_the_others_are_kept_as_check_rows() -> None:
    made = plan(TREE, PLAIN + LEAF)
    assert ([line.is_leaf for line in made.lines], made.totals()) == ([False, False, True, True], {"adopted": 3000})


@pytest.mark.parametrize(("equals", "leaves"), [("3", 1), ('"7.0"', 1), ("[3, 5]", 2), ('["5", 7]', 3)])
def test_a_leaf_equals_a_number_or_a_text_or_one_of_several(equals: str, leaves: int) -> None:
    assert plan(TREE, PLAIN + LEAF.replace("7", equals)).leaf_count == leaves


def test_no_leaf_at_all_is_refused() -> None:
    assert refused(TREE, PLAIN + LEAF.replace("7", "9")) == "no_leaf"


def test_a_check_value_that_cannot_be_read_spoils_nothing() -> None:
    made = plan("department,level,amount\n合计,3,见附表\nA,7,1\n", PLAIN + LEAF)
    assert (codes(made), codes(made, "warning")) == ([], [(1, "not_a_number")])
    assert amounts(made) == [(None,), (100,)]


# Release ----------------------------------------------------------------------------------------

FROM_COLUMNS = (
    """
[release]
government = { column = "gov" }
fiscal_year = { column = "year" }
currency = { column = "cur" }
unit = { column = "unit" }
"""
    + COLUMNS
    + AMOUNTS
)


def test_the_release_may_be_described_in_columns() -> None:
    made = plan(
        "gov,year,cur,unit,department,amount\n云川市,2024年,CNY,万元,A,1.5\n云川市,2024年,CNY,元,A,2\n", FROM_COLUMNS
    )
    assert (made.government, made.fiscal_year, made.currency) == ("云川市", 2024, "CNY")
    assert made.written_totals() == {"adopted": "15002.00"}


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ("云川市,2023,CNY,1,C,1", "mixed_fiscal_year"),
        ("云湖市,2024,CNY,1,C,1", "mixed_government"),
        ("云川市,2024,EUR,1,C,1", "mixed_currency"),
        ("云川市,2024,CNY,箱,C,1", "unit"),
    ],
)
def test_rows_of_another_release_are_rejected(odd: str, code: str) -> None:
    usual = "云川市,2024,CNY,1,A,1\n"
    made = plan(f"gov,year,cur,unit,department,amount\n{usual}{usual}{odd}\n", FROM_COLUMNS)
    assert codes(made) == [(3, code)]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("云川市,114,CNY,1,A,1", "fiscal_year"),
        (",2024,CNY,1,A,1", "government"),
        ("云川市,2024,人民币,1,A,1", "currency"),
    ],
)
def test_a_release_that_is_not_described_is_refused(row: str, problem: str) -> None:
    assert refused(f"gov,year,cur,unit,department,amount\n{row}\n", FROM_COLUMNS) == problem


def test_check_rows_have_no_say_in_the_year() -> None:
    text = FROM_COLUMNS + LEAF
    made = plan("gov,year,cur,unit,department,amount,level\n,,,,合计,5,3\n云川市,2024,CNY,1,A,5,7\n", text)
    assert (codes(made), made.fiscal_year) == ([], 2024)


def test_what_was_found_out_about_the_file_is_said() -> None:
    assert codes(plan("department,amount\nA,1\n"), "info") == [(None, "read_as")]


def test_nothing_is_said_about_a_file_that_is_as_declared() -> None:
    declared = '[file]\nencoding = "utf-8"\ndelimiter = ","\nheader = true\ndecimal = "."\n'
    assert plan("department,amount\nA,1\n", declared + PLAIN).problems == []
