"""Who may do what to a rectification task. The one who did the work never checks it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from participation.balance.models import AnsweredInput
from participation.consultations.models import Contribution
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Mandate, Organisation, Role, User


def may_work_on(user: User | AnonymousUser, task: RectificationTask) -> bool:
    """Whoever is an officer of the responsible department now. The task goes with the office, not with the person."""
    if not isinstance(user, User) or not user.has_role(Role.OFFICER):
        return False
    return user.appointments.current().filter(role=Role.OFFICER, department=task.department_id).exists()


def evaluated_by(user: User, task: RectificationTask) -> bool:
    """Whether the task goes back to a public evaluation by an organisation that ``user`` acts for now."""
    organisations = Mandate.objects.current().filter(person=user, organisation__status=Organisation.Status.VERIFIED)
    return AnsweredInput.objects.filter(
        answer=task.finding.answer_id,
        evaluation__status=Contribution.Status.VISIBLE,
        evaluation__organisation__in=organisations.values("organisation"),
    ).exists()


def may_verify(user: User | AnonymousUser, task: RectificationTask) -> bool:
    """A moderator, or the evaluator whose finding it is; never somebody who worked on the task."""
    if not isinstance(user, User) or not user.is_active or may_work_on(user, task) or task.officer_id == user.pk:
        return False
    if task.progress_reports.filter(posted_by=user).exists():
        return False
    return user.has_role(Role.MODERATOR) or evaluated_by(user, task)
