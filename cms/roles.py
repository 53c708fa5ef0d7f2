"""Who holds an office: what the permissions of every room ask.

None is the operator at the command line, who holds the database anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.errors import NotAllowed, SignInRequired

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def holds(user: User | AnonymousUser, *roles: str) -> bool:
    """Whether somebody who is signed in holds any of these offices."""
    return bool(user.is_authenticated and user.is_active and user.has_role(*roles))


def require_role(user: User | AnonymousUser | None, *roles: str) -> None:
    """Raises ``SignInRequired`` for visitors and ``NotAllowed`` for everybody without any of these offices."""
    if user is None:
        return
    if not user.is_authenticated:
        raise SignInRequired
    if not holds(user, *roles):
        raise NotAllowed
