"""What a new task has to say, and how it is written. For the actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from cms.calendars.working_days import add_working_days
from cms.performance.models import Indicator
from participation.rectification.models import Finding, RectificationTask, WantedEvidence
from participation.rectification.moving import announce_live
from participation.rectification.notices import announce_step
from participation.rectification.periods import jurisdiction_of
from participation.stakeholders.models import Appointment, Role, User
from portal.errors import Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = RectificationTask.Status
LONGEST_PERIOD = 1000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Who puts something right, by when, and how one will see it. One of ``due_on`` and ``working_days`` is needed.

    ``wanted``: (evidence, weight). ``money`` is in minor units. ``weight`` counts within ``parent``.
    """

    title: str
    department: Department
    officer: User
    title_en: str = ""
    due_on: date | None = None
    working_days: int | None = None
    supervisor: User | None = None
    co_departments: Sequence[Department] = ()
    wanted: Sequence[tuple[str, int]] = ()
    indicator: Indicator | None = None
    indicator_target: str = ""
    money: int | None = None
    parent: RectificationTask | None = None
    weight: int = 1
    external_id: str = ""

    @property
    def last_day(self) -> date:
        """Counted from today, where working days were given."""
        if self.working_days is not None:
            return add_working_days(timezone.localdate(), self.working_days, jurisdiction_of(self.department))
        if self.due_on is None:
            raise Invalid(_("Please give a deadline, or a number of working days."), field="due_on")
        return self.due_on


def check_plan(plan: Plan) -> None:
    """Raise ``Invalid`` where a plan is incomplete or does not fit together."""
    if not plan.title.strip():
        raise Invalid(_("Please say what has to be put right, and what will be done."), field="title")
    if plan.working_days is not None and not 1 <= plan.working_days <= LONGEST_PERIOD:
        raise Invalid(_("Please give a number of working days from 1 to 1000."), field="working_days")
    if plan.last_day <= timezone.localdate():
        raise Invalid(_("The deadline has to lie in the future."), field="due_on")
    require_officer(plan.officer, plan.department)
    if plan.department in plan.co_departments:
        raise Invalid(_("The responsible department does not help itself."), field="co_departments")
    if plan.supervisor is not None:
        require_supervisor(plan.supervisor, plan.officer, plan.department)
    if plan.weight < 1 or any(weight < 1 for _text, weight in plan.wanted):
        raise Invalid(_("A weight is a whole number from 1."), field="wanted")
    if plan.money is not None and plan.money < 0:
        raise Invalid(_("Money at stake is not below zero."), field="money")
    if plan.parent is not None and plan.parent.is_at_rest:
        raise Invalid(_("The task that it is to be part of is finished."), field="parent")


def require_officer(officer: User, department: Department) -> None:
    if not officer.appointments.current().filter(role=Role.OFFICER, department=department).exists():
        raise Invalid(_("The responsible officer has to belong to the responsible department."), field="officer")


def require_supervisor(supervisor: User, officer: User, department: Department) -> None:
    of_government = supervisor.appointments.current().filter(department__government=department.government_id)
    if supervisor == officer or not of_government.exists():
        raise Invalid(
            _("The supervising leader holds an office in this government, and is not the officer."), field="supervisor"
        )


def first_officer_of(department: Department) -> User:
    """Whoever has been an officer of a department the longest. Raises ``Invalid`` where it has none."""
    offices = Appointment.objects.current().filter(role=Role.OFFICER, department=department, person__is_active=True)
    office = offices.select_related("person").order_by("granted_at", "pk").first()
    if office is None:
        raise Invalid(_("That department has no officer who could be made responsible."), field="department")
    return office.person


def record_finding(*, acting_user: User, **fields: Any) -> Finding:
    with acting(acting_user):
        finding: Finding = Finding.objects.create(recorded_by=acting_user, **fields)
    append_leaf(
        LeafKind.FINDING_RECORDED,
        finding,
        public={"answer": str(finding.answer.row_id) if finding.answer else None, "severity": finding.severity},
        committed={"text": finding.text},
    )
    return finding


def write_task(finding: Finding, plan: Plan, *, drafted: bool, acting_user: User) -> RectificationTask:
    """A task with its evidence, and its leaf. What is only drafted is told to nobody."""
    check_plan(plan)
    with acting(acting_user):
        task: RectificationTask = RectificationTask.objects.create(
            finding=finding,
            status=Status.DRAFTED if drafted else Status.ASSIGNED,
            assigned_at=None if drafted else timezone.now(),
            due_on=plan.last_day,
            opened_by=acting_user,
            title=plan.title.strip(),
            title_en=plan.title_en.strip(),
            **{
                name: getattr(plan, name)
                for name in (
                    *("department", "officer", "supervisor", "working_days", "indicator", "indicator_target"),
                    *("money", "parent", "weight", "external_id"),
                )
            },
        )
    if plan.co_departments:
        task.co_departments.set(plan.co_departments)
    wanted = [WantedEvidence(task=task, text=text.strip(), weight=weight) for text, weight in plan.wanted]
    WantedEvidence.objects.bulk_create(wanted)
    append_leaf(
        LeafKind.TASK_OPENED,
        task,
        public={
            "finding": str(finding.row_id),
            "department": str(plan.department.row_id),
            "due_on": task.due_on.isoformat(),
        },
        committed={"title": task.title},
    )
    if not drafted:
        announce_live(task)
        announce_step(task, "opened", acting_user=acting_user)
    return task
