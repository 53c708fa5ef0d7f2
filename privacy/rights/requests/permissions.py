"""Who handles requests about personal data, and who may not handle which."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from privacy.history.directory import directory
from privacy.rights.requests.models import DataRequest


def may_handle(user: Any, request: DataRequest) -> bool:
    """Privacy officers; nobody decides about a request of their own. Administrators see that it waits, and no more."""
    is_other = request.asked_by_id != user.pk and request.subject_ref != getattr(user, "row_id", None)
    return directory().may_answer_requests(user) and is_other


def require_may_handle(user: Any, request: DataRequest) -> None:
    if not may_handle(user, request):
        raise PermissionDenied


def require_own(user: Any, request: DataRequest) -> None:
    if not getattr(user, "is_authenticated", False) or request.asked_by_id != user.pk:
        raise PermissionDenied
