"""Who is acting, and why: carried by a context variable through views, consumers, tasks and threads.

asgiref copies the context into every thread it starts, so that what an action writes knows its actor everywhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any
from uuid import uuid4


@dataclass(frozen=True)
class Actor:
    """``user`` is a saved, signed-in user or None (the system, or a visitor). ``reason`` is shown in the history."""

    user: Any = None
    reason: str = ""
    request_id: str = ""


_find_user: ContextVar[Callable[[], Any]] = ContextVar("acting_user", default=lambda: None)
_reason: ContextVar[str] = ContextVar("acting_reason", default="")
_request_id: ContextVar[str] = ContextVar("acting_request_id", default="")


def current_actor() -> Actor:
    user = _find_user.get()()
    is_known = user is not None and user.is_authenticated and user.pk is not None
    return Actor(user if is_known else None, _reason.get(), _request_id.get())


@contextmanager
def acting(user: Any, *, reason: str = "") -> Iterator[None]:
    """Within it, ``user`` (None: the system) does what is done, for ``reason``."""
    found = _find_user.set(lambda: user)
    given = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(given)
        _find_user.reset(found)


RequestTokens = tuple[Token[Callable[[], Any]], Token[str], Token[str]]


def new_request_id() -> str:
    return uuid4().hex


def enter_request(find_user: Callable[[], Any], request_id: str) -> RequestTokens:
    """Start a request. The user is looked up when first needed: a page that writes nothing opens no session."""
    return _find_user.set(find_user), _reason.set(""), _request_id.set(request_id)


def leave_request(tokens: RequestTokens) -> None:
    found, given, numbered = tokens
    _find_user.reset(found)
    _reason.reset(given)
    _request_id.reset(numbered)
