"""What becomes of goals between the budget and the final accounts: approved, watched half-way, and sometimes moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from cms.models import GoalApproval, GoalChange, Indicator, Programme, ProgrammeYear, Release
from cms.performance.actions import record_monitoring
from cms.performance.approval.actions import approve_goals, decide_goal_change, propose_goal_change
from participation.models import User
from portal.demo.backdate import at, written_with
from portal.demo.content import read

# What there is to report, before any of it is stored.
Readings = list[tuple[Indicator, Decimal | str]]
# Budgets of a year are approved in its first month, and looked at again after seven.
APPROVED = (1, 22)
WATCHED = (7, 31)
HALF_WAY = Decimal("0.55")


def standing_at(indicators: Iterable[Indicator]) -> Readings:
    """What was reached so far, of each indicator that anything was reached of."""
    found = ((one, one.level if one.operator == Indicator.Operator.QUALITATIVE else one.actual) for one in indicators)
    return [(one, reached) for one, reached in found if reached is not None and reached != ""]


def approve_all(fiscal_year: int, programmes: Iterable[Programme], reviewer: User) -> None:
    """Goals are approved together with the budget (随预算批复), all on one day."""
    day = date(fiscal_year, *APPROVED)
    years = ProgrammeYear.objects.filter(fiscal_year=fiscal_year, programme__in=programmes).select_related("programme")
    with at(_noon(day), GoalApproval), written_with(GoalApproval, approved_on=day):
        made = [approve_goals(year, acting_user=reviewer).pk for year in years.order_by("programme__code")]
    GoalApproval.objects.filter(pk__in=made).update(approved_on=day)


def half_way(row: ProgrammeYear, reached: Readings, editor: User) -> None:
    """A year that is over was watched in its summer: about half of the money spent, and half of the work done."""
    readings = {indicator: _half_way(indicator, value) for indicator, value in reached}
    spent = None if row.executed is None else int(row.executed * HALF_WAY)
    record_monitoring(row, as_of=date(row.fiscal_year, *WATCHED), executed=spent, readings=readings, acting_user=editor)


def move_some(release: Release, editor: User, reviewer: User) -> None:
    """Three departments ask to move a goal: one may, one may not, and one waits for its answer."""
    published = release.published_at or timezone.now()
    for place, entry in enumerate(read("goals")["change"]):
        year = ProgrammeYear.objects.get(programme__code=entry["programme"], fiscal_year=release.fiscal_year)
        indicator = Indicator.objects.get(goal__programme_year=year, name=entry["indicator"])
        with at(published.replace(hour=1 + place, minute=0), GoalChange):
            change = propose_goal_change(
                year,
                wanted={indicator: {"target": Decimal(entry["target"])}},
                reason=entry["reason"],
                acting_user=editor,
            )
        if "approve" in entry:
            with at(published.replace(hour=4 + place, minute=0), GoalChange):
                decide_goal_change(change, approve=entry["approve"], reason=entry["decision"], acting_user=reviewer)


def _half_way(indicator: Indicator, value: Decimal | str) -> Decimal | str:
    """Work is half done; rates and prices are already what they will be."""
    if isinstance(value, str):
        return Indicator.Level.PARTLY
    if indicator.category != Indicator.Category.QUANTITY or indicator.unit == "%":
        return value
    return (value * HALF_WAY).quantize(Decimal(1) if value >= 50 else Decimal("0.1"), ROUND_HALF_UP)


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
