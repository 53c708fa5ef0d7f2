"""Who may bring budgets into the portal, and who may put them before the public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.errors import NotAllowed, SignInRequired

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def require_may_import(user: User | AnonymousUser | None) -> None:
    """Budget editors and reviewers. None is the operator at the command line, who holds the database anyway."""
    _require_role(user, "editor", "reviewer")


def require_may_publish(user: User | AnonymousUser | None) -> None:
    """Budget reviewers: publishing is the step that somebody other than the editor takes."""
    _require_role(user, "reviewer")


def _require_role(user: User | AnonymousUser | None, *roles: str) -> None:
    if user is None:
        return
    if not user.is_authenticated:
        raise SignInRequired
    if not user.has_role(*roles):
        raise NotAllowed
