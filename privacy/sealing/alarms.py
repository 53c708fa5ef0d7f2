"""What is noticed anywhere in this app and has to be looked into; see ``privacy.incidents.detection``.

Whatever notices it may stand in a transaction that is about to be taken back. So it is only remembered here, and
written down later: when the request has been answered, or the command is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

# More are not needed to see that something is wrong.
_MOST = 100


class Alarm(NamedTuple):
    """``signal``: a word of ``Incident.Signal``. ``about``: which record, in words for whoever looks into it."""

    signal: str
    about: str


_waiting: deque[Alarm] = deque(maxlen=_MOST)
_is_trying: ContextVar[bool] = ContextVar("trying_keys", default=False)


def sound(signal: str, about: str) -> None:
    alarm = Alarm(signal, about[:150])
    if not _is_trying.get() and alarm not in _waiting:
        _waiting.append(alarm)


def are_waiting() -> bool:
    return bool(_waiting)


def take_all() -> Iterator[Alarm]:
    """Each alarm that waits, once, the oldest first."""
    while _waiting:
        yield _waiting.popleft()


def forget_all() -> None:
    _waiting.clear()


@contextmanager
def trying() -> Iterator[None]:
    """Within it, what does not open is no alarm: something else is tried next."""
    token = _is_trying.set(True)
    try:
        yield
    finally:
        _is_trying.reset(token)
