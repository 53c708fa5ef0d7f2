"""Whose page a socket belongs to, asked for again for as long as it is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from participation.stakeholders.models import User
from participation.stakeholders.sides import Side
from privacy import statements

_ASKED = ("session_key", "session_data", "expire_date")
Somebody = User | AnonymousUser


def session_key_of(scope: Mapping[str, Any]) -> str | None:
    """The key of the session in the cookies of a connection, whether it still holds or not."""
    for name, value in scope.get("headers", []):
        if name.lower() == b"cookie":
            try:
                cookie = SimpleCookie(value.decode("latin1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                return None
            return cookie.value if cookie else None
    return None


def person_of_session(session_key: str | None) -> Somebody:
    """The person who is signed in under ``session_key`` at this moment, with nothing remembered from earlier.

    A visitor where the session has ended, the account is suspended or the password has changed. Django's own
    ``get_user`` would give the session a new key here or end it, and no cookie can follow from an open socket.
    """
    return people_of_sessions([session_key])[session_key]


def people_of_sessions(session_keys: Iterable[str | None]) -> dict[str | None, Somebody]:
    """The same for many, in the same number of queries. What every message asks of its author is answered already."""
    found: dict[str | None, Somebody] = {key: AnonymousUser() for key in session_keys}
    rows, now = statements.columns(Session, _ASKED, session_key=[key for key in found if key]), timezone.now()
    sessions = {key: _decoded(data) for key, data, expires in rows if expires > now}
    claimed = {key: pk for key, data in sessions.items() if (pk := _claimed(data)) is not None}
    people = {person.pk: person for person in statements.rows(User, id=set(claimed.values())) if person.is_active}
    speaking: dict[int, User] = {}
    for key, pk in claimed.items():
        person = people.get(pk)
        if person is not None and _is_hers(sessions[key], person):
            found[key] = speaking[pk] = person
    _answer_ahead(list(speaking.values()))
    return found


@lru_cache(maxsize=1000)
def _decoded(data: str) -> dict[str, Any]:
    """What a session holds. The same text says the same, and its signature has been verified."""
    return Session(session_data=data).get_decoded()  # type: ignore[no-any-return]


def _claimed(data: Mapping[str, Any]) -> int | None:
    if data.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS or data.get(SESSION_KEY) is None:
        return None
    return int(User._meta.pk.to_python(data[SESSION_KEY]))


def _is_hers(data: Mapping[str, Any], person: User) -> bool:
    known = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    stored = data.get(HASH_SESSION_KEY) or ""
    return any(constant_time_compare(stored, each) for each in known)


def _answer_ahead(people: list[User]) -> None:
    if len(people) < 2:
        return
    pks = [person.pk for person in people]
    addresses = statements.columns(EmailAddress, ("user_id", "verified"), user_id=pks)
    confirmed = {pk for pk, is_verified in addresses if is_verified}
    sides: dict[int, dict[int, str]] = {}
    for pk, consultation, group in statements.columns(Side, ("person_id", "consultation_id", "group"), person_id=pks):
        sides.setdefault(pk, {})[consultation] = group
    for person in people:
        person.__dict__["has_verified_email"] = person.pk in confirmed
        person.__dict__["sides_taken"] = sides.get(person.pk, {})
