"""Goals and indicators of every programme and year, what departments gave themselves, and how the year is going."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Sum

from cms.models import Goal, Indicator, Programme, ProgrammeYear, Release, ScoringScheme
from cms.performance.actions import publish_scheme, record_goals, record_monitoring
from cms.performance.assessments import points_of, result_of, scheme_for
from cms.performance.scheme_files import files, read_scheme
from cms.performance.scoring import execution_rate, execution_score, total_score
from participation.models import User
from portal.demo.content import read
from portal.demo.goals import WATCHED, Readings, approve_all, half_way, move_some, standing_at

Dimension, Category, Operator = Indicator.Dimension, Indicator.Category, Indicator.Operator
Level = Indicator.Level
# Beside what a programme is for, its sheet asks what every sheet asks: name, English, dimension, category, operator,
# target, unit, weight.
COMMON = (
    ("验收合格率", "Accepted at first inspection", Dimension.OUTPUT, Category.QUALITY, Operator.AT_LEAST, 95, "%", 10),
    ("按期完成率", "Finished on time", Dimension.OUTPUT, Category.TIMELINESS, Operator.AT_LEAST, 95, "%", 10),
    ("单位成本超概算比例", "Unit cost above estimate", Dimension.OUTPUT, Category.COST, Operator.AT_MOST, 5, "%", 10),
    (
        *("受益群众满意度", "Satisfaction of those it is for", Dimension.SATISFACTION, Category.SATISFACTION),
        *(Operator.AT_LEAST, 90, "%", 10),
    ),
)
# In words: name, English, category, target.
IN_WORDS = (
    ("对改善民生的作用", "What it does for daily life", Category.SOCIAL, "群众感受明显改善"),
    ("成果能否长期保持", "Whether the results last", Category.SUSTAINABLE, "建立长效管护机制"),
)
OUTPUT_WEIGHT, WORDS_WEIGHT = 20, 15
# The part of all programmes that do not report during the year.
SILENT = 0.08
REASONS = (
    "部分标段流标后重新招标，付款顺延到下一年度。",
    "汛期停工六周，工程量未达付款节点。",
    "申报人数少于预计，结余已收回。",
)


@transaction.atomic
def load_performance(releases: dict[int, Release], editor: User, reviewer: User) -> None:
    """Goals are set before a year, approved with its budget, watched during it, and scored once it is over."""
    for path in files():
        publish_scheme(read_scheme(path.read_bytes()), acting_user=None)
    for offset, release in releases.items():
        programmes = list(
            Programme.objects.filter(lines__release=release).select_related("department__government").distinct()
        )
        if not ProgrammeYear.objects.filter(programme__in=programmes, fiscal_year=release.fiscal_year).exists():
            _load_year(programmes, release, offset, editor)
            approve_all(release.fiscal_year, programmes, reviewer)
            if not offset:
                move_some(release, editor, reviewer)


def _load_year(programmes: list[Programme], release: Release, offset: int, editor: User) -> None:
    entries = {entry["code"]: entry for row in read("city")["departments"] for entry in row["programmes"]}
    schemes = list(ScoringScheme.objects.with_rules())
    for programme in programmes:
        entry, year = entries[programme.code], release.fiscal_year
        scheme = scheme_for(schemes, year, programme.department.government.name)
        row = ProgrammeYear(programme=programme, fiscal_year=year, scheme=scheme, **_money(release, programme))
        spent, indicators = row.executed, _indicators(entry, offset)
        so_far = standing_at(indicators)
        if offset:
            _close(row, indicators, entry, offset)
        else:
            # The year is still running: what was spent and reached so far belongs to its monitoring.
            row.executed = None
            for indicator in indicators:
                indicator.actual, indicator.level, indicator.actual_text = None, "", ""
        row.goals_set_on = date(year - 1, 12, 15)
        is_silent = not offset and Random(f"monitoring {entry['code']}").random() < SILENT
        row.tracked_on = date(year, *WATCHED) if offset else None if is_silent else release.as_of
        record_goals(
            row,
            goals=[(_goal(entry, year), indicators)],
            reason="绩效目标随预算公开",
            acting_user=editor,
        )
        if offset:
            half_way(row, so_far, editor)
        elif release.as_of and not is_silent:
            _monitor(row, so_far, spent, release.as_of, editor)


def _money(release: Release, programme: Programme) -> dict[str, int | None]:
    lines = release.lines.filter(programme=programme, is_leaf=True)
    sums = lines.aggregate(initial=Sum("adopted"), adjusted=Sum("adjusted"), executed=Sum("executed"))
    full_year = sums["initial"] if sums["adjusted"] is None else sums["adjusted"]
    return {"initial": sums["initial"], "full_year": full_year, "executed": sums["executed"]}


def _close(row: ProgrammeYear, indicators: list[Indicator], entry: dict[str, Any], offset: int) -> None:
    """Departments think well of themselves, and score a year once it is over."""
    rng = Random(f"score {entry['code']} {offset}")
    kind = 91 + 6 * min(entry["pace"], 1.0) + 3 * rng.random() - 2 * (entry["pace"] < 0.7)
    row.self_score = _decimal(min(99.8, kind), "0.01")
    if row.scheme and rng.random() < 0.7:
        # Most give themselves what the rules give them.
        rules = row.scheme.as_scheme()
        weight = rules.weights["execution"]
        scored = [(points_of(result_of(indicator), rules), indicator.weight) for indicator in indicators]
        total = total_score([(execution_score(row.full_year, row.executed, weight), weight), *scored])
        # What is less than excellent they round up generously.
        if total.of_100 is not None and total.of_100 >= 90:
            row.self_score = total.of_100
    rate = execution_rate(row.full_year, row.executed)
    if rate is not None and rate < Decimal("0.9") and rng.random() < 0.8:
        row.execution_reason = rng.choice(REASONS)
    found = rng.choice((0, 0, 0, 1, 2, 4))
    row.problems_found, row.problems_open = found, rng.randint(0, found)
    row.problems_fixed = found - row.problems_open
    row.self_evaluated_on = date(row.fiscal_year + 1, 2, 20) + timedelta(days=rng.randint(0, 30))


def _monitor(row: ProgrammeYear, reached: Readings, spent: int | None, as_of: date, editor: User) -> None:
    rate = execution_rate(row.full_year, spent)
    is_behind = rate is not None and rate < Decimal("0.5")
    notes = {
        "note": "付款慢于进度。",
        "note_en": "Payments lag behind the work.",
        "correction": "已约谈承办单位，按月报送支付进度。",
        "correction_en": "The contractor was called in and reports payments every month.",
    }
    record_monitoring(
        row,
        as_of=as_of,
        executed=spent,
        readings=dict(reached),
        acting_user=editor,
        **(notes if is_behind else {}),
    )


def _goal(entry: dict[str, Any], year: int) -> Goal:
    name, _name_en, target, unit, unit_en = entry["output"]
    return Goal(
        text=f"{entry['aim']}。{year}年目标：{name}{target}{unit}。",
        text_en=f"{entry['aim_en']}. Target for {year}: {target:,} {unit_en}.",
    )


def _indicators(entry: dict[str, Any], offset: int) -> list[Indicator]:
    rng = Random(f"indicators {entry['code']} {offset}")
    name, name_en, target, unit, _unit_en = entry["output"]
    own = (name, name_en, Dimension.OUTPUT, Category.QUANTITY, Operator.AT_LEAST, target, unit, OUTPUT_WEIGHT)
    progress = min(1.0, entry["pace"]) if offset == 0 else 0.93 + 0.07 * min(1.0, entry["pace"])
    counted = [
        Indicator(
            name=label,
            name_en=label_en,
            dimension=dimension,
            category=category,
            operator=operator,
            target=_decimal(wanted, "0.01"),
            actual=_actual(place, float(wanted), unit, progress, rng),
            unit=unit,
            weight=Decimal(weight),
        )
        for place, (label, label_en, dimension, category, operator, wanted, unit, weight) in enumerate((own, *COMMON))
    ]
    level = Level.ACHIEVED if progress > 0.9 else Level.PARTLY
    in_words = [
        Indicator(
            name=label,
            name_en=label_en,
            dimension=Dimension.BENEFIT,
            category=category,
            operator=Operator.QUALITATIVE,
            target_text=wanted,
            level=level,
            actual_text="达成预期指标" if level == Level.ACHIEVED else "部分达成预期指标并具有一定效果",
            weight=Decimal(WORDS_WEIGHT),
        )
        for label, label_en, category, wanted in IN_WORDS
    ]
    return [*counted, *in_words]


def _actual(place: int, target: float, unit: str, progress: float, rng: Random) -> Decimal:
    if place:
        return _decimal(target * (0.97 + 0.05 * rng.random()), "0.1")
    reached = target * progress * (0.97 + 0.05 * rng.random())
    if unit == "%":
        return _decimal(min(100, reached), "0.1")
    return _decimal(reached, "1" if target >= 50 else "0.1" if target != int(target) else "1")


def _decimal(number: float, step: str) -> Decimal:
    return Decimal(str(number)).quantize(Decimal(step), ROUND_HALF_UP)
