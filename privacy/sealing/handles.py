"""How a sealed value travels through the process: closed as ``Sealed``; open in forms that do not print themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db import models

    Origin = tuple[models.Model, "models.Field[Any, Any]"]

CLOSED = "[sealed]"


class Sealed:
    """Ciphertext on its way between the database and somebody who may open it.

    ``context`` is the row and field it was sealed for, where known. The value found on opening is kept beside it, out
    of pickles, copies and every printed form.
    """

    __slots__ = ("blob", "context", "opened")

    def __init__(self, blob: bytes, context: bytes | None = None, opened: Any = None) -> None:
        self.blob = blob
        self.context = context
        self.opened = opened

    def __repr__(self) -> str:
        return CLOSED

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and self.blob == other.blob

    def __hash__(self) -> int:
        return hash(self.blob)

    def __reduce__(self) -> tuple[type[Sealed], tuple[bytes, bytes | None]]:
        return type(self), (self.blob, self.context)


class TakenSealed(Sealed):
    """Taken from an instance, for a form or a comparison: ``origin`` says from which, and from which field."""

    __slots__ = ("origin",)
    origin: Origin


class ImportedSealed(Sealed):
    """From a fixture or a stored revision: its key may arrive later than the row, so it may stay closed."""

    __slots__ = ()


# Opened values: tracebacks and debug pages print local variables by repr ---------------------------


class SealedText(str):
    """Opened text that remembers its ciphertext, so that saving it untouched for the same row seals nothing anew."""

    blob: bytes
    context: bytes

    __slots__ = ("blob", "context")

    def __repr__(self) -> str:
        return CLOSED


class QuietText(str):
    """Text from inside an opened structure."""

    __slots__ = ()

    def __repr__(self) -> str:
        return CLOSED


class SealedDict(dict[str, Any]):
    """An opened object. The outermost one knows what it came from, closed and opened, so that a change shows."""

    __slots__ = ("blob", "context", "plain")
    blob: bytes
    context: bytes | None
    plain: bytes

    def __repr__(self) -> str:
        return CLOSED

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        # Copies are the caller's own: they remember nothing.
        return type(self), (dict(self),)


class SealedList(list[Any]):
    """An opened array. The outermost one knows what it came from, closed and opened, so that a change shows."""

    __slots__ = ("blob", "context", "plain")
    blob: bytes
    context: bytes | None
    plain: bytes

    def __repr__(self) -> str:
        return CLOSED

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[Any]]]:
        return type(self), (list(self),)


def quiet(value: Any) -> Any:
    """A structure of JSON in which every text, object and array keeps its content to itself when printed."""
    if isinstance(value, str):
        return QuietText(value)
    if isinstance(value, dict):
        return SealedDict((QuietText(key), quiet(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return SealedList([quiet(inner) for inner in value])
    return value


_carrying: ContextVar[bool] = ContextVar("carrying_ciphertext", default=False)


@contextmanager
def carrying_ciphertext() -> Iterator[None]:
    """Within it, sealed attributes answer with their ``Sealed`` handle: rows are copied without being opened."""
    token = _carrying.set(True)
    try:
        yield
    finally:
        _carrying.reset(token)


def is_carrying_ciphertext() -> bool:
    return _carrying.get()
