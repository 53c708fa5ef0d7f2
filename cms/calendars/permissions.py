"""Who maintains the calendar of working days, and who enters the periods of laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.errors import NotAllowed, SignInRequired

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def may_maintain(user: User | AnonymousUser) -> bool:
    return bool(user.is_authenticated and user.is_active and user.has_role("editor", "reviewer"))


def require_may_maintain(user: User | AnonymousUser | None) -> None:
    """Budget editors and reviewers. None is the operator at the command line, who holds the database anyway."""
    if user is None:
        return
    if not user.is_authenticated:
        raise SignInRequired
    if not may_maintain(user):
        raise NotAllowed


def require_may_enter_clocks(user: User | AnonymousUser | None) -> None:
    """Reviewers: a period says who is late."""
    if user is None:
        return
    if not user.is_authenticated:
        raise SignInRequired
    if not user.has_role("reviewer"):
        raise NotAllowed
