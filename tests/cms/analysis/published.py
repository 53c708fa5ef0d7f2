"""Releases that are public and have their cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cms.analysis import cube
from cms.budget.models import Department, Government, Release
from tests.factories import make_department, make_line, make_programme, make_release

BUDGET = 1_000_000_00


def publish_year(year: int, amounts: Mapping[Department, tuple[int | None, int | None]], **fields: Any) -> Release:
    """A public release with one line for each department: adopted and executed, in minor units."""
    departments = list(amounts)
    codes = fields.pop("functional_code", "2050202")
    values = {"fiscal_year": year, "version": 1, "government": departments[0].government}
    release = make_release(**{**values, **fields})
    for department, (adopted, executed) in amounts.items():
        programme = department.programmes.first() or make_programme(department)
        make_line(release, programme, adopted=adopted, executed=executed, functional_code=codes)
    cube.fill(release)
    return release


def departments(count: int = 3, government: Government | None = None) -> list[Department]:
    return [make_department(government) for _number in range(count)]
