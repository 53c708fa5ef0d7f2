"""Between a sheet and the records of a programme's year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from cms.performance.models import Goal, Indicator, ProgrammeYear
from cms.performance.schemes import ScoringScheme
from cms.performance.sheets.checking import awarded_share
from cms.performance.sheets.layout import Sheet, SheetIndicator

OF_YEAR = (
    *("initial", "full_year", "executed", "execution_points", "execution_reason", "self_score"),
    *("problems_found", "problems_fixed", "problems_open", "goals_set_on", "tracked_on", "self_evaluated_on"),
)
OF_INDICATOR = (
    *("dimension", "category", "name", "operator", "weight", "direction", "baseline", "target", "target_text", "unit"),
    *("actual", "actual_text", "level", "stated_points", "evidence", "deviation_reason", "corrective_action"),
)


def values_of_year(sheet: Sheet) -> dict[str, Any]:
    """What the sheet says of the year. A blank cell takes nothing away from what was entered before."""
    return {name: value for name in OF_YEAR if (value := getattr(sheet, name)) not in (None, "")}


def values_of_indicator(indicator: SheetIndicator) -> dict[str, Any]:
    return {**{name: getattr(indicator, name) for name in OF_INDICATOR}, "share": awarded_share(indicator)}


def sheet_of(
    year: ProgrammeYear, goals: Sequence[tuple[Goal, Iterable[Indicator]]], scheme: ScoringScheme | None
) -> Sheet:
    """The records of a year as a sheet, to be written, filled in and read again."""
    weights = {row.dimension: row.weight for row in scheme.weights.all()} if scheme else {}
    return Sheet(
        fiscal_year=year.fiscal_year,
        programme=year.programme.name,
        programme_code=year.programme.code,
        department=year.programme.department.name,
        execution_weight=weights.get("execution"),
        goals=tuple((goal.text, goal.outcome) for goal, _indicators in goals),
        indicators=tuple(
            _row_of(indicator, place)
            for place, (_goal, indicators) in enumerate(goals, start=1)
            for indicator in indicators
        ),
        **{name: getattr(year, name) for name in OF_YEAR},
    )


def _row_of(indicator: Indicator, goal: int) -> SheetIndicator:
    share = indicator.share
    return SheetIndicator(
        **{name: _plain(getattr(indicator, name)) for name in OF_INDICATOR}, share=_plain(share), goal=goal
    )


def _plain(value: Any) -> Any:
    """Numbers without the zeros that the database adds."""
    return Decimal(f"{value.normalize():f}") if isinstance(value, Decimal) else value
