"""Small numbers of people are not published: of fewer than five, everybody could be somebody's neighbour.

Every public statistic about people, or about what befell them, passes through ``without_small_cells``. It is for one
line of cells and their total. Where a table has several lines, each is a call of its own, and no total is shown down
the columns: the differences would tell what each line hides. What is public one by one anyhow (a piece of feedback
with the side that it stands for) may be counted as it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Cell = TypeVar("Cell", bound=Hashable)

LEAST = 5


@dataclass(frozen=True)
class Published(Generic[Cell]):
    """What may be shown. None: fewer than five, or withheld so that no other can be worked out."""

    cells: dict[Cell, int | None]
    total: int | None

    @property
    def is_complete(self) -> bool:
        return self.total is not None and None not in self.cells.values()


def without_small_cells(counts: Mapping[Cell, int]) -> Published[Cell]:
    """Withhold cells of 1 to 4, and as many larger ones, smallest first, as their total would give away.

    Zero is shown: it tells of nobody. What is withheld makes at least five together, and is not all the same, so that
    whoever knows the total and this rule still finds two values or more for each. Equal cells share their fate: which
    of them is withheld would tell as well. Where that cannot be had, the total is withheld, too.
    """
    limits = sorted({count for count in counts.values() if count >= LEAST})
    for limit in (LEAST - 1, *limits):
        withheld = {cell: count for cell, count in counts.items() if 0 < count <= limit}
        is_safe = len(set(withheld.values())) > 1 and sum(withheld.values()) >= LEAST
        if is_safe or not withheld:
            return Published(_without(counts, withheld), sum(counts.values()))
    return Published(_without(counts, withheld), None)


def parts_of_one_total(*tables: Mapping[Hashable, int]) -> list[Published[Hashable]]:
    """The same for tables that divide the same people in different ways, and are published beside each other.

    Where one of them cannot show its total, the others must not tell it: nothing but zeros is shown then.
    """
    published = [without_small_cells(counts) for counts in tables]
    if all(table.total is not None for table in published):
        return published
    return [Published({cell: None if count else 0 for cell, count in counts.items()}, None) for counts in tables]


def _without(counts: Mapping[Cell, int], withheld: Mapping[Cell, int]) -> dict[Cell, int | None]:
    return {cell: None if cell in withheld else count for cell, count in counts.items()}


def share(part: int, whole: int) -> float | None:
    """A ratio from 0 to 1; None where it would tell of fewer than five people, on either side."""
    if whole < LEAST or 0 < part < LEAST or 0 < whole - part < LEAST:
        return None
    return part / whole
