"""Which cases a reader of the library has asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cms.budget.models import Department


@dataclass(frozen=True)
class Chosen:
    """``year``, ``outcome`` and ``department`` are None where the reader did not choose, or chose what is not there."""

    years: list[int]
    outcomes: list[tuple[str, Any]]
    departments: list[Department]
    year: int | None
    outcome: str | None
    department: Department | None

    def as_context(self) -> dict[str, Any]:
        return dict(vars(self))

    @property
    def is_narrowed(self) -> bool:
        return any((self.year, self.outcome, self.department))


def chosen_from(query: Mapping[str, str], cases: Any) -> Chosen:
    """Only what would find something is offered."""
    rows = list(cases.order_by().values_list("year", "outcome", "programme__department").distinct())
    years = sorted({row[0] for row in rows}, reverse=True)
    there = {row[1] for row in rows}
    outcomes = [(value, label) for value, label in cases.model.Outcome.choices if value in there]
    departments = list(Department.objects.filter(pk__in={row[2] for row in rows if row[2]}))
    year = query.get("year", "")
    return Chosen(
        years,
        outcomes,
        departments,
        year=int(year) if year.isdecimal() and len(year) == 4 and int(year) in years else None,
        outcome=next((value for value, _label in outcomes if value == query.get("outcome")), None),
        department=next((each for each in departments if str(each.row_id) == query.get("department")), None),
    )


def filtered(cases: Any, chosen: Chosen) -> Any:
    if chosen.year:
        cases = cases.filter(year=chosen.year)
    if chosen.outcome:
        cases = cases.filter(outcome=chosen.outcome)
    if chosen.department:
        cases = cases.filter(programme__department=chosen.department)
    return cases.select_related("teaser", "programme__department").order_by("-year", "-first_published_at", "-pk")
