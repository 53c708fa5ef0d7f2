"""Who opens and keeps opinion maps, who takes part in them, and who may see what comes out."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation
from participation.consultations.stages import Deed, require, require_keeper
from participation.deliberation.models import Conversation, MapBan, MapParticipant
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import Closed, GongzhiError, NotAllowed

Reader = User | AnonymousUser | None

# Whoever has answered so many statements is not led by what others said any more.
ANSWERS_FOR_RESULTS = 10


def require_map_keeper(user: Reader, consultation: Consultation) -> User:
    """A moderator, or an officer of the department that the consultation is about."""
    return require_keeper(user, consultation.department, consultation.programme)


def may_keep(user: Reader, conversation: Conversation) -> bool:
    try:
        require_map_keeper(user, conversation.consultation)
    except GongzhiError:
        return False
    return True


def participant_of(user: Reader, conversation: Conversation) -> MapParticipant | None:
    if not isinstance(user, User):
        return None
    return MapParticipant.objects.filter(conversation=conversation, person=user).first()


def ban_of(user: Reader, conversation: Conversation) -> MapBan | None:
    """The exclusion under which somebody stands now."""
    if not isinstance(user, User):
        return None
    found = MapBan.objects.filter(participant__conversation=conversation, participant__person=user)
    ban: MapBan | None = found.in_force().first()
    return ban


def require_open(conversation: Conversation) -> None:
    if conversation.closed_at is not None:
        raise Closed(_("This opinion map is closed. Its result is published."))


def require_voice(user: Reader, conversation: Conversation, group: str) -> User:
    """Whoever may answer statements and add some, for one side: as the consultation has it, while the map is open."""
    require_open(conversation)
    person = require(user, Deed.VOTE_ON_STATEMENTS, conversation.consultation, group=StakeholderGroup(group))
    ban = ban_of(person, conversation)
    if ban is not None:
        raise NotAllowed(_("You were excluded from this opinion map: %(reason)s") % {"reason": ban.reason})
    return person


def answers_needed(shown: int) -> int:
    """How many answers of theirs open the result to somebody, where ``shown`` statements are public."""
    return max(1, min(ANSWERS_FOR_RESULTS, shown))
