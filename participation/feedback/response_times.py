"""How soon departments answer: the league table of everything public that has a clock and waits for an answer.

That is feedback and third-party evaluations. Messages are owed no answer, reports to moderators and of wrongdoing are
not public, and tasks have a tracker of their own; the page says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from cms.budget.models import Department
from participation.consultations.models import Contribution
from participation.small_cells import LEAST, share
from portal.ui.furniture import local

# Where the department stands that each kind concerns: of what it is about, else of the consultation. Evaluations come
# later in the process, so they are asked for by name.
DEPARTMENTS = {
    "participation.Feedback": (
        "line__department",
        "programme__department",
        "indicator__goal__programme_year__programme__department",
        "task__department",
        "consultation__department",
        "consultation__programme__department",
    ),
    "participation.Evaluation": ("programme__department",),
}
COLUMNS = ("department", "department_en", "answered", "median_days", "in_time", "waiting", "late")


@dataclass
class Tally:
    """What was answered after how many days, what of it in time, and what waits, in time or late."""

    days: list[int] = field(default_factory=list)
    in_time: int = 0
    waiting: int = 0
    late: int = 0


@dataclass(frozen=True)
class Row:
    """One department. None: it would tell of fewer than five."""

    department: Department
    answered: int | None
    median_days: float | None
    in_time: float | None
    waiting: int | None
    late: int | None

    @property
    def name(self) -> str:
        return local(self.department, "name")

    @property
    def in_time_percent(self) -> int | None:
        return None if self.in_time is None else round(self.in_time * 100)


def response_times() -> list[Row]:
    """The departments that were asked, the soonest median first, those without one last. Three queries.

    The days are those between receipt and answer; in time is what was answered by the day that was promised.
    """
    today = timezone.localdate()
    tallies: dict[int, Tally] = defaultdict(Tally)
    for *departments, created, due_on, answered_at in _asked():
        department = next((found for found in departments if found is not None), None)
        if department is None:
            continue
        tally = tallies[department]
        if answered_at is not None:
            answered_on = timezone.localdate(answered_at)
            tally.days.append((answered_on - timezone.localdate(created)).days)
            tally.in_time += due_on is None or answered_on <= due_on
        elif due_on is not None and due_on < today:
            tally.late += 1
        else:
            tally.waiting += 1
    rows = [_row(department, tallies[department.pk]) for department in Department.objects.filter(pk__in=tallies)]
    return sorted(rows, key=lambda row: (row.median_days is None, row.median_days or 0, row.department.code))


def _asked() -> Iterator[tuple[Any, ...]]:
    for label, departments in DEPARTMENTS.items():
        found = apps.get_model(label)._default_manager.visible_to(AnonymousUser())
        public = found.filter(status=Contribution.Status.VISIBLE).order_by()
        yield from public.values_list(*departments, "created", "due_on", "answered__answer__published_at")


def _row(department: Department, tally: Tally) -> Row:
    answered = len(tally.days)
    return Row(
        department=department,
        answered=_shown(answered),
        median_days=median(tally.days) if answered >= LEAST else None,
        in_time=share(tally.in_time, answered),
        waiting=_shown(tally.waiting),
        late=_shown(tally.late),
    )


def _shown(number: int) -> int | None:
    return None if 0 < number < LEAST else number


def as_table(rows: Sequence[Row]) -> list[list[object]]:
    """For the file: names in both languages; empty is what is withheld."""
    return [
        [row.department.name, row.department.name_en, row.answered, row.median_days, row.in_time, row.waiting, row.late]
        for row in rows
    ]
