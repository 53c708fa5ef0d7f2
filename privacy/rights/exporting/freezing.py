"""Whether exports are stopped for everybody. What stops them (an incident) adds its own question."""

from __future__ import annotations

from collections.abc import Callable

stops: list[Callable[[], bool]] = []


def exports_are_frozen() -> bool:
    return any(stop() for stop in stops)
