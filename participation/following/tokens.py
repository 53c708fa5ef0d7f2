"""The signed address by which somebody ends e-mails without signing in. It allows nothing else, and does not expire."""

from __future__ import annotations

from django.core import signing
from django.urls import reverse

from participation.following.kinds import Cadence, Kind
from participation.stakeholders.models import User
from portal.errors import NotFound

SALT = "following.unsubscribe"
SCOPES = {*Kind.values, Cadence.DAILY.value, Cadence.WEEKLY.value, "all"}


def unsubscribing(person: User, scope: str) -> str:
    """The path at which ``person`` ends e-mails of ``scope``: a kind, the daily or weekly digest, or all."""
    token = signing.dumps([str(person.row_id), scope], salt=SALT)
    return reverse("participation:following:unsubscribe", args=[token])


def read_token(token: str) -> tuple[User, str]:
    """Whom and what a token is for. Raises ``NotFound`` for one that we did not sign."""
    try:
        row_id, scope = signing.loads(token, salt=SALT)
        person = User.objects.get(row_id=row_id)
    except (signing.BadSignature, ValueError, User.DoesNotExist):
        raise NotFound from None
    if scope not in SCOPES:
        raise NotFound
    return person, scope
