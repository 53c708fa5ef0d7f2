"""How long an import of many lines takes, and how much memory; its size is BENCH_LINES (1000000 for the real one)."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from cms.budget.actions import import_plan
from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.mapping import parse_mapping
from cms.budget.models import Line
from cms.budget.reports import read_and_check

pytestmark = [pytest.mark.django_db, pytest.mark.both]
LINES = int(os.environ.get("BENCH_LINES", "10000"))
MAPPING = """
[release]
government = "云川市"
fiscal_year = 2020
currency = "CNY"
[columns]
department_code = "d"
department = "dept"
programme_code = "p"
programme = "prog"
functional_code = "f"
functional = "function"
economic = "type"
fund = "fund"
[amounts]
adopted = "a"
adjusted = "b"
executed = "e"
"""


def measured(work: Any) -> tuple[Any, float, float]:
    """The result, seconds on the clock, and seconds of our own processor time (without that of the database)."""
    started, computed = time.monotonic(), time.process_time()
    result = work()
    return result, time.monotonic() - started, time.process_time() - computed


def written_file(folder: Path) -> Path:
    path = folder / "bench.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("d,dept,p,prog,f,function,type,fund,a,b,e\n")
        for n in range(LINES):
            d, p = n % 80, n % 6000
            file.write(
                f"{d:03d},第{d}预算部门,{p:06d},第{p}号老旧小区改造项目,{2010101 + n % 900},行政运行{n % 900},"
                f"基本工资{n % 60},一般公共预算,{n}.{n % 100:02d},{n * 7 % 999983},{n % 1000}.5\n"
            )
    return path


def test_import_of_many_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, mapping = written_file(tmp_path), parse_mapping(MAPPING)
    plan, reading, reading_cpu = measured(lambda: read_and_check(BudgetFile("bench.csv", path), mapping))
    report, writing, writing_cpu = measured(lambda: import_plan(plan, mapping=mapping, acting_user=None))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "database": connection.vendor,
        "lines": LINES,
        "megabytes": round(path.stat().st_size / 1024 / 1024, 1),
        "read_seconds": round(reading, 1),
        "write_seconds": round(writing, 1),
        "cpu_seconds": {
            "read": round(reading_cpu, 1),
            "write": round(writing_cpu, 1),
        },
        "peak_megabytes_of_the_whole_process": round(peak),
    }
    with capsys.disabled():
        print("\n" + json.dumps({"budget_import": figures}))
    assert (report.lines, Line.objects.filter(release__fiscal_year=2020).count()) == (LINES, LINES)
