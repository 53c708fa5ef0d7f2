from __future__ import annotations

import pytest

from cms.budget.importing.checks import check_plan
from cms.budget.importing.remarks import holds_personal_number
from tests.cms.budget.importing.made_up import AMOUNTS, PLAIN, RELEASE, codes, plan

FUNCTIONS = RELEASE + '[columns]\ndepartment = "department"\nfunctional_code = "code"\n' + AMOUNTS


def remarks(content: str, text: str = PLAIN) -> list[tuple[int | None, str]]:
    made = plan(content, text)
    check_plan(made)
    return [remark for remark in codes(made, "info", "warning") if remark[1] != "read_as"]


def test_an_ordinary_file_earns_no_remark() -> None:
    assert remarks("department,amount\n教育局,1\n卫生局,2\n") == []


@pytest.mark.parametrize("name", ["合计", "总 计", "小计", "本年支出合计", "TOTAL", "Subtotal", "Grand total"])
def test_a_total_among_the_facts_is_pointed_out(name: str) -> None:
    assert remarks(f"department,amount\n教育局,1\n{name},1\n") == [(2, "looks_like_total")]


def test_classes_beside_their_items_are_pointed_out() -> None:
    assert remarks("department,code,amount\nA,201,3\nA,20106,3\nA,2010601,3\nB,201,1\n", FUNCTIONS) == [
        (None, "nested_codes")
    ]


def test_items_alone_are_not() -> None:
    assert remarks("department,code,amount\nA,2010601,3\nA,2010602,3\nB,201,1\n", FUNCTIONS) == []


def test_repeated_rows_are_counted() -> None:
    made = plan("department,amount\nA,1\nA,1\nA,1\nB,1\n")
    check_plan(made)
    assert codes(made, "info") == [(None, "read_as"), (None, "same_rows")]


def test_rows_that_state_no_amount_are_pointed_out() -> None:
    assert remarks("department,amount\nA,1\nB,\n") == [(None, "no_amount")]


@pytest.mark.parametrize("name", ["XX局", "××单位", "某某局", "待填"])
def test_a_placeholder_left_in_is_pointed_out(name: str) -> None:
    assert remarks(f"department,amount\n{name},1\n") == [(1, "placeholder")]


# Numbers of nobody: published examples of the check digit.
@pytest.mark.parametrize("text", ["11010519491231002X", "身份证11010519491231002X号", "12345678Z", "NIF 12345678-Z."])
def test_a_personal_number_is_recognised(text: str) -> None:
    assert holds_personal_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",
        "11010519491331002X",
        "51092324T000010263357",
        "12345678A",
        "2010601",
        "12345678",
        "3102010100",
    ],
)
def test_other_numbers_are_not_taken_for_personal_ones(text: str) -> None:
    assert not holds_personal_number(text)


def test_a_personal_number_is_pointed_out_and_not_repeated() -> None:
    made = plan("department,amount\n补助 11010519491231002X,1\n")
    check_plan(made)
    (found,) = [problem for problem in made.problems if problem.code == "personal_number"]
    assert (found.row, "11010519491231002X" in found.message) == (1, False)
