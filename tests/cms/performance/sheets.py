"""Sheets as offices fill them in, for tests."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from openpyxl import Workbook

from cms.performance.sheets.layout import Message
from cms.performance.sheets.reading import Reading, read_rows

MONEY = ["项目资金(万元)", "年初预算数", "全年预算数(A)", "全年执行数(B)", "分值", "执行率(B/A)", "得分"]
SPENT = ["年度资金总额", 90, 90, 90, 10, "100%", 10]
GLUED = ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"]
APART = ["一级指标", "二级指标", "三级指标", "指标方向", "指标性质", "指标值", "度量单位", "实际完成值", "分值", "得分"]


def workbook(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def form(
    indicators: list[list[Any]],
    *,
    money: list[list[Any]] | None = None,
    headings: list[str] | None = None,
    name: str = "老旧小区改造",
    year: int = 2023,
    more: list[list[Any]] | None = None,
) -> bytes:
    return workbook(rows_of(indicators, money=money, headings=headings, name=name, year=year, more=more))


def rows_of(
    indicators: list[list[Any]],
    *,
    money: list[list[Any]] | None = None,
    headings: list[str] | None = None,
    name: str = "老旧小区改造",
    year: int = 2023,
    more: list[list[Any]] | None = None,
) -> list[list[Any]]:
    return [
        ["项目支出绩效自评表"],
        [f"({year}年度)"],
        ["项目名称", name],
        MONEY,
        *(money or [SPENT]),
        ["年度总体目标", "加装电梯", "加装了90部"],
        headings or GLUED,
        *indicators,
        ["总分", "", "", "", "", 100, ""],
        *(more or []),
    ]


def read(indicators: list[list[Any]], **more: Any) -> Reading:
    """As if the rows had come out of a workbook: every row as wide as the widest, and every number a float."""
    rows = rows_of(indicators, **more)
    width = max(map(len, rows))
    cells = [[_as_read(value) for value in row] + [""] * (width - len(row)) for row in rows]
    return read_rows(cells, fiscal_year=2023)


def _as_read(value: Any) -> Any:
    if value is None:
        return ""
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def places(messages: tuple[Message, ...] | list[Message]) -> list[tuple[str, str]]:
    return [(message.code, message.cell) for message in messages]
