"""Taking tasks up the ladder as time passes. Each rung is taken once for each deadline; an extension begins anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db import transaction
from django.utils import timezone

from cms.calendars.working_days import lineage, working_days_between
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.rectification import moving
from participation.rectification.ladder.actions import propose_consequence
from participation.rectification.ladder.models import Consequence, EscalationRung, EscalationStep
from participation.rectification.models import RectificationTask
from participation.rectification.periods import jurisdiction_of
from participation.stakeholders.models import Appointment, Role, User
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Deed = EscalationRung.Deed
Status = RectificationTask.Status
# Whoever waits for others is not late: a draft for the desk, a submitted task for its check, a disputed one for a
# decision.
WAITING = (Status.DRAFTED, Status.SUBMITTED, Status.DISPUTED)


@dataclass(frozen=True)
class Due:
    """A rung that a task has come to and that was not taken."""

    task: RectificationTask
    rung: EscalationRung


def rungs_due(today: date | None = None) -> list[Due]:
    """What a sweep would do today; nothing is changed. Three queries, and one for each deadline that has passed.

    Of the rungs within the period only the highest that was reached counts: nobody is reminded three times at once.
    """
    today = today or timezone.localdate()
    rungs = list(EscalationRung.objects.valid_on(today))
    if not rungs:
        return []
    tasks = RectificationTask.objects.exclude(status__in=(*RectificationTask.AT_REST, *WAITING))
    taken = set(EscalationStep.objects.filter(task__in=tasks).values_list("task", "rung", "due_on"))

    @cache
    def days_late(due_on: date, place: str) -> int:
        return working_days_between(due_on, today, place)

    found = []
    for task in tasks.select_related("officer", "supervisor", "department__government"):
        place = jurisdiction_of(task.department)
        late = days_late(task.due_on, place) if today > task.due_on else 0
        here = [rung for rung in rungs if rung.jurisdiction in lineage(place)]
        reached = [rung for rung in here if _is_reached(task, rung, today, late)]
        within = [rung for rung in reached if rung.basis == EscalationRung.Basis.PERCENT]
        chosen = sorted(within, key=lambda rung: rung.threshold)[-1:]
        chosen += [rung for rung in reached if rung.basis == EscalationRung.Basis.OVERDUE]
        found += [Due(task, rung) for rung in chosen if (task.pk, rung.pk, task.due_on) not in taken]
    return found


def _is_reached(task: RectificationTask, rung: EscalationRung, today: date, days_late: int) -> bool:
    if rung.basis == EscalationRung.Basis.OVERDUE:
        return today > task.due_on and days_late >= rung.threshold
    began = timezone.localdate(task.assigned_at or task.created)
    return (today - began).days * 100 >= rung.threshold * max(1, (task.due_on - began).days)


def sweep(today: date | None = None) -> list[EscalationStep]:
    """Take every rung that is due. What two processes do at once happens once."""
    return [step for due in rungs_due(today) if (step := take_rung(due)) is not None]


@transaction.atomic
def take_rung(due: Due) -> EscalationStep | None:
    """None where it was taken, or the task is not late any more since it was found."""
    task, rung = moving.locked(due.task), due.rung
    if task.due_on != due.task.due_on or task.status in (*RectificationTask.AT_REST, *WAITING):
        return None
    step, is_new = EscalationStep.objects.get_or_create(task=task, rung=rung, due_on=task.due_on)
    if not is_new:
        return None
    if rung.deed != Deed.REMIND:
        append_leaf(
            LeafKind.TASK_ESCALATED,
            step,
            public={"task": str(task.row_id), "deed": rung.deed, "due_on": task.due_on.isoformat()},
            committed={},
        )
    if rung.deed == Deed.ACCOUNT:
        propose_consequence(task, kind=Consequence.Kind.ACCOUNTABILITY, acting_user=None)
    word = "near" if timezone.localdate() <= task.due_on else "passed" if rung.deed == Deed.REMIND else "escalated"
    announce(
        Kind.DEADLINE,
        task,
        to=_people(Due(task, rung)),
        words={"step": word, "on": task.due_on.isoformat()},
        key=f"rung {rung.pk} {task.due_on}",
    )
    return step


def _people(due: Due) -> Iterable[User]:
    """The officer; from the second rung on the supervising leader too, and the desk where there is none."""
    task = due.task
    if due.rung.deed == Deed.REMIND:
        return [task.officer]
    if task.supervisor is not None:
        return [task.officer, task.supervisor]
    desk = Appointment.objects.current().filter(role=Role.MODERATOR, person__is_active=True).values("person")
    return [task.officer, *User.objects.filter(pk__in=desk)]
