"""What the record says of a department over a period: counted, never judged. Eligibility and the board rest on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from participation.balance.models import AnsweredInput
from participation.consultations.models import Contribution
from participation.evaluations.models import Evaluation
from participation.recognition.models import Award
from participation.rectification.models import RectificationTask, Verification

VISITOR = AnonymousUser()
TENTH, CENT = Decimal("0.1"), Decimal("0.01")
NOT_COUNTED = (RectificationTask.Status.DRAFTED, RectificationTask.Status.WITHDRAWN)


@dataclass(frozen=True)
class Period:
    first: date
    last: date

    @classmethod
    def of_year(cls, year: int, today: date) -> Period:
        """The calendar year, up to today where it is not over."""
        return cls(date(year, 1, 1), min(date(year, 12, 31), max(today, date(year, 1, 1))))

    @property
    def before(self) -> Period:
        """The same days of the year before."""
        return Period(_a_year_before(self.first), _a_year_before(self.last))

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From the first moment of the first day to the first one after the last, in local time."""
        start, end = (datetime.combine(day, time.min) for day in (self.first, self.last + timedelta(days=1)))
        return timezone.make_aware(start), timezone.make_aware(end)


def _a_year_before(day: date) -> date:
    # The 29th of February has the 28th before it.
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


@dataclass(frozen=True)
class Share:
    part: int = 0
    whole: int = 0

    @property
    def percent(self) -> Decimal | None:
        """With one decimal; None of nothing."""
        if not self.whole:
            return None
        return (Decimal(self.part) * 100 / Decimal(self.whole)).quantize(TENTH, ROUND_HALF_UP)


@dataclass(frozen=True)
class Facts:
    """``closing``: of the tasks due in the period, those verified by its end. ``first_check``: of the tasks checked for
    the first time in it, those found put right at once. ``response_days``: median from receipt to answer of what was
    answered in it. ``score``: mean of the third-party scores received in it.
    """

    closing: Share = field(default_factory=Share)
    first_check: Share = field(default_factory=Share)
    response_days: Decimal | None = None
    answers: int = 0
    score: Decimal | None = None
    scores: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "closing": [self.closing.part, self.closing.whole],
            "first_check": [self.first_check.part, self.first_check.whole],
            "response_days": None if self.response_days is None else str(self.response_days),
            "answers": self.answers,
            "score": None if self.score is None else str(self.score),
            "scores": self.scores,
        }


def facts_of(departments: Collection[int], period: Period) -> dict[int, Facts]:
    """By the primary key of the department; five queries for however many, all with the eyes of a visitor."""
    start, end = period.moments
    tasks = RectificationTask.objects.visible_to(VISITOR).filter(department__in=departments)
    tasks = tasks.exclude(status__in=NOT_COUNTED).order_by()
    due, closed = defaultdict[int, int](int), defaultdict[int, int](int)
    for department, verified_at in tasks.filter(due_on__range=(period.first, period.last)).values_list(
        "department", "verified_at"
    ):
        due[department] += 1
        closed[department] += verified_at is not None and verified_at < end
    checks = Verification.objects.filter(task__in=tasks).order_by("task", "created", "pk")
    firsts: dict[int, tuple[int, str, datetime]] = {}
    for task, department, outcome, created in checks.values_list("task", "task__department", "outcome", "created"):
        firsts.setdefault(task, (department, outcome, created))
    checked, passed = defaultdict[int, int](int), defaultdict[int, int](int)
    for department, outcome, created in firsts.values():
        if start <= created < end:
            checked[department] += 1
            passed[department] += outcome == Verification.Outcome.VERIFIED
    days = _days_to_answer(departments, start, end)
    scores = _scores(departments, start, end)
    return {
        department: Facts(
            closing=Share(closed[department], due[department]),
            first_check=Share(passed[department], checked[department]),
            response_days=Decimal(str(median(days[department]))) if days[department] else None,
            answers=len(days[department]),
            score=_mean(scores[department]),
            scores=len(scores[department]),
        )
        for department in departments
    }


def _mean(scores: list[Decimal]) -> Decimal | None:
    return (sum(scores, Decimal(0)) / len(scores)).quantize(CENT, ROUND_HALF_UP) if scores else None


def _days_to_answer(departments: Collection[int], start: datetime, end: datetime) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    answered = AnsweredInput.objects.filter(
        answer__department__in=departments, answer__published_at__gte=start, answer__published_at__lt=end
    )
    for department, published_at, *created in answered.values_list(
        "answer__department", "answer__published_at", "feedback__created", "evaluation__created"
    ):
        received = next((moment for moment in created if moment is not None), None)
        if received is not None:
            found[department].append((timezone.localdate(published_at) - timezone.localdate(received)).days)
    return found


def _scores(departments: Collection[int], start: datetime, end: datetime) -> dict[int, list[Decimal]]:
    found: dict[int, list[Decimal]] = defaultdict(list)
    public = Evaluation.objects.visible_to(VISITOR).filter(
        status=Contribution.Status.VISIBLE,
        programme__department__in=departments,
        created__gte=start,
        created__lt=end,
    )
    for department, score in public.annotate(of=F("programme__department")).values_list("of", "score"):
        found[department].append(score)
    return found


@dataclass(frozen=True)
class Criterion:
    """One condition of an award with what the record says. ``is_met`` is None where there is nothing to count."""

    label: str | Promise
    wanted: str
    found: str
    count: int
    is_met: bool | None


def criteria_of(award: Award, facts: Facts, before: Facts) -> list[Criterion]:
    """The conditions that the award asks, each with its number and how many records that rests on."""
    found: list[Criterion] = []

    def add(label: str | Promise, sign: str, wanted: Any, value: Decimal | None, count: int, unit: str) -> None:
        met = None if value is None else (value >= wanted if sign == "≥" else value <= wanted)
        found.append(Criterion(label, f"{sign} {wanted}{unit}", "" if value is None else f"{value}{unit}", count, met))

    if award.min_closing_percent is not None:
        closing = facts.closing
        add(_("Tasks due and verified"), "≥", award.min_closing_percent, closing.percent, closing.whole, " %")
    if award.min_verified_percent is not None:
        checked = facts.first_check
        add(_("Put right at the first check"), "≥", award.min_verified_percent, checked.percent, checked.whole, " %")
    if award.max_response_days is not None:
        add(_("Days to an answer (median)"), "≤", award.max_response_days, facts.response_days, facts.answers, "")
    if award.min_score_gain is not None:
        gain = None if facts.score is None or before.score is None else facts.score - before.score
        count = min(facts.scores, before.scores)
        add(_("Gain in third-party scores over the year before"), "≥", award.min_score_gain, gain, count, "")
    return found


def is_eligible(criteria: Collection[Criterion]) -> bool:
    """Nothing that was counted falls short. What there is nothing to count of excludes nobody, and is shown as that."""
    return all(criterion.is_met is not False for criterion in criteria)
