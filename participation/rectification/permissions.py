"""Who may do what to a rectification task. The one who did the work never checks it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from participation.balance.models import AnsweredInput
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Mandate, Role, User


def may_work_on(user: User | AnonymousUser, task: RectificationTask) -> bool:
    """The responsible officer, or another officer of the responsible department."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return task.officer_id == user.pk or (
        user.appointments.current().filter(role=Role.OFFICER, department=task.department_id).exists()
    )


def evaluated_by(user: User, task: RectificationTask) -> bool:
    """Whether the task goes back to an evaluation of ``user``, or of an organisation that ``user`` acts for."""
    evaluations = AnsweredInput.objects.filter(answer=task.finding.answer_id, evaluation__isnull=False)
    organisations = Mandate.objects.current().filter(person=user).values("organisation")
    return (
        evaluations.filter(evaluation__author=user).exists()
        or evaluations.filter(evaluation__organisation__in=organisations).exists()
    )


def may_verify(user: User | AnonymousUser, task: RectificationTask) -> bool:
    """A moderator, or the evaluator whose finding it is; never somebody who worked on the task."""
    if not isinstance(user, User) or not user.is_active or may_work_on(user, task):
        return False
    if task.progress_reports.filter(posted_by=user).exists():
        return False
    return user.has_role(Role.MODERATOR) or evaluated_by(user, task)
