"""Who may do what to a rectification task. The one who did the work never checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from participation.balance.models import AnsweredInput
from participation.consultations.models import Contribution
from participation.rectification.models import RectificationTask
from participation.rectification.transitions import Side
from participation.stakeholders.models import Mandate, Organisation, Role, User
from portal.charter.matrix import Act, offices

if TYPE_CHECKING:
    from participation.rectification.ladder.models import Consequence

Reader = User | AnonymousUser


def is_officer_of(user: User, departments: Q | int) -> bool:
    found = user.appointments.current().filter(role=Role.OFFICER)
    return bool(user.has_role(Role.OFFICER) and found.filter(departments_in(departments)).exists())


def departments_in(departments: Q | int) -> Q:
    return Q(department=departments) if isinstance(departments, int) else departments


def may_work_on(user: Reader, task: RectificationTask) -> bool:
    """Whoever is an officer of the responsible department now. The task goes with the office, not with the person."""
    return isinstance(user, User) and is_officer_of(user, task.department_id)


def may_supervise(user: Reader, task: RectificationTask) -> bool:
    """The supervising leader of a task, as long as that person holds an office in this government."""
    if not isinstance(user, User) or not user.is_active or user.pk != task.supervisor_id:
        return False
    return is_officer_of(user, Q(department__government=task.department.government_id))


def may_hold_to_account(user: Reader, consequence: Consequence) -> bool:
    """Who decides by name on what was proposed: the desk; on an accountability record the supervising leader too."""
    if Side.DESK in sides_of(user, consequence.task):
        return True
    return consequence.kind == "accountability" and may_supervise(user, consequence.task)


def may_appeal(user: Reader, consequence: Consequence) -> bool:
    """Officers of the department that it is about, whoever is responsible now; the evaluator of what is commended."""
    if not isinstance(user, User):
        return False
    doubts = consequence.kind == "commendation" and evaluated_by(user, consequence.task)
    return doubts or is_officer_of(user, consequence.department_id)


def may_decide_on_money(user: Reader, task: RectificationTask) -> bool:
    """Budget reviewers without a part in the task say what its result means for a later year's money."""
    if not isinstance(user, User) or not user.is_active or not user.has_role(*offices(Act.DECIDE_ON_MONEY)):
        return False
    return not has_part_in(user, task)


def has_part_in(user: User, task: RectificationTask) -> bool:
    """Whether ``user`` answers or answered for the work, helps or helped with it, or reported: a checker must not."""
    if user.pk in (task.officer_id, task.supervisor_id) or may_work_on(user, task):
        return True
    if task.progress_reports.filter(posted_by=user).exists():
        return True
    earlier = task.steps.filter(department__isnull=False).values("department")
    departments = Q(department=task.department_id) | Q(department__in=earlier)
    departments |= Q(department__in=task.co_departments.values("pk"))
    # Whoever left the office while the task ran is no stranger to it either.
    held = user.appointments.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gte=task.created), role=Role.OFFICER)
    return bool(held.filter(departments).exists())


def evaluated_by(user: User, task: RectificationTask) -> bool:
    """Whether the task goes back to a public evaluation by an organisation that ``user`` acts for now."""
    mandates = Mandate.objects.current().filter(person=user, organisation__status=Organisation.Status.VERIFIED)
    organisations = mandates.values("organisation")
    finding = task.finding
    if finding.evaluation is not None:
        is_shown = finding.evaluation.status == Contribution.Status.VISIBLE
        return is_shown and bool(mandates.filter(organisation=finding.evaluation.organisation_id).exists())
    return AnsweredInput.objects.filter(
        answer=finding.answer_id,
        answer__isnull=False,
        evaluation__status=Contribution.Status.VISIBLE,
        evaluation__organisation__in=organisations,
    ).exists()


def may_verify(user: Reader, task: RectificationTask) -> bool:
    """A moderator, or the evaluator whose finding it is; never somebody who worked on the task."""
    if not isinstance(user, User) or not user.is_active or has_part_in(user, task):
        return False
    return user.has_role(Role.MODERATOR) or evaluated_by(user, task)


def sides_of(user: Reader, task: RectificationTask) -> frozenset[Side]:
    """What ``user`` is to a task. A moderator with a part in it neither decides nor checks."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if may_work_on(user, task):
        return frozenset({Side.RESPONSIBLE})
    if has_part_in(user, task):
        return frozenset()
    if user.has_role(Role.MODERATOR):
        return frozenset({Side.DESK, Side.CHECKER})
    return frozenset({Side.CHECKER}) if evaluated_by(user, task) else frozenset()


def may_ask_about(user: Reader, task: RectificationTask) -> bool:
    """Officers of the responsible department and of those that help."""
    if not isinstance(user, User):
        return False
    return may_work_on(user, task) or is_officer_of(user, Q(department__in=task.co_departments.values("pk")))


def may_report_on(user: Reader, task: RectificationTask) -> bool:
    """Officers of the responsible department; those of the departments that help, once it has accepted the task."""
    return may_work_on(user, task) or (task.status != RectificationTask.Status.ASSIGNED and may_ask_about(user, task))


def may_explain(user: Reader, task: RectificationTask) -> bool:
    """Whoever evaluated; the desk where no organisation did. Never the department that asks."""
    if not isinstance(user, User) or may_ask_about(user, task):
        return False
    return evaluated_by(user, task) or (user.has_role(Role.MODERATOR) and not has_evaluator(task))


def has_evaluator(task: RectificationTask) -> bool:
    if task.finding.evaluation is not None:
        return task.finding.evaluation.status == Contribution.Status.VISIBLE
    evaluated = AnsweredInput.objects.filter(
        answer=task.finding.answer_id, answer__isnull=False, evaluation__status=Contribution.Status.VISIBLE
    )
    return bool(evaluated.exists())


def may_join(user: User, task: RectificationTask) -> bool:
    """Citizens without an office here, and without a part in the task."""
    return not user.held_roles and not user.is_superuser and not has_part_in(user, task)
