"""Who may work on reports: integrity officers. No other office reaches them, not even an administrator's."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_person, require_role
from portal.errors import NotAllowed


def require_integrity(user: User | AnonymousUser | None) -> User:
    return require_role(user, Role.INTEGRITY)


def require_counts(user: User | AnonymousUser | None) -> User:
    """Somebody who may know how many reports there are: those who work on them, and auditors."""
    person = require_person(user)
    if not person.has_role(Role.INTEGRITY, Role.AUDITOR):
        raise NotAllowed
    return person
