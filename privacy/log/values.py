"""The types of what a leaf tells publicly. There is none for text that a person wrote: it has no place in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID


class PublicType(Protocol):
    @property
    def name(self) -> str:
        """What the documentation calls it."""

    def accepts(self, value: Any) -> bool:
        """Whether ``value``, as it will stand in the JSON of the leaf, is of this type."""


@dataclass(frozen=True)
class Text:
    """Text of one form."""

    name: str
    pattern: str

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True)
class Parsed:
    """Text that one function reads, and writes in exactly the same way."""

    name: str
    read: Any

    def accepts(self, value: Any) -> bool:
        with suppress(ValueError):
            return isinstance(value, str) and self.read(value) == value
        return False


@dataclass(frozen=True)
class WholeNumber:
    name: str = "whole number"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0


@dataclass(frozen=True)
class Optional:
    """The type, or null."""

    of: PublicType

    @property
    def name(self) -> str:
        return f"{self.of.name} or null"

    def accepts(self, value: Any) -> bool:
        return value is None or self.of.accepts(value)


@dataclass(frozen=True)
class ListOf:
    of: PublicType

    @property
    def name(self) -> str:
        return f"list of {self.of.name}"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, list) and all(self.of.accepts(inner) for inner in value)


@dataclass(frozen=True)
class Row:
    """A list of fixed length, each place with its own type."""

    of: tuple[PublicType, ...]

    @property
    def name(self) -> str:
        return "[" + ", ".join(inner.name for inner in self.of) + "]"

    def accepts(self, value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) == len(self.of)
            and all(inner.accepts(part) for inner, part in zip(self.of, value, strict=True))
        )


@dataclass(frozen=True)
class MapOf:
    """Words to values of one type."""

    of: PublicType

    @property
    def name(self) -> str:
        return f"word to {self.of.name}"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, Mapping) and all(WORD.accepts(key) and self.of.accepts(value[key]) for key in value)


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment has a time zone")
    return text


WORD = Text("word", r"[a-z][a-z0-9_]{0,31}")
FIELD = Text("field", r"[a-z_]+\.[a-z_]+\.[a-z_]+")
LANGUAGE = Text("language", r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
DIGEST = Text("SHA-256 in hexadecimal", r"[0-9a-f]{64}")
AMOUNT = Text("decimal number", r"-?[0-9]{1,18}(\.[0-9]{1,6})?")
INSTITUTION = Text("name of a public body", r"[^\x00-\x1f]{1,200}")
REFERENCE = Parsed("reference", lambda text: str(UUID(text)))
DAY = Parsed("day", lambda text: date.fromisoformat(text).isoformat())
MOMENT = Parsed("moment", _moment)
NUMBER = WholeNumber()
