"""Whose page a socket belongs to, asked for again for as long as it is open."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.auth.models import AnonymousUser
from django.utils.crypto import constant_time_compare

from participation.stakeholders.models import User


def person_of_session(session_key: str | None) -> User | AnonymousUser:
    """The person who is signed in under ``session_key`` at this moment, with nothing remembered from earlier.

    A visitor where the session has ended, the account is suspended or the password has changed. Django's own
    ``get_user`` would give the session a new key here or end it, and no cookie can follow from an open socket.
    """
    if not session_key:
        return AnonymousUser()
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    backend = session.get(BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS or SESSION_KEY not in session:
        return AnonymousUser()
    person = load_backend(backend).get_user(User._meta.pk.to_python(session[SESSION_KEY]))
    if not isinstance(person, User) or not person.is_active:
        return AnonymousUser()
    known = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    stored = session.get(HASH_SESSION_KEY, "")
    return person if any(constant_time_compare(stored, each) for each in known) else AnonymousUser()
