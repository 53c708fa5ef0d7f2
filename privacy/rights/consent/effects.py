"""What follows at once when somebody agrees or takes an agreement back: other apps register what they do then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

# Called with the person and whether they agree now, in the transaction of the consent.
Effect = Callable[[Any, bool], None]
_effects: dict[str, list[Effect]] = defaultdict(list)


def register(purpose: str, effect: Effect) -> None:
    """Once, when apps are ready."""
    if effect not in _effects[purpose]:
        _effects[purpose].append(effect)


def take_effect(purpose: str, person: Any, agrees: bool) -> None:
    for effect in _effects[purpose]:
        effect(person, agrees)
