"""Who works on incidents, and who may read about them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from privacy.history.directory import directory


def may_read(user: Any) -> bool:
    """Privacy officers, administrators and auditors."""
    return directory().may_guard_privacy(user) or directory().may_audit(user)


def require_guard(user: Any) -> Any:
    """Whoever works on incidents. Raises ``PermissionDenied`` for all others; auditors only read."""
    if not directory().may_guard_privacy(user):
        raise PermissionDenied
    return user
