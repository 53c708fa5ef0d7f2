"""Who may add to a draft release before it is published, and who may answer for an error in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cms.budget.checks.models import CheckFinding
from portal.errors import NotAllowed, SignInRequired

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def may_override(user: User | AnonymousUser | None, finding: CheckFinding) -> bool:
    """Reviewers, and an officer for the department of the office. None is the operator, who holds the database anyway.

    Editors may not: whoever prepared a release does not answer for its errors alone.
    """
    if user is None:
        return True
    if not user.is_authenticated or not user.is_active:
        return False
    if user.has_role("reviewer"):
        return True
    if finding.department_id is None or not user.has_role("officer"):
        return False
    return bool(user.appointments.current().filter(role="officer", department=finding.department_id).exists())


def require_signed_in(user: User | AnonymousUser) -> User:
    if not user.is_authenticated:
        raise SignInRequired
    return user


def require_may_override(user: User | AnonymousUser | None, finding: CheckFinding) -> None:
    if user is not None and not user.is_authenticated:
        raise SignInRequired
    if not may_override(user, finding):
        raise NotAllowed
