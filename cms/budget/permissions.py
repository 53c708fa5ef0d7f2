"""Who may bring budgets into the portal, and who may put them before the public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cms.roles import holds, require_role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def require_may_import(user: User | AnonymousUser | None) -> None:
    """Budget editors and reviewers."""
    require_role(user, "editor", "reviewer")


def require_may_publish(user: User | AnonymousUser | None) -> None:
    """Budget reviewers: publishing is the step that somebody other than the editor takes. See also ``duties``."""
    require_role(user, "reviewer")


def may_set_jurisdiction(user: User | AnonymousUser) -> bool:
    return holds(user, "reviewer")


def require_may_set_jurisdiction(user: User | AnonymousUser | None) -> None:
    """Budget reviewers: it decides which deadlines and checks a government is held to."""
    require_role(user, "reviewer")


def require_may_start_programme(user: User | AnonymousUser | None) -> None:
    """Whoever brings budgets in, or answers for what a department promised outside of one."""
    require_role(user, "editor", "reviewer", "moderator", "officer")
