"""What is written is read as the same, whatever it is."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from cms.performance.sheets.layout import Category, Dimension, Direction, Level, Operator, Sheet, SheetIndicator
from cms.performance.sheets.reading import read_sheet
from cms.performance.sheets.writing import write_sheet

D = Decimal
# Letters that a spreadsheet keeps as they are; what begins like a formula is among them.
texts = st.text("电梯加装率=+-@ab1 ", min_size=1, max_size=20).map(lambda text: ("名" + text).strip())
long_texts = st.one_of(st.just(""), st.text("因雨停工=+-@\n12", max_size=30).map(lambda text: ("因" + text).strip()))
amounts = st.one_of(st.none(), st.integers(-(10**15), 10**15))
numbers = st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False)
days = st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2050, 12, 31)))
points = st.one_of(st.none(), st.decimals(0, 1, places=2))
weights = st.decimals("0.01", 100, places=2).filter(lambda weight: weight >= 1)


@st.composite
def indicators(draw: st.DrawFn, goals: int) -> SheetIndicator:
    shared = {
        "dimension": draw(st.sampled_from(list(Dimension))),
        "category": draw(st.sampled_from(["", *Category])),
        "name": draw(texts),
        "weight": draw(weights),
        "baseline": draw(st.one_of(st.none(), numbers)),
        "unit": draw(st.sampled_from(["", "个", "%", "万元", "人/次"])),
        "stated_points": draw(points),
        "evidence": draw(long_texts),
        "deviation_reason": draw(long_texts),
        "corrective_action": draw(long_texts),
        "goal": draw(st.integers(1, goals)),
    }
    if draw(st.booleans()):
        level = draw(st.sampled_from(list(Level)))
        said = {"achieved": "达成预期指标", "partly": "部分达成预期指标", "not_achieved": "未达成预期指标"}[level]
        return SheetIndicator(
            **shared,
            operator=Operator.QUALITATIVE,
            target_text="效果明显",
            actual_text=said,
            level=level,
            share=draw(st.one_of(st.none(), st.decimals(0, 1, places=4))),
        )
    operator = draw(st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST, Operator.EQUAL]))
    fitting = {Operator.AT_LEAST: Direction.POSITIVE, Operator.AT_MOST: Direction.REVERSE}
    return SheetIndicator(
        **shared,
        operator=operator,
        direction=draw(st.sampled_from(["", fitting.get(operator, Direction.POSITIVE)])),
        target=draw(numbers),
        actual=draw(st.one_of(st.none(), numbers)),
    )


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    goals = draw(st.lists(st.tuples(texts, long_texts), min_size=1, max_size=2))
    fixed, open_ = draw(st.integers(0, 99)), draw(st.integers(0, 99))
    return Sheet(
        fiscal_year=draw(st.integers(2000, 2099)),
        programme=draw(texts),
        programme_code=draw(st.sampled_from(["", "51092324T000010263357", "P1"])),
        department=draw(texts),
        initial=draw(amounts),
        full_year=draw(amounts),
        executed=draw(amounts),
        execution_weight=draw(st.sampled_from([None, D(10), D(20)])),
        execution_points=draw(points),
        execution_reason=draw(long_texts),
        goals=tuple(goals),
        indicators=tuple(draw(st.lists(indicators(len(goals)), max_size=4))),
        self_score=draw(points),
        problems_found=fixed + open_,
        problems_fixed=fixed,
        problems_open=open_,
        goals_set_on=draw(days),
        tracked_on=draw(days),
        self_evaluated_on=draw(days),
    )


@settings(max_examples=20)
@given(sheets())
def test_a_written_sheet_is_read_as_the_same(sheet: Sheet) -> None:
    reading = read_sheet(write_sheet(sheet), fiscal_year=sheet.fiscal_year)
    assert (reading.sheet, reading.errors) == (sheet, [])


def test_what_begins_like_a_formula_is_written_as_text() -> None:
    sheet = Sheet(fiscal_year=2024, programme='=HYPERLINK("https://example.org")')
    cells = [cell for row in load_workbook(io.BytesIO(write_sheet(sheet))).active for cell in row]
    assert ([cell.data_type for cell in cells if cell.data_type == "f"], cells[0].value) == ([], "项目支出绩效自评表")


def test_an_empty_sheet_has_room_to_be_filled_in() -> None:
    reading = read_sheet(write_sheet(Sheet(fiscal_year=2024, programme="电梯")), fiscal_year=2024)
    assert (reading.errors, reading.sheet.indicators, reading.sheet.programme) == ([], (), "电梯")
