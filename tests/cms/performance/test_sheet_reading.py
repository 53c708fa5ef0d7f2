"""Sheets are read by their words, and every fault is named with its cell."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from cms.performance.sheets.cells import address, number, serial_day, target
from cms.performance.sheets.reading import read_sheet
from cms.performance.sheets.workbook import read_cells
from portal.errors import Invalid, TooLarge
from tests.cms.performance.sheets import APART, GLUED, form, places, read, workbook
from tests.data import SHARED

D = Decimal
SOUND = ["产出指标", "数量指标", "加装电梯", "≥100", "90", 90, 81]


def test_what_stands_in_a_form_is_read() -> None:
    reading = read([SOUND])
    sheet = reading.sheet
    assert reading.messages == ()
    assert (sheet.programme, sheet.fiscal_year, sheet.goals) == ("老旧小区改造", 2023, (("加装电梯", "加装了90部"),))
    assert (sheet.initial, sheet.full_year, sheet.executed) == (90_000_000, 90_000_000, 90_000_000)
    (indicator,) = sheet.indicators
    assert (indicator.operator, indicator.target, indicator.actual) == ("ge", D(100), D(90))
    assert (indicator.weight, indicator.stated_points) == (D(90), D(81))


def test_a_blank_amount_is_not_nought() -> None:
    sheet = read([SOUND], money=[["年度资金总额", "", 0, "", 10]]).sheet
    assert (sheet.initial, sheet.full_year, sheet.executed) == (None, 0, None)


def test_merged_cells_of_a_group_are_filled_from_above() -> None:
    sheet = read([SOUND, ["", "", "验收合格率", "≥95%", "96%", 8, 8]]).sheet
    assert [(row.dimension, row.category) for row in sheet.indicators] == [("output", "quantity")] * 2


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        (["产出指标", "质量指标", "合格率", "≥100百分比", "100", 8, 8], "unit_glued", "D8"),
        (["产出指标", "成本指标", "总费用", "≤30万元", "完成", 90, 90], "word_for_number", "E8"),
        (["产出指标", "数量指标", "88 100", "≥10", "10", 8, 8], "placeholder", "C8"),
        (["产出指标", "数量指标", "XX", "≥10", "10", 8, 8], "placeholder", "C8"),
        (["产出指标", "数量指标", "人数", "88 100", "", 8, 8], "placeholder", "D8"),
        (["产出指标", "数量指标", "人数", "", "", 8, 8], "no_target", "D8"),
        (["产出指标", "数量指标", "人数", "50", "50", 8, 8], "no_operator", "D8"),
        (["产出指标", "数量指标", "人数", "≥50", "50", "八", 8], "no_weight", "F8"),
        (["产出指标", "数量指标", "人数", "≥50", "50", 8, 9], "points_beyond_weight", "G8"),
        (["产出指标", "奇怪指标", "人数", "≥50", "50", 8, 8], "unknown_category", "B8"),
        (["其他指标", "数量指标", "人数", "≥50", "50", 8, 8], "unknown_dimension", "A8"),
        (["产出指标", "质量指标", "合规性", "严格执行制度", "不错", 8, 8], "no_level", "E8"),
        (["产出指标", "数量指标", "长" * 201, "≥50", "50", 8, 8], "too_long", "C8"),
        (["产出指标", "数量指标", "人数", "≥50.00001", "50", 8, 8], "too_many_digits", "D8"),
    ],
)
def test_a_fault_is_named_with_its_cell(row: list[Any], code: str, cell: str) -> None:
    assert (code, cell) in places(read([row]).messages)


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        (["产出", "时效", "资金到位时间", "正向", "=", "44,561", "44,561", "", 10, ""], "bare_day", "F8"),
        (["产出", "时效", "资金到位时间", "正向", "=", 44561, "日", "", 10, ""], "bare_day", "F8"),
        (["产出", "成本", "出差总成本", "反向", "=", "1", "万元", "", 4, ""], "reverse_and_equal", "E8"),
        (["产出", "数量", "人数", "反向", "≥", "1", "人", "", 4, ""], "direction_against_operator", "D8"),
        (["产出", "成本", "办公费", "正向", "≤", "1", "万元", "", 4, ""], "direction_against_operator", "D8"),
        (["产出", "数量", "人数", "正向", "≥", "≤5", "人", "", 4, ""], "two_operators", "F8"),
        (["产出", "数量", "人数", "正向", "≥", "许多", "人", "", 4, ""], "target_not_a_number", "F8"),
        (["产出", "数量", "人数", "斜向", "≥", "5", "人", "", 4, ""], "unknown_direction", "D8"),
    ],
)
def test_a_fault_is_named_where_each_has_its_column(row: list[Any], code: str, cell: str) -> None:
    assert (code, cell) in places(read([row], headings=APART).messages)


def test_a_number_of_that_size_that_is_about_no_day_stays_a_number() -> None:
    row = ["产出", "数量", "受益人数", "正向", "≥", "44,561", "人", "44561", 10, ""]
    reading = read([row], headings=APART)
    assert (reading.messages, reading.sheet.indicators[0].target) == ((), D(44561))


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("达成预期指标", "achieved"),
        ("部分达成预期指标并具有一定效果", "partly"),
        ("未达成预期指标且效果较差", "not_achieved"),
        ("基本完成", "partly"),
        ("完成", "achieved"),
        ("", ""),
    ],
)
def test_a_level_is_known_by_how_it_begins(said: str, level: str) -> None:
    (indicator,) = read([["效益指标", "社会效益", "影响程度", "效果明显", said, 8, 8]]).sheet.indicators
    assert (indicator.operator, indicator.level, indicator.target_text) == ("ql", level, "效果明显")


@pytest.mark.parametrize(
    ("money", "code", "cell"),
    [
        ([["年度资金总额", 0, 0, 0, 10], ["其中:本年财政拨款", 90, 89.974, 89.974]], "total_differs", "B5"),
        ([["年度资金总额", 0, 0, 0, 10, "0.00%"]], "rate_of_nothing", "F5"),
        ([["年度资金总额", "九十", 0, 0, 10]], "not_an_amount", "B5"),
        ([["年度资金总额", 1.00000012, 0, 0, 10]], "too_fine", "B5"),
        ([["总计", 1, 1, 1, 10]], "no_total", ""),
    ],
)
def test_a_fault_in_the_money_is_named_with_its_cell(money: list[list[Any]], code: str, cell: str) -> None:
    assert (code, cell) in places(read([SOUND], money=money).messages)


def test_a_message_says_what_is_there_and_what_to_do() -> None:
    with override("en"):
        reading = read([["产出指标", "成本指标", "总费用", "≤30万元", "完成", 90, 90]])
        (message,) = [m for m in reading.errors if m.code == "word_for_number"]
    assert message.text == "“完成” is a word, and the target is the number 30 万元. Write the number that was reached."


@pytest.mark.parametrize(
    ("more", "code", "cell"),
    [
        ([["发现问题数", "很多"]], "not_a_count", "B10"),
        ([["绩效自评日期", "春天"]], "not_a_day", "B10"),
    ],
)
def test_a_fact_that_does_not_fit_is_named(more: list[list[Any]], code: str, cell: str) -> None:
    assert (code, cell) in places(read([SOUND], more=more).messages)


@pytest.mark.parametrize("said", ["2024-03-01", "2024/3/1", "2024年3月1日", date(2024, 3, 1), 45352])
def test_a_day_is_read_however_it_is_written(said: Any) -> None:
    assert read([SOUND], more=[["绩效自评日期", said]]).sheet.self_evaluated_on == date(2024, 3, 1)


def test_a_file_without_headings_says_so() -> None:
    assert ("no_indicators", "") in places(read_sheet(workbook([["你好"]]), fiscal_year=2023).messages)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"name,value\n1,2\n", bytes(2000)], ids=["0", "zip", "csv", "nul"]
)
def test_what_is_no_workbook_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid):
        read_sheet(content, fiscal_year=2023)


def bomb(kind: str) -> bytes:
    if kind == "large":
        return bytes(1024 * 1024 + 1)
    original = zipfile.ZipFile(io.BytesIO(workbook([["x"]])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in original.infolist():
            data = original.read(part)
            if part.filename == "xl/worksheets/sheet1.xml" and kind == "far":
                data = data.replace(b'r="A1"', b'r="XFD1048576"')
            archive.writestr(part.filename, data)
        if kind == "unzipped":
            archive.writestr("xl/media/nothing.bin", bytes(21 * 1024 * 1024))
        if kind == "parts":
            for place in range(201):
                archive.writestr(f"xl/media/{place}.bin", b"")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["large", "far", "unzipped", "parts"])
def test_what_would_take_all_memory_is_refused_before_it_is_read(kind: str) -> None:
    with pytest.raises(TooLarge):
        read_sheet(bomb(kind), fiscal_year=2023)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("≥50个", ("ge", D(50), "个", "")),
        ("≥100百分比", ("ge", D(100), "百分比", "")),
        ("≤ 90 万元", ("le", D(90), "万元", "")),
        ("不低于95%", ("ge", D(95), "%", "")),
        ("＝１，２３４人/次", ("eq", D(1234), "人/次", "")),
        (95.0, (None, D(95), "", "")),
        ("2021年12月31日前", (None, None, "", "2021年12月31日前")),
        ("第1季度", (None, None, "", "第1季度")),
        ("88 100", (None, None, "", "88 100")),
        ("效果明显", (None, None, "", "效果明显")),
    ],
)
def test_a_target_is_taken_apart(value: Any, expected: tuple[Any, ...]) -> None:
    found = target(value)
    assert (found.operator, found.number, found.unit, found.text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, D("0.1")),
        (True, None),
        ("1,234.5", D("1234.5")),
        ("1,23", None),
        ("98%", D(98)),
        ("", None),
        ("１２", D(12)),
    ],
)
def test_a_number_is_what_was_typed(value: Any, expected: Decimal | None) -> None:
    assert number(value) == expected


def test_cells_are_named_as_in_the_spreadsheet() -> None:
    assert [address(1, 1), address(6, 26), address(7, 27), address(2, 703)] == ["A1", "Z6", "AA7", "AAA2"]
    assert serial_day("44,561") == date(2021, 12, 31)


EXCERPTS = SHARED / "data/reference/cn_performance_forms_real_excerpts.json"


@pytest.mark.skipif(not EXCERPTS.exists(), reason="the real excerpts are not on this machine")
def test_real_forms_are_survived_with_their_faults_named() -> None:
    real = json.loads(EXCERPTS.read_text("utf-8"))
    chizhou, wuhai, daying, ningxiang = (_codes(entry) for entry in real)
    assert chizhou >= {("total_differs", "B5"), ("unit_glued", "D11"), ("unit_glued", "D12")}
    assert {code for code, _cell in wuhai} >= {"bare_day", "reverse_and_equal"}
    assert daying >= {("rate_of_nothing", "F7"), ("word_for_number", "G11")}
    assert {code for code, _cell in ningxiang} >= {"placeholder"}


def _codes(entry: dict[str, Any]) -> set[tuple[str, str]]:
    money = [
        [
            *(fund["row"], fund.get("initial"), fund.get("annual", fund.get("adjusted")), fund.get("executed")),
            *(fund.get("weight"), fund.get("rate"), fund.get("score")),
        ]
        for fund in entry["funds"]
    ]
    indicators = entry.get("indicators") or entry.get("indicators_prev_project")
    headings = GLUED
    if indicators is None:
        # All that the excerpt of this one tells.
        indicators = [["产出", "数量", "88 100", "88 100", "", 10, ""]]
    elif len(indicators[0]) == 8:
        headings = ["一级指标", "二级指标", "三级指标", "指标方向", "指标性质", "指标值", "度量单位", "分值"]
    elif len(indicators[0]) == 9:
        headings = ["一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "实际完成值", "分值", "得分"]
    content = form(indicators, money=money, headings=headings, name=entry["project"], year=entry["fiscal_year"])
    return set(places(read_sheet(content, fiscal_year=entry["fiscal_year"]).messages))


def test_cells_come_back_as_what_the_sheet_held() -> None:
    rows = [["百分比", 0.95, 12, date(2024, 3, 1), datetime(2024, 3, 1, 9, 30), True, None, "≥50个"]]
    assert read_cells(workbook(rows)) == [
        ["百分比", 0.95, 12.0, date(2024, 3, 1), datetime(2024, 3, 1, 9, 30), True, "", "≥50个"]
    ]


def test_a_sheet_is_read_by_a_process_that_gets_so_much_memory_and_no_more(settings: Any) -> None:
    settings.BUDGET_READING_MAX_BYTES = 20 * 1024 * 1024
    with pytest.raises(Invalid) as refused:
        read_cells(workbook([["x"]]))
    assert refused.value.data["field"] == "file"
