"""What a change is made of: each part's own change, which add up to the whole exactly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Contribution(Generic[Key]):
    """A part of a whole then and now. ``share``: of the change of the whole; None where the whole did not change.

    ``before`` or ``after`` is None for a part that is not there or has no amount, which counts as nothing in the sum.
    """

    key: Key
    before: int | None
    after: int | None
    share: Decimal | None

    @property
    def change(self) -> int:
        return (self.after or 0) - (self.before or 0)

    @property
    def is_new(self) -> bool:
        return self.before is None and self.after is not None

    @property
    def is_gone(self) -> bool:
        return self.before is not None and self.after is None


def contributions(before: Mapping[Key, int | None], after: Mapping[Key, int | None]) -> list[Contribution[Key]]:
    """Every part of either year, the largest change first. Changes add up to that of the sums, to the last cent.

    Shares are of the net change: with parts that rose and parts that fell they go below 0 and above 1.
    """
    keys = [*before, *(key for key in after if key not in before)]
    whole = sum(after.get(key) or 0 for key in keys) - sum(before.get(key) or 0 for key in keys)
    found = []
    for key in keys:
        change = (after.get(key) or 0) - (before.get(key) or 0)
        share = Decimal(change) / whole if whole else None
        found.append(Contribution(key, before.get(key), after.get(key), share))
    return sorted(found, key=lambda part: (-abs(part.change), str(part.key)))
