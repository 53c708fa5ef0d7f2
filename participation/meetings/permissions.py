"""Who convenes and leads meetings, and who takes part in them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.consultations.models import Consultation
from participation.consultations.stages import require_keeper
from participation.meetings.models import Meeting
from participation.meetings.seats.models import MeetingRegistration
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, NotAllowed

Reader = User | AnonymousUser | None


def require_convener(user: Reader, department: Department | None) -> User:
    """A moderator, or an officer of the department whose meeting it is."""
    return require_keeper(user, department, None)


def require_convener_for(user: Reader, consultation: Consultation) -> User:
    """Who looks after a consultation also convenes its meetings."""
    return require_keeper(user, consultation.department, consultation.programme)


def require_meeting_keeper(user: Reader, meeting: Meeting) -> User:
    return require_convener(user, meeting.department)


def may_keep(user: Reader, meeting: Meeting) -> bool:
    try:
        require_meeting_keeper(user, meeting)
    except GongzhiError:
        return False
    return True


def registration_of(user: Reader, meeting: Meeting) -> MeetingRegistration | None:
    """The standing registration of ``user``."""
    if not isinstance(user, User):
        return None
    return MeetingRegistration.objects.standing().filter(meeting=meeting, person=user).first()


def require_present(user: Reader, meeting: Meeting) -> MeetingRegistration:
    """The registration of somebody who is there, or who was there."""
    person = require_person(user)
    found = registration_of(person, meeting)
    if found is None or found.attended_at is None:
        raise NotAllowed(_("This is for those who take part in the meeting, once they have checked in."))
    return found
