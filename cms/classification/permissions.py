"""Who may enter classifications, and who says that two names are one department."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.errors import NotAllowed, SignInRequired

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def may_declare(user: User | AnonymousUser) -> bool:
    return bool(user.is_authenticated and user.is_active and user.has_role("editor", "reviewer"))


def require_may_declare(user: User | AnonymousUser | None) -> None:
    """Budget editors and reviewers. None is the operator at the command line, who holds the database anyway."""
    if user is None:
        return
    if not user.is_authenticated:
        raise SignInRequired
    if not may_declare(user):
        raise NotAllowed


def require_may_load(user: User | AnonymousUser | None) -> None:
    """Editions are loaded by the operator or a reviewer: every name on every page follows from them."""
    if user is None:
        return
    if not user.is_authenticated:
        raise SignInRequired
    if not user.has_role("reviewer"):
        raise NotAllowed
