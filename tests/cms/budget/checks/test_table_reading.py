from __future__ import annotations

from cms.budget.table_reading import Reading, kind_of, read_tables
from tests.cms.budget.checks.made_up import EXPENDITURE, INCOME, TABLES, THREE_PUBLIC, tables_csv


def read(content: bytes, unit: int = 10_000) -> Reading:
    return read_tables(content.decode(), unit=unit, currency="CNY")


def test_every_title_is_one_of_the_nine() -> None:
    assert [kind_of(title) for title in TABLES] == [
        "summary",
        "income",
        "expenditure",
        "appropriations",
        "general",
        "basic",
        "three_public",
        "fund",
        "capital",
    ]


def test_titles_of_a_budget_are_known_too() -> None:
    titles = ("部门收支总表", "部门收入总表", "部门支出总表", "财政拨款收支总表", "一般公共预算支出功能分类预算表")
    assert [kind_of(title) for title in titles] == ["summary", "income", "expenditure", "appropriations", "general"]


def test_blank_nought_and_an_amount_are_three_things() -> None:
    reading = read(tables_csv((EXPENDITURE, 5, 6, "0.00"), (EXPENDITURE, 5, 7, "-")))
    row = next(
        row for table in reading.tables if table.kind == "expenditure" for row in table.rows if row.code == "2130301"
    )
    assert row.amounts == {"total": 600_000_000, "basic": 600_000_000, "project": 0}


def test_codes_in_three_cells_and_in_one_are_the_same_codes() -> None:
    codes = {table.kind: [row.code for row in table.rows if row.code] for table in read(tables_csv()).tables}
    assert codes["expenditure"] == codes["general"] == ["213", "21303", "2130301", "2130305"]


def test_a_table_may_say_its_own_unit() -> None:
    content = tables_csv() + "市水务局,收入决算表,2,单位：元\n".encode()
    units = {table.kind: table.unit for table in read(content).tables}
    assert (units["income"], units["expenditure"]) == (1, 10_000)


def test_three_public_funds_become_rows() -> None:
    (table,) = (table for table in read(tables_csv()).tables if table.kind == "three_public")
    assert [(row.mark, row.amounts) for row in table.rows] == [
        ("total", {"planned": 9_000_000, "executed": 7_000_000}),
        ("abroad", {}),
        ("vehicles", {"planned": 6_000_000, "executed": 5_000_000}),
        ("vehicle_purchase", {}),
        ("vehicle_running", {"planned": 6_000_000, "executed": 5_000_000}),
        ("reception", {"planned": 3_000_000, "executed": 2_000_000}),
    ]


def test_a_list_of_units_under_a_title_is_set_aside_and_told() -> None:
    listed = "市水务局,财政拨款收入支出决算总表,1,序号,单位名称,备注\n市水务局,财政拨款收入支出决算总表,1,1,市水务局（本级）,\n"
    reading = read(listed.encode() + tables_csv())
    assert (len(reading.set_aside), len(reading.tables)) == (1, 9)


def test_a_table_of_another_kind_is_set_aside_and_told() -> None:
    reading = read("市水务局,国内生产总值,1,项目,数\n".encode())
    assert (reading.tables, len(reading.set_aside)) == ([], 1)


def test_spaces_that_a_justified_cell_brought_along_are_removed() -> None:
    reading = read(tables_csv((INCOME, 6, 3, "水 利 工程 建设")))
    (table,) = (table for table in reading.tables if table.kind == "income")
    assert table.rows[-1].label == "水利工程建设"


def test_a_budget_with_personnel_and_operating_in_columns_has_their_totals_as_rows() -> None:
    rows = [
        "局,一般公共预算基本支出表,8,部门预算经济分类科目编码,科目名称,合计,人员经费,公用经费",
        "局,一般公共预算基本支出表,8,301,工资福利支出,5.00,5.00,",
        "局,一般公共预算基本支出表,8,302,商品和服务支出,2.00,,2.00",
        "局,一般公共预算基本支出表,8,合计,,7.00,5.00,2.00",
    ]
    (table,) = read("\n".join(rows).encode(), unit=1).tables
    assert [(row.mark, row.amounts) for row in table.rows if row.mark] == [
        ("total", {"amount": 700, "personnel": 500, "operating": 200}),
        ("personnel", {"amount": 500}),
        ("operating", {"amount": 200}),
    ]


def test_three_public_without_headings_is_refused_and_named() -> None:
    assert (
        THREE_PUBLIC
        in read(tables_csv((THREE_PUBLIC, 2, 0, ""), *((THREE_PUBLIC, 2, n, "") for n in range(12)))).problems[0]
    )
