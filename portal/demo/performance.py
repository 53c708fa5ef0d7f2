"""Goals and indicators of every programme and year, and the scores that departments gave themselves."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from cms.models import Goal, Indicator, Programme, ProgrammeYear, Release
from participation.models import User
from portal.demo.content import read
from privacy.history.actor import acting

Dimension, Operator = Indicator.Dimension, Indicator.Operator
# Beside what a programme is for, its sheet asks what every sheet asks: name, English, dimension, operator, target,
# unit, weight.
COMMON = (
    ("验收合格率", "Accepted at first inspection", Dimension.OUTPUT, Operator.AT_LEAST, 95, "%", 20),
    ("按期完成率", "Finished on time", Dimension.OUTPUT, Operator.AT_LEAST, 95, "%", 15),
    ("单位成本超概算比例", "Unit cost above estimate", Dimension.COST, Operator.AT_MOST, 5, "%", 15),
    ("受益群众满意度", "Satisfaction of those it is for", Dimension.SATISFACTION, Operator.AT_LEAST, 90, "%", 10),
)
OUTPUT_WEIGHT = 40


@transaction.atomic
def load_performance(releases: dict[int, Release], editor: User) -> None:
    with acting(editor, reason="绩效目标随预算公开"):
        for offset, release in releases.items():
            programmes = list(Programme.objects.filter(lines__release=release).distinct())
            if not ProgrammeYear.objects.filter(programme__in=programmes, fiscal_year=release.fiscal_year).exists():
                _load_year(programmes, release.fiscal_year, offset)


def _load_year(programmes: list[Programme], year: int, offset: int) -> None:
    entries = {entry["code"]: entry for row in read("city")["departments"] for entry in row["programmes"]}
    years = bulk_create_with_history(
        [
            ProgrammeYear(
                programme=programme, fiscal_year=year, self_score=_self_score(entries[programme.code], offset)
            )
            for programme in programmes
        ],
        ProgrammeYear,
    )
    goals = Goal.objects.bulk_create([_goal(row, entries[row.programme.code], year) for row in years])
    indicators = [
        indicator
        for goal in goals
        for indicator in _indicators(goal, entries[goal.programme_year.programme.code], offset)
    ]
    bulk_create_with_history(indicators, Indicator)


def _self_score(entry: dict[str, Any], offset: int) -> Decimal | None:
    """Departments think well of themselves, and score a year once it is over."""
    if offset == 0:
        return None
    rng = Random(f"score {entry['code']} {offset}")
    return _decimal(min(99.8, 91 + 6 * min(entry["pace"], 1.0) + 3 * rng.random() - 2 * (entry["pace"] < 0.7)), "0.01")


def _goal(row: ProgrammeYear, entry: dict[str, Any], year: int) -> Goal:
    name, _name_en, target, unit, unit_en = entry["output"]
    return Goal(
        programme_year=row,
        text=f"{entry['aim']}。{year}年目标：{name}{target}{unit}。",
        text_en=f"{entry['aim_en']}. Target for {year}: {target:,} {unit_en}.",
    )


def _indicators(goal: Goal, entry: dict[str, Any], offset: int) -> list[Indicator]:
    rng = Random(f"indicators {entry['code']} {offset}")
    name, name_en, target, unit, _unit_en = entry["output"]
    own = (name, name_en, Dimension.OUTPUT, Operator.AT_LEAST, target, unit, OUTPUT_WEIGHT)
    progress = min(1.0, entry["pace"]) if offset == 0 else 0.93 + 0.07 * min(1.0, entry["pace"])
    return [
        Indicator(
            goal=goal,
            name=label,
            name_en=label_en,
            dimension=dimension,
            operator=operator,
            target=_decimal(wanted, "0.01"),
            actual=_actual(place, float(wanted), unit, progress, rng),
            unit=unit,
            weight=Decimal(weight),
        )
        for place, (label, label_en, dimension, operator, wanted, unit, weight) in enumerate((own, *COMMON))
    ]


def _actual(place: int, target: float, unit: str, progress: float, rng: Random) -> Decimal:
    if place:
        return _decimal(target * (0.97 + 0.05 * rng.random()), "0.1")
    reached = target * progress * (0.97 + 0.05 * rng.random())
    if unit == "%":
        return _decimal(min(100, reached), "0.1")
    return _decimal(reached, "1" if target >= 50 else "0.1" if target != int(target) else "1")


def _decimal(number: float, step: str) -> Decimal:
    return Decimal(str(number)).quantize(Decimal(step), ROUND_HALF_UP)
