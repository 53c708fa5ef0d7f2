"""The board of improvement: departments and organisations against their own past, never against each other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from cms.budget.models import Department
from participation.balance.models import Answer, AnsweredInput
from participation.consultations.models import Contribution
from participation.recognition.facts import Facts, Period, Share, facts_of
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Organisation

# Below this a change says little: it is shown, and marked.
FEW = 5


@dataclass(frozen=True)
class Change:
    """One figure now and a year before, each with how many records it rests on. ``gain``: above nought is better."""

    name: str
    now: Decimal | None
    before: Decimal | None
    count: int
    count_before: int
    less_is_better: bool = False

    @property
    def gain(self) -> Decimal | None:
        if self.now is None or self.before is None:
            return None
        return self.before - self.now if self.less_is_better else self.now - self.before

    @property
    def rests_on_few(self) -> bool:
        return min(self.count, self.count_before) < FEW


@dataclass(frozen=True)
class DepartmentRow:
    department: Department
    changes: list[Change]

    @property
    def improved(self) -> int:
        return sum(change.gain is not None and change.gain > 0 for change in self.changes)


@dataclass(frozen=True)
class OrganisationRow:
    organisation: Organisation
    change: Change


def changes_between(now: Facts, before: Facts) -> list[Change]:
    return [
        Change("closing", now.closing.percent, before.closing.percent, now.closing.whole, before.closing.whole),
        Change(
            "first_check",
            now.first_check.percent,
            before.first_check.percent,
            now.first_check.whole,
            before.first_check.whole,
        ),
        Change("response", now.response_days, before.response_days, now.answers, before.answers, less_is_better=True),
        Change("score", now.score, before.score, now.scores, before.scores),
    ]


def department_rows(period: Period) -> list[DepartmentRow]:
    """Departments that tasks or answers concern, by code: the order says nothing of who is better."""
    departments = list(
        Department.objects.filter(Q(tasks__isnull=False) | Q(pk__in=Answer.objects.values("department")))
        .distinct()
        .order_by("code", "name", "pk")
    )
    keys = [department.pk for department in departments]
    now, before = facts_of(keys, period), facts_of(keys, period.before)
    rows = [DepartmentRow(each, changes_between(now[each.pk], before[each.pk])) for each in departments]
    return [row for row in rows if any(change.count or change.count_before for change in row.changes)]


def organisation_rows(period: Period) -> list[OrganisationRow]:
    """How much of what each verified organisation said was adopted, of what was answered. Two queries for each half."""
    now, before = _adopted(period), _adopted(period.before)
    organisations = Organisation.objects.filter(pk__in={*now, *before}, status=Organisation.Status.VERIFIED).order_by(
        "name", "pk"
    )
    nothing = Share()
    return [
        OrganisationRow(
            each,
            Change(
                "adopted",
                now.get(each.pk, nothing).percent,
                before.get(each.pk, nothing).percent,
                now.get(each.pk, nothing).whole,
                before.get(each.pk, nothing).whole,
            ),
        )
        for each in organisations
    ]


def _adopted(period: Period) -> dict[int, Share]:
    start, end = period.moments
    tallies: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for kind in ("feedback", "evaluation"):
        for organisation, outcome in _outcomes(kind, start, end):
            tallies[organisation][0] += outcome in (Answer.Outcome.ADOPTED, Answer.Outcome.PARTLY)
            tallies[organisation][1] += 1
    return {organisation: Share(*tally) for organisation, tally in tallies.items()}


def _outcomes(kind: str, start: datetime, end: datetime) -> list[tuple[int, str]]:
    answered = AnsweredInput.objects.filter(
        **{f"{kind}__organisation__isnull": False, f"{kind}__status": Contribution.Status.VISIBLE},
        answer__published_at__gte=start,
        answer__published_at__lt=end,
    )
    return list(answered.values_list(f"{kind}__organisation", "answer__outcome"))


def years_with_tasks(today: date) -> list[int]:
    """The years that the board can be asked for, the newest first."""
    first = RectificationTask.objects.order_by("created").values_list("created", flat=True).first()
    return list(range(today.year, (first.year if first else today.year) - 1, -1))
