"""Who writes an evaluation, checks its form, and replies to it. Whoever wrote it does neither of the others."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.evaluations.calls.models import EvaluationAuthor
from participation.evaluations.calls.permissions import require_not_evaluated
from participation.evaluations.reports.models import EvaluationReport
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import acts_for, require_confirmed, require_right
from portal.charter.matrix import Act
from portal.errors import NotAllowed

Reader = User | AnonymousUser


def is_author(user: Reader, report: EvaluationReport) -> bool:
    if not isinstance(user, User) or not report.seat.is_seated:
        return False
    active = report.seat.authors.filter(person=user, status=EvaluationAuthor.Status.ACTIVE)
    return active.exists() and acts_for(user, report.seat.organisation)


def require_author(user: Reader | None, report: EvaluationReport) -> User:
    person = require_confirmed(user)
    if not is_author(person, report):
        raise NotAllowed(_("Only the authors of this evaluation do this, once they have declared their interests."))
    return person


def require_lead(user: Reader | None, report: EvaluationReport) -> User:
    person = require_author(user, report)
    if report.seat.lead_id != person.pk:
        raise NotAllowed(_("Only the lead of the evaluation does this."))
    return person


def require_checker(user: Reader | None, report: EvaluationReport) -> User:
    """A moderator who had no part in it, and does not belong to the evaluated department."""
    person = require_right(user, Act.CHECK_EVALUATION)
    require_not_evaluated(person, report.programme.department_id)
    if acts_for(person, report.seat.organisation) or report.seat.authors.filter(person=person).exists():
        raise NotAllowed(_("This was said for an organisation that you act for. Somebody else has to decide on it."))
    return person


def require_replier(user: Reader | None, department: Department) -> User:
    """An officer of the evaluated department."""
    person = require_right(user, Act.REPLY_TO_FINDING)
    if not person.appointments.current().filter(role=Role.OFFICER, department=department).exists():
        raise NotAllowed(_("Only officers of the evaluated department reply to its findings."))
    return person
