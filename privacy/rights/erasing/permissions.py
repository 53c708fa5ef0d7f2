"""Who may ask for an erasure, and who may hold or refuse it."""

from __future__ import annotations

from typing import Any

from privacy.history.directory import directory
from privacy.rights.erasing.errors import NotYours
from privacy.sealing.keys import Scope, Subject


def own_subjects(user: Any) -> list[Subject]:
    """The person first, then each organisation that they own."""
    if not user.is_authenticated:
        return []
    return [
        Subject((Scope.ORGANISATION if owned.name else Scope.PERSON).value, owned.ref)
        for owned in directory().subjects_of(user)
    ]


def require_own(subject: Subject, user: Any) -> None:
    if subject not in own_subjects(user):
        raise NotYours


def require_guard(user: Any) -> None:
    if user is None or not user.is_authenticated or not directory().may_guard_privacy(user):
        raise NotYours


def require_guard_of_others(subject: Subject, user: Any) -> None:
    """Nobody decides on their own data."""
    require_guard(user)
    if subject in own_subjects(user):
        raise NotYours


def require_own_or_guard(subject: Subject, user: Any) -> None:
    if subject not in own_subjects(user):
        require_guard(user)
