"""How a sealed value travels through the process: closed as ``Sealed``, open as ``SealedText``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CLOSED = "[sealed]"


class Sealed:
    """Ciphertext on its way between the database and somebody who may open it.

    ``context`` is the row and field it was sealed for, where known. The plaintext found on opening is kept beside
    it, out of pickles, copies and every printed form.
    """

    __slots__ = ("blob", "context", "opened")

    def __init__(self, blob: bytes, context: bytes | None = None, opened: SealedText | None = None) -> None:
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


class ImportedSealed(Sealed):
    """From a fixture or a stored revision: its key may arrive later than the row, so it may stay closed."""

    __slots__ = ()


class SealedText(str):
    """Opened text that remembers its ciphertext, so that saving it untouched for the same row seals nothing anew."""

    blob: bytes
    context: bytes

    __slots__ = ("blob", "context")

    def __repr__(self) -> str:
        # Tracebacks and debug pages print local variables by repr.
        return CLOSED


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
