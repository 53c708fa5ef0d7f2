"""Who prepares a decision, who rates, and who looks at what was flagged."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation
from participation.consultations.stages import Deed, Offer, Verdict, offer, require, require_keeper
from participation.decisions.models import DecisionRoom
from participation.decisions.voting.models import DecisionSeat
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.permissions import require_right
from participation.stakeholders.queries import Standing
from portal.charter.matrix import Act
from portal.errors import GongzhiError, NotAllowed

Reader = User | AnonymousUser | None


def require_decision_keeper(user: Reader, consultation: Consultation) -> User:
    """A moderator, or an officer of the department that the consultation is about."""
    return require_keeper(user, consultation.department, consultation.programme)


def may_keep(user: Reader, room: DecisionRoom) -> bool:
    try:
        require_decision_keeper(user, room.consultation)
    except GongzhiError:
        return False
    return True


def require_judge(user: Reader) -> User:
    """An auditor, who says whether a flagged ballot counts without seeing what is in it."""
    return require_right(user, Act.JUDGE_BALLOT)


def require_legal_unit(user: Reader) -> User:
    """Whoever writes down what the legal unit finds."""
    return require_right(user, Act.RECORD_LEGAL_FINDING)


def seat_of(standing: Standing, room: DecisionRoom) -> DecisionSeat | None:
    """The seat on the roster whose ballot is cast for an organisation; None for citizens.

    Raises ``NotAllowed`` for an organisation that is not on the roster.
    """
    if standing.organisation is None:
        return None
    seats = room.seats.select_related("votes_with").filter(removed_at__isnull=True)
    found = seats.filter(organisation=standing.organisation).first()
    if found is None:
        raise NotAllowed(_("This organisation is not on the roster of the decision."))
    head: DecisionSeat = found.head
    return head


def require_voice(user: Reader, room: DecisionRoom, standing: Standing) -> tuple[User, DecisionSeat | None]:
    """Somebody who may take part for this side, and the seat whose ballot is theirs."""
    person = require(user, Deed.RATE_OPTIONS, room.consultation, group=standing.group)
    if standing.organisation is None and standing.group != StakeholderGroup.CITIZEN:
        raise NotAllowed
    return person, seat_of(standing, room)


def voices(user: User | AnonymousUser, room: DecisionRoom) -> Offer:
    """For which sides somebody may take part now; with none, why not."""
    found = offer(user, Deed.RATE_OPTIONS, room.consultation)
    if not found.standings:
        return found
    seated, error = [], None
    for standing in found.standings:
        try:
            seat_of(standing, room)
        except NotAllowed as refused:
            error = refused
        else:
            seated.append(standing)
    return Offer(Verdict(None if seated else error), tuple(seated))
