from __future__ import annotations

import pytest
from django.utils.translation import override

from cms.budget.importing.mapping import FileSection
from cms.budget.importing.suggesting import Sniffed, sniff
from tests.cms.budget.importing.made_up import file
from tests.cms.budget.importing.spreadsheets import archive, xlsx
from tests.data import BUDGETS, needs_shared_data

CHINESE = "部门编码,部门名称,项目名称,功能分类科目编码,功能分类科目名称,年初预算数,决算数（万元）\n001,教育局,校舍维修,2050201,小学教育,1.50,0.50\n"


def meant(sniffed: Sniffed) -> dict[str, str]:
    return {key: sniffed.columns[suggestion.value].name for key, suggestion in sniffed.meanings.items()}


def test_chinese_headers_are_understood() -> None:
    sniffed = sniff(file(CHINESE))
    assert meant(sniffed) == {
        "department_code": "部门编码",
        "department": "部门名称",
        "programme": "项目名称",
        "functional_code": "功能分类科目编码",
        "functional": "功能分类科目名称",
        "adopted": "年初预算数",
        "executed": "决算数（万元）",
    }


def test_every_suggestion_has_its_reason() -> None:
    sniffed = sniff(file(CHINESE))
    told = [*sniffed.meanings.values(), *sniffed.settings.values(), *sniffed.release.values()]
    assert all(suggestion.reason for suggestion in told)


def test_the_unit_is_found_in_the_names_of_columns_or_above_the_table() -> None:
    above = xlsx([["2023年度支出表"], ["单位：千元"], ["部门", "决算数"], ["教育局", 1]])
    assert [sniff(content).release["unit"].value for content in (file(CHINESE), file(above))] == [10000, 1000]
    assert sniff(file(above)).release["fiscal_year"].value == 2023


def test_the_year_is_found_in_the_name_of_the_file() -> None:
    assert sniff(file("部门,金额\n教育局,1\n", "2022年部门预算.csv")).release["fiscal_year"].value == 2022


def test_a_column_is_an_amount_only_if_it_holds_amounts() -> None:
    assert meant(sniff(file("部门,预算数,金额\n教育局,见附表,1\n"))) == {"department": "部门", "adopted": "金额"}


def test_the_only_column_of_amounts_is_suggested_whatever_it_is_called() -> None:
    with override("en"):
        sniffed = sniff(file("部门,数\n教育局,1.50\n卫生局,2.50\n"))
    assert (meant(sniffed)["adopted"], "only column" in sniffed.meanings["adopted"].reason) == ("数", True)


def test_levels_tell_sums_from_facts() -> None:
    sniffed = sniff(file("部门,科目级次,金额\nA,3,9\nA,5,9\nA,7,9\n"))
    assert sniffed.leaf is not None
    assert sniffed.leaf.value == {"column": 1, "equals": 7}


def test_two_header_rows_are_noticed() -> None:
    content = xlsx([["部门", "2024年", None], [None, "预算数", "决算数"], ["教育局", 1, 2]], merged="B1:C1")
    sniffed = sniff(file(content))
    assert (sniffed.settings["header_rows"].value, meant(sniffed)) == (
        2,
        {"department": "部门", "adopted": "2024年/预算数", "executed": "2024年/决算数"},
    )


def test_members_and_sheets_are_listed() -> None:
    content = archive(a_csv="部门,金额\nA,1\n", b_xlsx=xlsx([["部门", "金额"], ["B", 2]]))
    sniffed = sniff(file(content), FileSection(member="b.xlsx"))
    assert (sniffed.members, sniffed.sheets) == (("a.csv", "b.xlsx"), ("Sheet",))


@needs_shared_data
@pytest.mark.parametrize(("year", "header"), [(2015, False), (2024, True)])
def test_real_files_with_and_without_header(year: int, header: bool) -> None:
    from cms.budget.importing.budget_file import BudgetFile

    sniffed = sniff(BudgetFile("gastos.csv", BUDGETS / f"madrid/{year}/gastos.csv"))
    assert (sniffed.has_header, sniffed.settings["encoding"].value, len(sniffed.columns)) == (header, "cp1252", 16)
