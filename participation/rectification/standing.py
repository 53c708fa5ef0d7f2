"""How departments keep their promises, and what waits for whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.balance.models import AnsweredInput
from participation.consultations.models import Contribution
from participation.rectification.course import Extension, TaskStep
from participation.rectification.ladder.models import Consequence
from participation.rectification.models import RectificationTask
from participation.rectification.photos.models import PlacePhoto
from participation.rectification.queries import Reader, tasks_for
from participation.rectification.questions.models import RecommendationQuestion
from participation.stakeholders.models import Mandate, Role, User

Status = RectificationTask.Status


@dataclass
class OfDepartment:
    """``median_days``: from the day a task was assigned to the day it was verified; None without a verified one."""

    department: Department
    total: int = 0
    closed: int = 0
    overdue: int = 0
    reopened: int = 0
    extended: int = 0
    days: list[int] = field(default_factory=list)

    @property
    def median_days(self) -> float | None:
        return median(self.days) if self.days else None

    @property
    def closing_rate(self) -> float | None:
        """Verified of all that were assigned, as a ratio."""
        return self.closed / self.total if self.total else None


def of_departments(user: Reader) -> list[OfDepartment]:
    """Every department with tasks that ``user`` may see, by its code. Four queries."""
    tasks = RectificationTask.objects.visible_to(user).exclude(status__in=(Status.DRAFTED, Status.WITHDRAWN))
    rows: dict[int, OfDepartment] = {}
    departments = Department.objects.filter(tasks__in=tasks).distinct().order_by("code", "name")
    for department in departments:
        rows[department.pk] = OfDepartment(department)
    today = timezone.localdate()
    values = tasks.order_by().values_list("department", "status", "due_on", "assigned_at", "created", "verified_at")
    for department_pk, status, due_on, assigned_at, created, verified_at in values:
        row = rows[department_pk]
        row.total += 1
        if status in RectificationTask.PROVEN:
            row.closed += 1
            if verified_at is not None:
                row.days.append((verified_at - (assigned_at or created)).days)
        elif due_on < today:
            row.overdue += 1
    reopened = TaskStep.objects.filter(task__in=tasks, kind=TaskStep.Kind.REOPEN)
    for department_pk in reopened.order_by().values_list("task__department", flat=True):
        rows[department_pk].reopened += 1
    extended = Extension.objects.filter(task__in=tasks, status=Extension.Status.APPROVED)
    for department_pk in extended.order_by().values_list("task__department", flat=True):
        rows[department_pk].extended += 1
    return list(rows.values())


@dataclass(frozen=True)
class Waiting:
    """One thing to do: what, where, and by when, where there is a day."""

    what: str | Promise
    task: RectificationTask
    url: str
    due_on: date | None = None

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate()


def inbox_of(person: User) -> list[tuple[str | Promise, list[Waiting]]]:
    """What waits for somebody, what is due first on top: for the own departments, for the desk, for evaluators."""
    found: dict[str, list[Waiting]] = defaultdict(list)
    own = person.appointments.current().filter(role=Role.OFFICER).values("department")
    if person.has_role(Role.OFFICER):
        found["department"] = _of_department(person, Q(department__in=own))
    part = Q(department__in=own) | Q(supervisor=person) | Q(co_departments__in=own)
    if person.has_role(Role.MODERATOR):
        found["desk"] = _of_desk(person, part)
    if person.has_role(Role.REVIEWER):
        found["money"] = _of_reviewers(person, part)
    explaining = _to_explain(person)
    if explaining:
        found["evaluator"] = explaining
    supervised = _under(person)
    if supervised:
        found["supervised"] = supervised
    return [(INBOXES[name], sorted(items, key=_by_day)) for name, items in found.items()]


INBOXES: dict[str, str | Promise] = {
    "department": _("For your department"),
    "desk": _("For the desk"),
    "money": _("For the budget reviewers"),
    "evaluator": _("For the evaluator"),
    "supervised": _("Under your supervision"),
}
TO_DO: dict[str, str | Promise] = {
    Status.ASSIGNED: _("Accept or dispute it"),
    Status.ACCEPTED: _("Begin, and report progress"),
    Status.IN_PROGRESS: _("Report progress, then submit it"),
    Status.RETURNED: _("Returned: look at the reasons and report again"),
}


def _by_day(item: Waiting) -> tuple[date, int]:
    return item.due_on or date.max, item.task.pk


def _waiting(what: str | Promise, task: RectificationTask, due_on: date | None = None, url: str = "") -> Waiting:
    """What was verified is not late any more, whatever still waits about it."""
    return Waiting(what, task, url or task.get_absolute_url(), due_on or (None if task.is_at_rest else task.due_on))


def _of_department(person: User, own: Q) -> list[Waiting]:
    tasks = tasks_for(person).filter(own, status__in=TO_DO)
    items = [_waiting(TO_DO[task.status], task) for task in tasks]
    decided = Consequence.objects.visible_to(person).filter(own, status=Consequence.Status.DECIDED)
    standing = decided.filter(appeal_until__gte=timezone.localdate()).select_related("task__department")
    items += [_waiting(_("You may appeal"), each.task, each.appeal_until, each.get_absolute_url()) for each in standing]
    return items


def _of_desk(person: User, part: Q) -> list[Waiting]:
    """Nothing that the moderator has a part in: others decide on that."""
    foreign = tasks_for(person).exclude(part)
    items = [_waiting(_("Assign the draft"), task) for task in foreign.filter(status=Status.DRAFTED)]
    items += [_waiting(_("Decide the dispute"), task) for task in foreign.filter(status=Status.DISPUTED)]
    items += [_waiting(_("Verify, or call a panel"), task) for task in foreign.filter(status=Status.SUBMITTED)]
    items += [_waiting(_("Close the task"), task) for task in foreign.filter(status=Status.VERIFIED)]
    held: list[tuple[str | Promise, Any]] = [
        (_("Decide on more time"), Extension.objects.filter(status=Extension.Status.ASKED)),
        (_("Look at a photo"), PlacePhoto.objects.filter(status=PlacePhoto.Status.HELD)),
    ]
    for what, records in held:
        shown = records.filter(task__in=foreign).select_related("task__department")
        items += [_waiting(what, each.task) for each in shown]
    asked = _without_evaluator().filter(task__in=foreign).select_related("task__department")
    what = _("Answer the question on the recommendation")
    items += [_waiting(what, each.task, each.due_on, each.get_absolute_url()) for each in asked]
    open_ones = Consequence.objects.filter(status__in=(Consequence.Status.PROPOSED, Consequence.Status.APPEALED))
    for each in open_ones.filter(task__in=foreign).select_related("task__department"):
        what = _("Decide on the appeal") if each.status == Consequence.Status.APPEALED else _("Decide by name")
        items.append(_waiting(what, each.task, None, each.get_absolute_url()))
    return items


def _without_evaluator() -> QuerySet[RecommendationQuestion]:
    """Questions that nobody has answered, and that no public evaluation led to (see ``may_explain``)."""
    visible = Contribution.Status.VISIBLE
    inputs = AnsweredInput.objects.filter(answer=OuterRef("task__finding__answer"), evaluation__status=visible)
    found = RecommendationQuestion.objects.filter(~Exists(inputs), answered_at__isnull=True)
    return found.exclude(task__finding__evaluation_finding__evaluation__status=visible)


def _of_reviewers(person: User, part: Q) -> list[Waiting]:
    proven = tasks_for(person).exclude(part).filter(status__in=RectificationTask.PROVEN, budget_linkage__isnull=True)
    return [_waiting(_("Decide what it means for the money"), task) for task in proven]


def _under(leader: User) -> list[Waiting]:
    """What somebody supervises, and what an accountability record was proposed for."""
    tasks = tasks_for(leader).filter(supervisor=leader)
    running = tasks.exclude(status__in=(*RectificationTask.AT_REST, Status.DRAFTED))
    items = [_waiting(_("Supervised by you"), task) for task in running]
    proposed = Consequence.objects.filter(
        task__in=tasks, kind=Consequence.Kind.ACCOUNTABILITY, status=Consequence.Status.PROPOSED
    )
    items += [
        _waiting(_("Decide by name"), each.task, None, each.get_absolute_url())
        for each in proposed.select_related("task__department")
    ]
    return items


def _to_explain(person: User) -> list[Waiting]:
    organisations = Mandate.objects.current().filter(person=person).values("organisation")
    questions = RecommendationQuestion.objects.visible_to(person).filter(answered_at__isnull=True)
    evaluated = Q(task__finding__evaluation_finding__evaluation__organisation__in=organisations)
    answered = Q(task__finding__answer__inputs__evaluation__organisation__in=organisations)
    mine = questions.filter(evaluated | answered).select_related("task__department").distinct()
    return [
        Waiting(_("Answer the question on your recommendation"), each.task, each.get_absolute_url(), each.due_on)
        for each in mine
    ]
