"""Real files, compared with a sum that knows nothing of this program."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from cms.budget.actions import import_release
from cms.budget.importing.mapping import FileSection, Mapping, parse_mapping
from cms.budget.reports import ImportReport
from tests.data import BUDGETS, needs_shared_data

pytestmark = [pytest.mark.django_db, needs_shared_data]

MAPPINGS = Path(__file__).parents[4] / "docs" / "mappings"


def mapping(name: str, year: int | None = None) -> Mapping:
    text = (MAPPINGS / f"{name}.toml").read_text(encoding="utf-8")
    return parse_mapping(text.replace("fiscal_year = 20", f"fiscal_year = {year} # ") if year else text)


def sniffed(name: str, year: int) -> Mapping:
    """The same mapping without its [file]: everything has to be found out."""
    return mapping(name, year).model_copy(update={"file": FileSection()})


def read(path: str, parsed: Mapping, *, dry_run: bool = False) -> ImportReport:
    return import_release((BUDGETS / path).read_bytes(), source_name=path, mapping=parsed, dry_run=dry_run)


def independent_sum(
    path: str, encoding: str, delimiter: str, column: int, skip: int, wanted: Callable[[list[str]], bool] = bool
) -> tuple[int, Decimal]:
    with (BUDGETS / path).open(encoding=encoding, newline="") as file:
        rows = [row for row in list(csv.reader(file, delimiter=delimiter))[skip:] if wanted(row)]
    return len(rows), sum((Decimal(row[column].replace(",", ".") or 0) for row in rows), Decimal(0))


@pytest.mark.both
def test_the_central_government_of_taiwan_2025() -> None:
    report = read("tw_central/tw2025ap.csv", mapping("tw-central"))
    assert (report.rows_read, report.lines, report.check_rows, report.rejected) == (1194, 1194, 0, 0)
    assert report.totals == {"adopted": "2621303325000.00"}
    assert report.release is not None
    assert (report.release.fiscal_year, report.release.lines.exclude(note="").count()) == (2025, 964)
    assert "\n" in report.release.lines.get(row_number=1).note


@pytest.mark.both
@pytest.mark.parametrize(
    ("year", "name", "skip"), [(2011, "madrid-2011-2016", 0), (2016, "madrid-2011-2016", 0), (2024, "madrid", 1)]
)
def test_madrid(year: int, name: str, skip: int) -> None:
    path = f"madrid/{year}/gastos.csv"
    report = read(path, mapping(name, year))
    sums = {
        phase: independent_sum(path, "cp1252", ";", column, skip)
        for phase, column in {"adopted": 10, "adjusted": 12, "committed": 14, "executed": 15}.items()
    }
    assert {phase: Decimal(total) for phase, total in report.totals.items()} == {
        phase: total for phase, (_lines, total) in sums.items()
    }
    assert (report.lines, report.rejected) == (sums["adopted"][0], 0)
    assert report.release is not None
    assert report.release.fiscal_year == year
    assert report.release.lines.count() == report.lines


@pytest.mark.parametrize("year", [2013, 2015, 2017, 2018, 2019, 2020, 2021, 2022, 2023, 2025])
def test_madrid_in_every_other_year_with_nothing_declared(year: int) -> None:
    path = f"madrid/{year}/gastos.csv"
    has_header = year >= 2017
    report = read(path, sniffed("madrid" if has_header else "madrid-2011-2016", year), dry_run=True)
    lines, executed = independent_sum(path, "cp1252", ";", 15, int(has_header))
    assert (report.lines, Decimal(report.totals["executed"]), report.rejected) == (lines, executed, 0)


@pytest.mark.both
def test_final_accounts_of_chinese_departments_count_only_items() -> None:
    path = "cn_putuo_2024/expenditure_functional.csv"
    report = read(path, mapping("cn-final-accounts"))
    lines, total = independent_sum(path, "utf-8-sig", ",", 6, 1, lambda row: row[4] == "7")
    assert (report.lines, report.check_rows, report.rows_read) == (lines, 139 - lines, 139)
    assert report.totals == {"executed": f"{total * 10000:.2f}"}


def test_subtotals_read_as_facts_are_pointed_out() -> None:
    parsed = mapping("cn-final-accounts").model_copy(update={"leaf": None})
    report = read("cn_putuo_2024/expenditure_functional.csv", parsed, dry_run=True)
    assert "nested_codes" in {problem.code for problem in report.problems}


def test_a_file_that_says_nan_is_rejected_row_by_row() -> None:
    text = (MAPPINGS / "tw-central.toml").read_text(encoding="utf-8").replace('note = "note"', "")
    report = read("tw_central/2013ap-proposed.csv", parse_mapping(text.replace("adopted =", "proposed =")))
    assert (report.release, report.rejected, report.lines) == (None, 48, 1365)


@pytest.mark.parametrize("year", range(2006, 2025))
def test_the_central_government_of_taiwan_in_every_year(year: int) -> None:
    path = f"tw_central/tw{year}ap.csv"
    report = read(path, mapping("tw-central"), dry_run=True)
    lines, total = independent_sum(path, "utf-8", ",", 2, 1)
    assert (report.lines, Decimal(report.totals["adopted"]), report.rejected) == (lines, total, 0)
