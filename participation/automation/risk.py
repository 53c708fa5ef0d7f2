"""Which programmes a third party should look at: by the money in them, and by what speaks of risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from cms.budget.models import Programme
from cms.performance.monitoring import Alert, Monitored
from participation.automation.models import AutomationDeed, AutomationRule
from participation.consultations.models import Contribution
from participation.evaluations.models import Evaluation
from participation.rectification.models import RectificationTask

# Minor units in 10,000 yuan (万元).
WAN = 1_000_000
DIVERGENCE = Decimal(10)
NEARLY_PERFECT = Decimal(95)
# What speaks of risk -> points.
POINTS = {
    "money_ahead": 2,
    "stale": 1,
    "silent": 1,
    "overdue_task": 2,
    "scores_differ": 2,
    "nearly_perfect": 1,
    "never_evaluated": 1,
}
WORDS = {
    "money_ahead": ("资金进度快于目标进度", "money ahead of results"),
    "stale": ("支出进度偏慢", "spending behind its pace"),
    "silent": ("长期未报送监控", "no recent report"),
    "overdue_task": ("有逾期未完成的整改任务", "an overdue rectification task"),
    "scores_differ": ("自评与第三方评分相差 10 分以上", "self-evaluation and third party differ by over 10 points"),
    "nearly_perfect": ("自评 95 分以上", "self-evaluation of 95 or more"),
    "never_evaluated": ("从未接受第三方评价", "never evaluated by a third party"),
}


@dataclass(frozen=True)
class Candidate:
    """``amount``: the budget of the year in minor units, None where none is reported."""

    programme: Programme
    fiscal_year: int
    amount: int | None
    signs: tuple[str, ...]

    @property
    def risk(self) -> int:
        return sum(POINTS[sign] for sign in self.signs)

    @property
    def found(self) -> dict[str, Any]:
        return {"year": self.fiscal_year, "amount": self.amount, "risk": self.risk, "signs": list(self.signs)}

    @property
    def text(self) -> str:
        amount = "未报告" if self.amount is None else f"{Decimal(self.amount) / WAN:,.2f} 万元"
        signs = "；".join(WORDS[sign][0] for sign in self.signs) or "无"
        return f"{self.fiscal_year} 年“{self.programme.name}”：预算 {amount}，风险 {self.risk} 分（{signs}）。"

    @property
    def text_en(self) -> str:
        amount = "not reported" if self.amount is None else f"CNY {Decimal(self.amount) / WAN / 100:,.2f} million"
        signs = "; ".join(WORDS[sign][1] for sign in self.signs) or "none"
        name = self.programme.name_en or self.programme.name
        return f"{name}, {self.fiscal_year}: budget {amount}, {self.risk} points of risk ({signs})."


def programmes_to_evaluate(options: dict[str, int], rows: Sequence[Monitored], today: date) -> list[Candidate]:
    """Those above the amount or the risk that nobody has evaluated in their year: the riskiest, then the largest.

    ``rows`` are all of one year. At most ``options["most"]`` for it, counting what was proposed before.
    """
    if not rows:
        return []
    year = rows[0].year.fiscal_year
    keys = [row.year.programme_id for row in rows]
    public = Evaluation.objects.visible_to(AnonymousUser()).filter(
        status=Contribution.Status.VISIBLE, programme__in=keys
    )
    scores: dict[int, dict[int, list[Decimal]]] = {}
    for programme, of_year, score in public.order_by("pk").values_list(
        "programme", "consultation__release__fiscal_year", "score"
    ):
        scores.setdefault(programme, {}).setdefault(of_year, []).append(score)
    late = RectificationTask.objects.visible_to(AnonymousUser()).overdue()
    overdue = set(late.filter(finding__programme__in=keys).values_list("finding__programme", flat=True).order_by())
    found = [
        Candidate(row.year.programme, year, row.year.full_year, signs_of(row, scores, row.year.programme_id in overdue))
        for row in rows
        if not scores.get(row.year.programme_id, {}).get(year)
    ]
    above = [
        candidate
        for candidate in found
        if (candidate.amount is not None and candidate.amount >= options["amount_from"] * WAN)
        or candidate.risk >= options["risk_from"]
    ]
    above.sort(key=lambda candidate: (-candidate.risk, -(candidate.amount or 0), candidate.programme.pk))
    proposed = _proposed_for(year)
    fresh = [each for each in above if str(each.programme.row_id) not in proposed]
    known = [each for each in above if str(each.programme.row_id) in proposed]
    return known + fresh[: max(0, options["most"] - len(proposed))]


def _proposed_for(year: int) -> set[str]:
    deeds = AutomationDeed.objects.filter(Q(does=AutomationRule.Does.EVALUATION), cause__endswith=f" {year}")
    return {cause.partition(" ")[0] for cause in deeds.values_list("cause", flat=True)}


def signs_of(row: Monitored, scores: dict[int, dict[int, list[Decimal]]], has_overdue_task: bool) -> tuple[str, ...]:
    of_programme = scores.get(row.year.programme_id, {})
    own = row.year.self_score
    last = max(of_programme, default=None)
    outside = of_programme[last] if last is not None else []
    mean = sum(outside, Decimal(0)) / len(outside) if outside else None
    signs = {
        "money_ahead": Alert.MONEY_AHEAD in row.alerts,
        "stale": Alert.STALE in row.alerts,
        "silent": Alert.SILENT in row.alerts,
        "overdue_task": has_overdue_task,
        "scores_differ": own is not None and mean is not None and abs(own - mean) > DIVERGENCE,
        "nearly_perfect": own is not None and own >= NEARLY_PERFECT,
        "never_evaluated": not of_programme,
    }
    return tuple(sign for sign, holds in signs.items() if holds)
