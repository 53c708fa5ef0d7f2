"""Questions about a person that every room asks. Each raises an error that says what would help."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import Organisation, Role, User
from portal.errors import NotAllowed, SignInRequired


def require_person(user: User | AnonymousUser | None) -> User:
    """The signed-in person. Raises ``SignInRequired`` for a visitor."""
    if not isinstance(user, User) or not user.is_active:
        raise SignInRequired
    return user


def require_confirmed(user: User | AnonymousUser | None) -> User:
    """A person whose e-mail address is confirmed: what is published has an author who can be reached."""
    person = require_person(user)
    if not person.has_verified_email:
        raise NotAllowed(
            _("Please confirm your e-mail address first: open the message we sent you. Your text is kept here.")
        )
    return person


def require_role(user: User | AnonymousUser | None, *roles: Role) -> User:
    person = require_person(user)
    if not person.has_role(*roles):
        raise NotAllowed
    return person


def require_moderator(user: User | AnonymousUser | None) -> User:
    return require_role(user, Role.MODERATOR)


def may_moderate(user: User | AnonymousUser) -> bool:
    return isinstance(user, User) and user.has_role(Role.MODERATOR)


def acts_for(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Whether ``user`` holds a mandate of the organisation now."""
    return isinstance(user, User) and organisation.mandates.current().filter(person=user).exists()


def owns(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return isinstance(user, User) and organisation.mandates.current().filter(person=user, is_owner=True).exists()
