"""Whose page a socket belongs to, asked for again for as long as it is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    rows = Session.objects.filter(session_key__in=[key for key in found if key], expire_date__gt=timezone.now())
    sessions = {row.session_key: row.get_decoded() for row in rows}
    claimed = {key: pk for key, data in sessions.items() if (pk := _claimed(data)) is not None}
    people = {person.pk: person for person in User.objects.filter(pk__in=set(claimed.values()), is_active=True)}
    speaking: dict[int, User] = {}
    for key, pk in claimed.items():
        person = people.get(pk)
        if person is not None and _is_hers(sessions[key], person):
            found[key] = speaking[pk] = person
    _answer_ahead(list(speaking.values()))
    return found


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
    confirmed = set(EmailAddress.objects.filter(user__in=people, verified=True).values_list("user", flat=True))
    sides: dict[int, dict[int, str]] = {}
    for side_of, consultation, group in Side.objects.filter(person__in=people).values_list(
        "person", "consultation", "group"
    ):
        sides.setdefault(side_of, {})[consultation] = group
    for person in people:
        person.__dict__["has_verified_email"] = person.pk in confirmed
        person.__dict__["sides_taken"] = sides.get(person.pk, {})
