"""Who is told before a sealed value is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models

Listener = Callable[[models.Model, "models.Field[Any, Any]"], None]

_listeners: list[Listener] = []
_is_unrecorded: ContextVar[bool] = ContextVar("opening_unrecorded", default=False)


def register(listener: Listener) -> None:
    """``listener(instance, field)`` is called before plaintext is returned; by raising it keeps the value closed."""
    if listener not in _listeners:
        _listeners.append(listener)


def before_open(instance: models.Model, field: models.Field[Any, Any]) -> None:
    if _is_unrecorded.get():
        return
    for listener in _listeners:
        listener(instance, field)


@contextmanager
def unrecorded() -> Iterator[None]:
    """For commands that open without showing to anybody: tests of keys, sealing anew."""
    token = _is_unrecorded.set(True)
    try:
        yield
    finally:
        _is_unrecorded.reset(token)
