"""Why the server closes a socket. After all but ``FINAL`` a page comes back, with the number of its last event."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import User
from portal.errors import NotAllowed, SignInRequired

RESTART = 4000
RESYNC = 4001
SLOW = 4008
TOO_MANY = 4029
SIGNED_OUT = 4401
BANNED = 4403
NOT_FOUND = 4404
TOO_BIG = 4413

FINAL = frozenset({SIGNED_OUT, BANNED, NOT_FOUND})
MEANING = {
    RESTART: "the server restarts",
    RESYNC: "the numbers that the page has no longer count",
    SLOW: "the page takes too little of what is sent to it",
    TOO_MANY: "too many connections, or frames",
    SIGNED_OUT: "no longer signed in",
    BANNED: "the account is suspended",
    NOT_FOUND: "nothing here for this reader",
    TOO_BIG: "a frame was too large",
}


class SignedOut(SignInRequired):
    """The page was opened by somebody who is no longer signed in with it."""


class Banned(NotAllowed):
    """The page was opened by somebody whose account has been suspended since."""

    default_message = _("This account is suspended.")


def why_gone(person: int | None) -> SignedOut | Banned:
    """Of somebody, by primary key, who opened a page that is theirs no more."""
    is_banned = person is not None and User.objects.filter(pk=person, is_active=False).exists()
    return Banned() if is_banned else SignedOut()
