"""Small made-up budget files, and the shortest way through mapping and reading to a plan."""

from __future__ import annotations

from cms.budget.importing.mapping import Mapping, parse_mapping
from cms.budget.importing.plan import Plan, mentions_names, read_plan
from cms.budget.importing.reading import Source, read_source

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


def source(content: bytes | str, text: str = PLAIN) -> Source:
    data = content.encode() if isinstance(content, str) else content
    parsed = mapping(text)
    return read_source(data, name="made-up.csv", declared=parsed.file, names_columns=mentions_names(parsed))


def plan(content: bytes | str, text: str = PLAIN) -> Plan:
    return read_plan(source(content, text), mapping(text))


def codes(plan: Plan, *severities: str) -> list[tuple[int | None, str]]:
    """Row and code of every problem of the severities, errors if none is named."""
    return [(problem.row, problem.code) for problem in plan.problems if problem.severity in (severities or ("error",))]
