"""The published tables of four departments, and exactly what the checks say of them."""

from __future__ import annotations

import pytest

from cms.budget.checks.actions import record_tables
from cms.budget.checks.models import CheckFinding
from tests.data import BUDGETS, needs_shared_data
from tests.factories import make_release

pytestmark = [pytest.mark.django_db, needs_shared_data]

# Department, rule, severity, table, row, both values in 万元.
EXPECTED = [
    ("社会工作部", "C11", "warn", "capital", "", "", ""),
    ("社会工作部", "C11", "warn", "fund", "", "", ""),
    ("社会工作部", "C12", "info", "basic", "商品和服务支出", "10.23", "10.22"),
    ("社会工作部", "C3", "info", "general", "合计", "105.58", "105.59"),
    ("社会工作部", "C4", "info", "expenditure", "合计", "105.58", "105.59"),
    ("规划资源局", "C11", "warn", "capital", "", "", ""),
    ("规划资源局", "C11", "warn", "fund", "", "", ""),
    ("规划资源局", "C12", "info", "basic", "商品和服务支出", "440.90", "440.88"),
    ("规划资源局", "C2", "info", "general", "合计", "9746.50", "9746.49"),
    ("规划资源局", "C2", "info", "general", "城乡社区支出", "3832.36", "3832.35"),
    ("规划资源局", "C2", "info", "general", "城乡社区管理事务", "1092.80", "1092.79"),
    ("规划资源局", "C2", "info", "general", "行政运行", "1092.80", "1092.79"),
    ("规划资源局", "C3", "info", "basic", "人员经费合计", "4884.09", "4884.10"),
    ("财政局(good)", "C11", "warn", "capital", "", "", ""),
    ("财政局(good)", "C11", "warn", "fund", "", "", ""),
    ("财政局(good)", "C12", "info", "basic", "商品和服务支出", "171.07", "171.09"),
    ("财政局(good)", "C12", "info", "basic", "工资福利支出", "2082.85", "2082.86"),
    ("财政局(seeded-errors)", "C11", "warn", "capital", "", "", ""),
    ("财政局(seeded-errors)", "C11", "warn", "fund", "", "", ""),
    ("财政局(seeded-errors)", "C12", "info", "basic", "商品和服务支出", "171.07", "171.09"),
    ("财政局(seeded-errors)", "C12", "info", "basic", "工资福利支出", "2082.85", "2082.86"),
]


def in_wan(amount: int | None) -> str:
    return "" if amount is None else f"{amount / 1_000_000:.2f}"


def test_the_checks_find_what_is_wrong_with_the_real_tables_and_nothing_else() -> None:
    release = make_release(published=False, fiscal_year=2024)
    tables = record_tables(release, (BUDGETS / "cn_putuo_2024" / "raw_tables.csv").read_bytes(), acting_user=None)
    findings = CheckFinding.objects.filter(release=release).select_related("department", "table", "table_row")
    assert len(tables) == 34
    told = [
        (
            str(finding.department),
            finding.rule_id,
            finding.severity,
            finding.table.kind if finding.table else "",
            str(finding.table_row or ""),
            in_wan(finding.left_amount),
            in_wan(finding.right_amount),
        )
        for finding in findings
    ]
    assert sorted(told) == EXPECTED
