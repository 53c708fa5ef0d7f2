"""A self-evaluation sheet as an XLSX file, in the layout that offices print."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from cms.performance.scoring import execution_rate
from cms.performance.sheets.layout import (
    ACHIEVED,
    CATEGORIES,
    COLUMNS,
    COUNTS,
    DATES,
    DIMENSIONS,
    DIRECTIONS,
    EXPECTED,
    FACTS,
    FUNDS,
    FUNDS_PARTS,
    FUNDS_TOTAL,
    GOALS,
    OPERATORS,
    TITLE,
    TOTAL,
    UNITS,
    Sheet,
    SheetIndicator,
)

WIDTHS = {"name": 28, "target": 16, "actual": 16, "evidence": 24, "deviation_reason": 24, "corrective_action": 24}
USUAL_WIDTH = 13
SPELT: dict[str, Mapping[Any, tuple[str, ...]]] = {
    "dimension": DIMENSIONS,
    "category": CATEGORIES,
    "operator": OPERATORS,
    "direction": DIRECTIONS,
}
EMPTY_ROWS = 12


def write_sheet(sheet: Sheet) -> bytes:
    """The file that ``read_sheet`` reads as the same ``Sheet``. Without indicators it is a form to fill in."""
    workbook = Workbook()
    form = workbook.active
    form.title = "自评表"
    for row, values in enumerate(_rows(sheet), start=1):
        for column, value in enumerate(values, start=1):
            _put(form.cell(row, column), value)
    _dress(form)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _rows(sheet: Sheet) -> Iterator[list[Any]]:
    yield [TITLE]
    yield [f"({sheet.fiscal_year}年度)"]
    for name in ("programme", "programme_code", "department"):
        yield [FACTS[name][0], getattr(sheet, name)]
    yield ["项目资金(万元)", *(headings[0] for headings in FUNDS.values())]
    rate = execution_rate(sheet.full_year, sheet.executed)
    total = [_in_ten_thousands(amount) for amount in (sheet.initial, sheet.full_year, sheet.executed)]
    shown = "" if rate is None else f"{rate * 100:.2f}%"
    yield [FUNDS_TOTAL[0], *total, sheet.execution_weight, shown, sheet.execution_points]
    yield from ([part] for part in FUNDS_PARTS)
    yield [FACTS["execution_reason"][0], sheet.execution_reason]
    yield ["", EXPECTED[0], ACHIEVED[0]]
    yield from ([GOALS[0], expected, achieved] for expected, achieved in sheet.goals or (("", ""),))
    yield [headings[0] for headings in COLUMNS.values()]
    yield from ([_cell(indicator, column) for column in COLUMNS] for indicator in sheet.indicators)
    if not sheet.indicators:
        yield from ([] for _row in range(EMPTY_ROWS))
    places = {column: place for place, column in enumerate(COLUMNS)}
    last: list[Any] = [""] * len(COLUMNS)
    last[0], last[places["weight"]], last[places["stated_points"]] = TOTAL[0], Decimal(100), sheet.self_score
    yield last
    yield from ([FACTS[name][0], getattr(sheet, name)] for name in (*COUNTS, *DATES))


def _in_ten_thousands(minor_units: int | None) -> Decimal | None:
    return None if minor_units is None else Decimal(minor_units) / UNITS["万元"]


def _cell(indicator: SheetIndicator, column: str) -> Any:
    value = getattr(indicator, column)
    if column in SPELT:
        return SPELT[column][value][0] if value else ""
    if column in {"target", "actual"} and value is None:
        return getattr(indicator, f"{column}_text")
    return value


def _put(cell: Cell, value: Any) -> None:
    match value:
        case None | "":
            return
        case Decimal() if Decimal(repr(float(value))) == value:
            cell.value = float(value)
        case Decimal():
            # More digits than a spreadsheet keeps.
            cell.value = f"{value:f}"
            cell.data_type = "s"
        case int():
            cell.value = value
        case _:
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value.isoformat() if isinstance(value, date) else str(value))
            # As text whatever it begins with: what somebody else typed is never a formula.
            cell.data_type = "s"


def _dress(form: Worksheet) -> None:
    side = Side(style="thin", color="999999")
    for row in form.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            cell.border = Border(left=side, right=side, top=side, bottom=side)
    form["A1"].font = Font(bold=True, size=14)
    for place, column in enumerate(COLUMNS, start=1):
        form.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column, USUAL_WIDTH)
    form.page_setup.orientation = "landscape"
    form.page_setup.fitToWidth = 1
    form.page_setup.fitToHeight = 0
