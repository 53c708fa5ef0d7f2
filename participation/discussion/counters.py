"""Numbers that open pages show live. Later rooms say what they count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Counted = dict[str, dict[str, int | None]]

_counting: list[Callable[[Any], Counted]] = []


def register(count: Callable[[Any], Counted]) -> None:
    """``count`` takes the record that a page is about (None: the whole site) and returns key -> name -> number."""
    if count not in _counting:
        _counting.append(count)


def counters_of(about: Any) -> Counted:
    found: Counted = {}
    for count in _counting:
        found |= count(about)
    return found
