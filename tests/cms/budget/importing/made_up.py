"""Small made-up budget files, and the shortest way through mapping and reading to a plan."""

from __future__ import annotations

from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.mapping import Mapping, parse_mapping
from cms.budget.importing.plan import Plan, plan_of
from cms.budget.importing.reading import Source
from cms.budget.importing.tables import read_sources

RELEASE = """
[release]
government = "云川市"
fiscal_year = 2024
currency = "CNY"
"""
COLUMNS = """
[columns]
department = "department"
"""
AMOUNTS = """
[amounts]
adopted = "amount"
"""
PLAIN = RELEASE + COLUMNS + AMOUNTS


def mapping(text: str = PLAIN) -> Mapping:
    return parse_mapping(text)


def file(content: bytes | str, name: str = "made-up.csv") -> BudgetFile:
    return BudgetFile(name, content.encode() if isinstance(content, str) else content)


def source(content: bytes | str, text: str = PLAIN) -> Source:
    ((found, _mapping),) = read_sources(file(content), mapping(text))
    return found


def plan(content: bytes | str, text: str = PLAIN) -> Plan:
    return plan_of(file(content), mapping(text))


def amounts(plan: Plan) -> list[tuple[int | None, ...]]:
    return [line.amounts for line in plan.lines]


def codes(plan: Plan, *severities: str) -> list[tuple[int | None, str]]:
    """Row and code of every problem of the severities, errors if none is named."""
    return [(problem.row, problem.code) for problem in plan.problems if problem.severity in (severities or ("error",))]
