"""Sheets as offices fill them in, for tests."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import Workbook

from cms.performance.sheets.layout import Message
from cms.performance.sheets.reading import Reading, read_sheet

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
    return workbook(
        [
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
    )


def read(indicators: list[list[Any]], **more: Any) -> Reading:
    return read_sheet(form(indicators, **more), fiscal_year=2023)


def places(messages: tuple[Message, ...] | list[Message]) -> list[tuple[str, str]]:
    return [(message.code, message.cell) for message in messages]
