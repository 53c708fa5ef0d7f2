"""Who may enter what programmes set out to do and reached, and who says how it is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cms.budget.permissions import require_may_publish
from portal.errors import NotAllowed, SignInRequired

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cms.budget.models import Department
    from participation.stakeholders.models import User


def may_report(user: User | AnonymousUser, department: Department) -> bool:
    """Budget editors and reviewers for every department, an officer for the department of the office."""
    if not user.is_authenticated or not user.is_active:
        return False
    if user.has_role("editor", "reviewer"):
        return True
    return (
        user.has_role("officer") and user.appointments.current().filter(role="officer", department=department).exists()
    )


def require_may_report(user: User | AnonymousUser | None, department: Department) -> None:
    """None is the operator at the command line, who holds the database anyway."""
    if user is None:
        return
    if not user.is_authenticated:
        raise SignInRequired
    if not may_report(user, department):
        raise NotAllowed


def require_may_publish_scheme(user: User | AnonymousUser | None) -> None:
    """Budget reviewers: whoever reports scores does not make the rules for them."""
    require_may_publish(user)


def require_works_on_sheets(user: User | AnonymousUser) -> User:
    """Whoever may hand in sheets at all, for whichever department."""
    if not user.is_authenticated:
        raise SignInRequired
    if not user.has_role("editor", "reviewer", "officer"):
        raise NotAllowed
    return user


def may_approve_goals(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and user.is_active and user.has_role("reviewer")


def require_may_approve_goals(user: User | AnonymousUser | None) -> None:
    """Budget reviewers: goals are approved together with the budget, and by somebody other than who sets them."""
    require_may_publish(user)
