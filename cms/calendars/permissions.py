"""Who maintains the calendar of working days, and who enters the periods of laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cms.roles import holds, require_role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def may_maintain(user: User | AnonymousUser) -> bool:
    return holds(user, "editor", "reviewer")


def require_may_maintain(user: User | AnonymousUser | None) -> None:
    """Budget editors and reviewers."""
    require_role(user, "editor", "reviewer")


def require_may_enter_clocks(user: User | AnonymousUser | None) -> None:
    """Reviewers: a period says who is late."""
    require_role(user, "reviewer")
