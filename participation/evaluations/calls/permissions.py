"""Who calls for evaluations, chooses evaluators, and works on one. Nobody chooses for the own side."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.evaluations.calls.models import EvaluationCall, EvaluatorSeat, is_commissioner
from participation.stakeholders.models import Organisation, Role, User
from participation.stakeholders.permissions import acts_for, require_confirmed, require_right
from participation.stakeholders.queries import Standing
from portal.charter.matrix import Act
from portal.errors import NotAllowed

Reader = User | AnonymousUser


def require_commissioner(user: Reader | None) -> User:
    return require_right(user, Act.CALL_FOR_EVALUATIONS)


def is_evaluated(user: User, department_id: int) -> bool:
    """Whether ``user`` is an officer of the evaluated department, whatever other office that person holds."""
    return bool(user.appointments.current().filter(role=Role.OFFICER, department=department_id).exists())


def require_not_evaluated(user: User, department_id: int) -> None:
    if is_evaluated(user, department_id):
        raise NotAllowed(_("You are an officer of the evaluated department."))


def may_choose(user: Reader, call: EvaluationCall) -> bool:
    return isinstance(user, User) and is_commissioner(user) and not is_evaluated(user, call.department_id)


def require_chooser(user: Reader | None, organisation: Organisation, call: EvaluationCall) -> User:
    """A commissioner who neither acts for the organisation nor belongs to the evaluated department."""
    person = require_commissioner(user)
    require_not_evaluated(person, call.department_id)
    if acts_for(person, organisation):
        raise NotAllowed(_("You act for this organisation. Somebody else has to decide on it."))
    return person


def require_eligible(standing: Standing, call: EvaluationCall) -> Organisation:
    """The organisation of a standing, which may evaluate by the terms of the call."""
    organisation = standing.organisation
    if organisation is None:
        raise NotAllowed(_("An evaluation is given by an organisation. Ask its owner for a mandate to act for it."))
    require_may_evaluate(organisation, call)
    return organisation


def require_may_evaluate(organisation: Organisation, call: EvaluationCall) -> None:
    if organisation.status != Organisation.Status.VERIFIED:
        raise NotAllowed(_("Only a verified organisation evaluates."))
    if call.accredited_only and not organisation.is_accredited:
        raise NotAllowed(
            _("This call is for accredited evaluators. Owners hand in the proof of qualification with the papers.")
        )


def require_member(user: Reader | None, seat: EvaluatorSeat) -> User:
    """Somebody who acts for the organisation now, and is no officer of the department that is evaluated."""
    person = require_confirmed(user)
    if not acts_for(person, seat.organisation):
        raise NotAllowed(_("Only people who act for the organisation do this."))
    require_not_evaluated(person, seat.call.department_id)
    return person
