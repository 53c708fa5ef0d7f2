"""Who sets rules, who stops them, and who decides on what they propose. A rule itself decides nothing."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.automation.models import READERS, AutomationDeed, AutomationRule
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_right, require_role
from portal.charter.matrix import Act, offices
from portal.errors import NotAllowed

Does = AutomationRule.Does
TASKS = (Does.CHECK_TASK, Does.ALERT_TASK)


def require_may_set_rules(user: User | AnonymousUser | None) -> User | None:
    """Budget reviewers, who set rules elsewhere too. None is the operator, who holds the database anyway."""
    return None if user is None else require_right(user, Act.SET_AUTOMATION)


def require_may_stop_rules(user: User | AnonymousUser | None) -> User:
    return require_right(user, Act.STOP_AUTOMATION)


def require_may_see_queue(user: User | AnonymousUser | None) -> User:
    return require_role(user, Role.OFFICER, *(Role(name) for name in READERS))


def may(user: User | AnonymousUser, act: Act) -> bool:
    return isinstance(user, User) and user.has_role(*offices(act))


def is_officer_of(user: User, department_id: int | None) -> bool:
    own = user.appointments.current().filter(role=Role.OFFICER, department=department_id, department__isnull=False)
    return user.has_role(Role.OFFICER) and own.exists()


def may_decide(user: User | AnonymousUser, deed: AutomationDeed) -> bool:
    """A task: moderators, and officers for their own department. A paragraph: those who prepare disclosures.

    An evaluation: moderators, reviewers, and officers, but never those of the department that is evaluated.
    """
    if not may(user, Act.DECIDE_PROPOSAL) or not isinstance(user, User):
        return False
    own = is_officer_of(user, deed.department_id)
    if deed.does in TASKS:
        return user.has_role(Role.MODERATOR) or own
    if deed.does == Does.FUNNEL:
        return user.has_role(Role.EDITOR, Role.REVIEWER)
    if deed.does == Does.EVALUATION:
        return user.has_role(Role.MODERATOR, Role.REVIEWER, Role.OFFICER) and not own
    return False


def may_dismiss(user: User | AnonymousUser, deed: AutomationDeed) -> bool:
    """As deciding; but a department takes on what is proposed about it, and never turns it down itself."""
    if not may_decide(user, deed) or not isinstance(user, User):
        return False
    return deed.does not in TASKS or (user.has_role(Role.MODERATOR) and not is_officer_of(user, deed.department_id))


def require_may_dismiss(user: User | AnonymousUser | None, deed: AutomationDeed) -> User:
    person = require_may_decide(user, deed)
    if not may_dismiss(person, deed):
        raise NotAllowed(_("A moderator who does not work for this department may turn this down."))
    return person


def require_may_decide(user: User | AnonymousUser | None, deed: AutomationDeed) -> User:
    person = require_right(user, Act.DECIDE_PROPOSAL)
    if not may_decide(person, deed):
        raise NotAllowed(_("Somebody else decides on this: it is not for your office or your department."))
    return person
