"""Who opens and keeps rounds of allocation, who says what is feasible, and who proposes and votes."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.allocation.models import Allocation
from participation.allocation.proposals.models import ProjectProposal
from participation.consultations.stages import Deed, require, require_keeper
from participation.stakeholders.levels.queries import Level, require_level
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_confirmed, require_role, require_uninvolved
from portal.errors import Closed, GongzhiError, NotAllowed

Reader = User | AnonymousUser | None


def require_opener(user: Reader, department: Department | None) -> User:
    """A moderator, or an officer of the department whose money it is."""
    return require_keeper(user, department, None)


def require_allocation_keeper(user: Reader, allocation: Allocation) -> User:
    return require_opener(user, allocation.department)


def may_keep(user: Reader, allocation: Allocation) -> bool:
    try:
        require_allocation_keeper(user, allocation)
    except GongzhiError:
        return False
    return True


def require_participant(user: Reader, deed: Deed, allocation: Allocation) -> User:
    """Whoever proposes or votes: for themselves, at the level that the round asks for."""
    if allocation.consultation is not None:
        require(user, deed, allocation.consultation)
    else:
        require_confirmed(user)
    return require_level(user, Level(allocation.required_level))


def require_reviewing_office(user: Reader, department: Department | None) -> User:
    """An officer of the department that was asked."""
    person = require_role(user, Role.OFFICER)
    if department is None:
        raise Closed(_("No department has been asked about this project yet."))
    if not person.appointments.current().filter(role=Role.OFFICER, department=department).exists():
        raise NotAllowed
    return person


def require_reviewer(user: Reader, proposal: ProjectProposal) -> User:
    """As ``require_reviewing_office``, and never the proposer."""
    person = require_reviewing_office(user, proposal.department)
    require_uninvolved(person, author_id=proposal.author_id, organisation=None)
    return person


def may_review(user: Reader, proposal: ProjectProposal) -> bool:
    try:
        require_reviewer(user, proposal)
    except GongzhiError:
        return False
    return True
