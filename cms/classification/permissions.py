"""Who may enter classifications, and who says that two names are one department."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cms.roles import holds, require_role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def may_declare(user: User | AnonymousUser) -> bool:
    return holds(user, "editor", "reviewer")


def require_may_declare(user: User | AnonymousUser | None) -> None:
    """Budget editors and reviewers."""
    require_role(user, "editor", "reviewer")


def require_may_load(user: User | AnonymousUser | None) -> None:
    """Reviewers: every name on every page follows from an edition."""
    require_role(user, "reviewer")
