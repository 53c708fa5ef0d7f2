"""A made-up department's nine tables that agree with each other, and the way to change one cell of them."""

from __future__ import annotations

import csv
import io

from cms.budget.checks.actions import record_tables
from cms.budget.checks.models import CheckFinding, CheckResult
from cms.budget.models import Release
from tests.factories import make_release

DEPARTMENT = "市水务局"
HEAD = ["项目", "", "", "", "本年支出合计", "基本支出", "项目支出", "上缴上级支出", "经营支出", "对附属单位补助支出"]
# Title -> the printed rows. All amounts in 万元.
TABLES: dict[str, list[list[str]]] = {
    "收入支出决算总表": [
        ["收入", "", "支出", ""],
        ["项目", "决算数", "项目", "决算数"],
        ["一、一般公共预算财政拨款收入", "1,000.00", "一、农林水支出", "1,000.00"],
        ["本年收入合计", "1,000.00", "本年支出合计", "1,000.00"],
        ["年初结转和结余", "5.00", "年末结转和结余", "5.00"],
        ["总计", "1,005.00", "总计", "1,005.00"],
    ],
    "收入决算表": [
        ["项目", "", "", "", "本年收入合计", "财政拨款收入", "其他收入"],
        ["功能分类", "", "", "科目名称", "", "", ""],
        ["类", "款", "项", "合计", "1,000.00", "1,000.00", ""],
        ["213", "", "", "农林水支出", "1,000.00", "1,000.00", ""],
        ["213", "03", "", "水利", "1,000.00", "1,000.00", ""],
        ["213", "03", "01", "行政运行", "600.00", "600.00", ""],
        ["213", "03", "05", "水利工程建设", "400.00", "400.00", ""],
    ],
    "支出决算表": [
        HEAD,
        ["功能分类", "", "", "科目名称", "", "", "", "", "", ""],
        ["类", "款", "项", "合计", "1,000.00", "600.00", "400.00", "", "", ""],
        ["213", "", "", "农林水支出", "1,000.00", "600.00", "400.00", "", "", ""],
        ["213", "03", "", "水利", "1,000.00", "600.00", "400.00", "", "", ""],
        ["213", "03", "01", "行政运行", "600.00", "600.00", "", "", "", ""],
        ["213", "03", "05", "水利工程建设", "400.00", "", "400.00", "", "", ""],
    ],
    "财政拨款收入支出决算总表": [
        ["收入", "", "支出", "", "", "", ""],
        [
            "项目",
            "决算数",
            "项目",
            "合计",
            "一般公共预算财政拨款",
            "政府性基金预算财政拨款",
            "国有资本经营预算财政拨款",
        ],
        ["一、一般公共预算财政拨款", "1,000.00", "一、农林水支出", "1,000.00", "1,000.00", "", ""],
        ["本年收入合计", "1,000.00", "本年支出合计", "1,000.00", "1,000.00", "", ""],
        ["总计", "1,000.00", "总计", "1,000.00", "1,000.00", "", ""],
    ],
    "一般公共预算财政拨款支出决算表": [
        ["项目", "", "合计", "基本支出", "项目支出"],
        ["功能分类科目编码", "科目名称", "", "", ""],
        ["213", "农林水支出", "1,000.00", "600.00", "400.00"],
        ["21303", "水利", "1,000.00", "600.00", "400.00"],
        ["2130301", "行政运行", "600.00", "600.00", ""],
        ["2130305", "水利工程建设", "400.00", "", "400.00"],
        ["合计", "", "1,000.00", "600.00", "400.00"],
    ],
    "一般公共预算财政拨款基本支出决算表": [
        ["经济分类科目编码", "科目名称", "决算数", "经济分类科目编码", "科目名称", "决算数"],
        ["301", "工资福利支出", "500.00", "302", "商品和服务支出", "90.00"],
        ["30101", "基本工资", "500.00", "30201", "办公费", "90.00"],
        ["", "", "", "310", "资本性支出", "10.00"],
        ["", "", "", "31002", "办公设备购置", "10.00"],
        ["人员经费合计", "", "500.00", "公用经费合计", "", "100.00"],
    ],
    "财政拨款“三公”经费支出决算表": [
        ["合计", "", "因公出国（境）费", "", "公务用车购置及运行费", "", "", "", "", "", "公务接待费", ""],
        ["", "", "", "", "小计", "", "公务用车购置费", "", "公务用车运行费", "", "", ""],
        ["预算数", "决算数"] * 6,
        ["9.00", "7.00", "", "", "6.00", "5.00", "", "", "6.00", "5.00", "3.00", "2.00"],
    ],
    "政府性基金预算财政拨款收入支出决算表": [
        ["项目", "", "年初结转和结余", "本年收入", "本年支出", "", "", "年末结转和结余"],
        ["功能分类科目编码", "科目名称", "", "", "小计", "基本支出", "项目支出", ""],
        ["合计", "", "", "", "", "", "", ""],
        ["注：本部门无政府性基金预算收支，故本表为空。"],
    ],
    "国有资本经营预算财政拨款收入支出决算表": [
        ["项目", "", "年初结转和结余", "本年收入", "本年支出", "", "", "年末结转和结余"],
        ["功能分类科目编码", "科目名称", "", "", "小计", "基本支出", "项目支出", ""],
        ["合计", "", "", "", "", "", "", ""],
        ["注：本部门无国有资本经营预算收支，故本表为空。"],
    ],
}
SUMMARY, INCOME, EXPENDITURE, APPROPRIATIONS, GENERAL, BASIC, THREE_PUBLIC, FUND, CAPITAL = TABLES


def tables_csv(
    *changes: tuple[str, int, int, str], without: tuple[str, ...] = (), department: str = DEPARTMENT
) -> bytes:
    """The tables as one CSV. A change names title, row, cell (both from 0) and what stands there instead."""
    cells = {title: [list(row) for row in rows] for title, rows in TABLES.items() if title not in without}
    for title, row, cell, text in changes:
        cells[title][row][cell] = text
    text = io.StringIO()
    writer = csv.writer(text)
    for page, (title, rows) in enumerate(cells.items(), 1):
        writer.writerows([department, title, page, *row] for row in rows)
    return text.getvalue().encode()


def with_tables(*changes: tuple[str, int, int, str], without: tuple[str, ...] = (), unit: int = 10_000) -> Release:
    """A draft release that carries the tables, checked."""
    release = make_release(published=False, fiscal_year=2024)
    record_tables(release, tables_csv(*changes, without=without), unit=unit, acting_user=None)
    return release


def outcome(release: Release, rule_id: str) -> str:
    """The outcomes of a rule, over departments and the release as a whole."""
    results = CheckResult.objects.filter(release=release, rule_id=rule_id)
    return " ".join(sorted(set(results.values_list("outcome", flat=True))))


def found(release: Release, rule_id: str | None = None) -> list[tuple[str, str, str, int | None, int | None]]:
    """Rule, severity, place and both values (in minor units) of every current finding."""
    findings = (
        CheckFinding.objects.filter(release=release).current().select_related("table", "table_row").order_by("pk")
    )
    return [
        (
            finding.rule_id,
            finding.severity,
            f"{finding.table.kind} {finding.table_row or ''}".strip() if finding.table else "",
            finding.left_amount,
            finding.right_amount,
        )
        for finding in findings
        if rule_id in (None, finding.rule_id)
    ]
