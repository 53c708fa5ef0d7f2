"""Questions about a person that every room asks. Each raises an error that says what would help."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import Organisation, Role, User
from portal.charter.matrix import Act, offices
from portal.errors import Closed, NotAllowed, SignInRequired
from privacy.incidents.containing import is_read_only


def require_person(user: User | AnonymousUser | None) -> User:
    """The signed-in person. Raises ``SignInRequired`` for a visitor."""
    if not isinstance(user, User) or not user.is_active:
        raise SignInRequired
    return user


def require_writing() -> None:
    """Raises ``Closed`` in read-only mode. For what does not come by a form, which is refused before it gets here."""
    if is_read_only():
        raise Closed(_("Nothing can be written here at the moment. Reading goes on working; please try again later."))


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


def require_right(user: User | AnonymousUser | None, act: Act) -> User:
    """Whoever holds an office to which the charter gives ``act``."""
    return require_role(user, *(Role(name) for name in offices(act)))


def require_privacy_officer(user: User | AnonymousUser | None) -> User:
    return require_right(user, Act.LOAD_ROSTER)


def require_owner(user: User | AnonymousUser | None, organisation: Organisation) -> User:
    person = require_person(user)
    if not owns(person, organisation):
        raise NotAllowed(_("Only an owner of the organisation changes this."))
    return person


def require_moderator(user: User | AnonymousUser | None) -> User:
    return require_role(user, Role.MODERATOR)


def require_reader_of_desk(user: User | AnonymousUser | None) -> User:
    """Whoever reads what is not public of a consultation: moderators, and auditors, who change nothing there."""
    return require_right(user, Act.READ_HIDDEN)


def require_uninvolved(person: User, *, author_id: int, organisation: Organisation | None) -> None:
    """Nobody decides on their own words, or on those of an organisation that they act for."""
    if author_id == person.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if organisation is not None and acts_for(person, organisation):
        raise NotAllowed(_("This was said for an organisation that you act for. Somebody else has to decide on it."))


def may_moderate(user: User | AnonymousUser) -> bool:
    return isinstance(user, User) and user.has_role(Role.MODERATOR)


def acts_for(user: User | AnonymousUser, organisation: Organisation) -> bool:
    """Whether ``user`` holds a mandate of the organisation now."""
    return isinstance(user, User) and organisation.mandates.current().filter(person=user).exists()


def owns(user: User | AnonymousUser, organisation: Organisation) -> bool:
    return isinstance(user, User) and organisation.mandates.current().filter(person=user, is_owner=True).exists()
