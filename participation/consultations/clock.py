"""When an answer is due, and what happens until then: reminders, and an escalation when it is late.

Nobody decides on these steps: the service takes them by its clock, each once (``ClockStep``). How far a period has
come is counted in days; its end is a working day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cms.calendars.clocks import clock_on
from cms.calendars.models import CHINA
from cms.calendars.working_days import add_working_days
from participation.consultations.models import ClockStep, Consultation, Contribution, Stage
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.stakeholders.models import Appointment, Role, User
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

COMMENT_PERIOD, ANSWER, ANSWER_EXTENSION = "C1", "C2", "C2-extension"
# Where no rule is on record.
DAYS_TO_ANSWER = 20
DAYS_OF_EXTENSION = 20
LATER_ROOMS = ("feedback_set", "evaluation_set")
WORDS_OF_STEP = {ClockStep.Step.LATE: "escalated", ClockStep.Step.FORGOTTEN: "escalated"}
REMINDERS = ((1.0, ClockStep.Step.DUE), (0.8, ClockStep.Step.MOST), (0.5, ClockStep.Step.HALF))


def days_to_answer(day: date, jurisdiction: str = CHINA) -> int:
    """The most working days that an answer may take, by the rule of that day."""
    clock = clock_on(ANSWER, day, jurisdiction)
    return clock.days if clock and clock.days else DAYS_TO_ANSWER


def answer_due(received: datetime, consultation: Consultation) -> date:
    """The last day for an answer to what was received, in local time."""
    return add_working_days(timezone.localdate(received), consultation.answer_within_days, consultation.jurisdiction)


def extended_due(due_on: date, jurisdiction: str) -> date:
    """The new last day where the time for an answer is extended."""
    clock = clock_on(ANSWER_EXTENSION, due_on, jurisdiction)
    return add_working_days(due_on, clock.days if clock and clock.days else DAYS_OF_EXTENSION, jurisdiction)


def shortest_comment_period(day: date, jurisdiction: str) -> timedelta | None:
    """How long a major decision has to be open for comments; None where no rule is on record for that day."""
    clock = clock_on(COMMENT_PERIOD, day, jurisdiction)
    return timedelta(days=clock.days) if clock and clock.days else None


def unanswered(relation: str) -> QuerySet[Any]:
    """Public input of one kind that nobody has answered yet."""
    model: Any = Consultation._meta.get_field(relation).related_model
    found: QuerySet[Any] = model._default_manager.filter(
        status=Contribution.Status.VISIBLE, answered__isnull=True, due_on__isnull=False
    )
    return found


def step_reached(received: date, due_on: date, today: date) -> ClockStep.Step | None:
    """The last step that the clock of an unanswered input has come to."""
    if today > due_on:
        return ClockStep.Step.LATE
    passed, whole = (today - received).days, max(1, (due_on - received).days)
    return next((step for share, step in REMINDERS if passed >= share * whole), None)


@dataclass(frozen=True)
class Due:
    """A step that has to be taken now for ``record``: an input, or a consultation without an outcome."""

    consultation: Consultation
    record: Any
    step: ClockStep.Step
    due_on: date


def steps_due(today: date) -> list[Due]:
    """What has to be done today and has not been done; three queries and one for the steps taken."""
    found: list[Due] = []
    for relation in LATER_ROOMS:
        for said in unanswered(relation).select_related("consultation__department", "consultation__programme"):
            step = step_reached(timezone.localdate(said.created), said.due_on, today)
            if step is not None:
                found.append(Due(said.consultation, said, step, said.due_on))
    forgotten = Stage.objects.filter(
        kind=Stage.Kind.CLOSED, starts_at__lte=timezone.now(), consultation__outcome_at__isnull=True
    ).select_related("consultation__department", "consultation__programme")
    for stage in forgotten:
        day = timezone.localdate(stage.starts_at)
        found.append(Due(stage.consultation, stage.consultation, ClockStep.Step.FORGOTTEN, day))
    refs = {due.record.row_id for due in found}
    taken = set(ClockStep.objects.filter(record_ref__in=refs).values_list("record_ref", "step", "due_on"))
    return [due for due in found if (due.record.row_id, due.step.value, due.due_on) not in taken]


@transaction.atomic
def give_days_due() -> int:
    """Give its last day to every input that was received before each kept its own. Returns how many there were.

    Nobody acts, and nothing is decided: it is the day that the page has named all along.
    """
    given = 0
    for relation in LATER_ROOMS:
        model: Any = Consultation._meta.get_field(relation).related_model
        without = model._default_manager.filter(due_on__isnull=True).select_related("consultation")
        for said in without.select_for_update(of=("self",)):
            said.due_on = said.answer_due_on
            with acting(None):
                said.save(update_fields=["due_on"])
            append_leaf(
                LeafKind(f"{said._meta.model_name}.dated"),
                said,
                public={"due_on": said.due_on.isoformat()},
                committed={},
            )
            given += 1
    return given


def take_steps() -> list[ClockStep]:
    """Regular work: remind, and pass on what is late. What two processes do at once happens once."""
    give_days_due()
    return [step for due in steps_due(timezone.localdate()) if (step := _take(due)) is not None]


@transaction.atomic
def _take(due: Due) -> ClockStep | None:
    step, is_new = ClockStep.objects.get_or_create(
        record_ref=due.record.row_id,
        step=due.step,
        due_on=due.due_on,
        defaults={"consultation": due.consultation},
    )
    if not is_new:
        return None
    announce(
        Kind.DEADLINE,
        due.record,
        to=people_to_tell(due),
        words={"step": WORDS_OF_STEP.get(due.step, "near"), "on": due.due_on.isoformat()},
        key=f"{due.step} {due.due_on}",
    )
    return step


def people_to_tell(due: Due) -> list[User]:
    """Moderators and the officers of the department that is asked about; auditors too, once something is late."""
    about = due.consultation
    department = about.department_id or (about.programme.department_id if about.programme else None)
    offices = Q(role=Role.MODERATOR) | Q(role=Role.OFFICER, department=department, department__isnull=False)
    if due.step in (ClockStep.Step.LATE, ClockStep.Step.FORGOTTEN):
        offices |= Q(role=Role.AUDITOR)
    holders = Appointment.objects.current().filter(offices, person__is_active=True).values("person")
    return list(User.objects.filter(pk__in=holders).order_by("pk"))
