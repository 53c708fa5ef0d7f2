"""Who nominates, judges, decides and appeals. Nobody has two parts in the same matter."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.recognition.models import Award, AwardAppeal, Juror, Nomination
from participation.stakeholders.models import Mandate, Role, User
from participation.stakeholders.permissions import require_person, require_right
from portal.charter.matrix import Act, offices
from portal.errors import NotAllowed

Reader = User | AnonymousUser


def may(user: Reader, act: Act) -> bool:
    return isinstance(user, User) and user.has_role(*offices(act))


def require_keeper(user: Reader | None) -> User:
    """Moderators open an award, admit nominations and name the jury."""
    return require_right(user, Act.KEEP_AWARD)


def juror_of(user: Reader, award: Award) -> Juror | None:
    return award.jurors.filter(person=user).first() if isinstance(user, User) else None


def require_juror(user: Reader | None, juror: Juror) -> User:
    person = require_person(user)
    if juror.person_id != person.pk:
        raise NotAllowed(_("Only this member of the jury says this."))
    return person


def has_interest(person: User, nomination: Nomination) -> bool:
    """Who nominated a case, works in its department, or acts for the organisation that nominated it, judges it not."""
    if person.pk in (nomination.author_id, nomination.task.officer_id):
        return True
    own = person.appointments.current().filter(role=Role.OFFICER, department=nomination.task.department_id)
    acts_for = Mandate.objects.current().filter(person=person, organisation=nomination.organisation_id)
    return own.exists() or (nomination.organisation_id is not None and acts_for.exists())


def require_decider(user: Reader | None, award: Award) -> User:
    """A budget reviewer who has no other part in the award."""
    person = require_right(user, Act.DECIDE_AWARD)
    if award.jurors.filter(person=person).exists():
        raise NotAllowed(_("You sit on the jury of this award. Somebody else has to decide."))
    if any(has_interest(person, each) for each in award.nominations.admitted().select_related("task")):
        raise NotAllowed(_("You have a part in one of the cases. Somebody else has to decide."))
    return person


def require_judge_of_award_appeal(user: Reader | None, appeal: AwardAppeal) -> User:
    """A moderator or reviewer who neither decided on the award, nor judged it, nor wrote the appeal."""
    person = require_right(user, Act.DECIDE_AWARD_APPEAL)
    nomination = appeal.commendation.nomination
    award = nomination.award
    if person.pk in (award.decided_by_id, appeal.author_id) or has_interest(person, nomination):
        raise NotAllowed(_("You had a part in this. Somebody who had none decides on the appeal."))
    if award.jurors.filter(person=person).exists():
        raise NotAllowed(_("You had a part in this. Somebody who had none decides on the appeal."))
    return person


def require_case_writer(user: Reader | None) -> User:
    return require_right(user, Act.DRAFT_CASE)
