"""What a leaf of one kind looks like, and whether one is like that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from privacy.log.values import PublicType


@dataclass(frozen=True)
class Shape:
    """What leaves of one kind look like: when one is appended, what it tells, and what it commits to."""

    sentence: str | Promise
    public: Mapping[str, PublicType]
    committed: frozenset[str]

    def require(self, kind: str, public: Mapping[str, Any], committed: Mapping[str, str]) -> None:
        """Raises ``ValueError`` that names what is unknown, missing or of another type."""
        _require_names(f"{kind}: public field", set(public), set(self.public))
        _require_names(f"{kind}: committed name", set(committed), set(self.committed))
        for name, value in public.items():
            if not self.public[name].accepts(value):
                raise ValueError(f"{kind}: the public field {name} is no {self.public[name].name}.")


def _require_names(what: str, given: set[str], declared: set[str]) -> None:
    if unknown := sorted(given - declared):
        raise ValueError(f"{what} {', '.join(unknown)} is not declared.")
    if missing := sorted(declared - given):
        raise ValueError(f"{what} {', '.join(missing)} is missing.")


def shape(sentence: str | Promise, *committed: str, **public: PublicType) -> Shape:
    return Shape(sentence, public, frozenset(committed))
