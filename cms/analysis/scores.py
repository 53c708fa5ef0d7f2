"""Scores that others give to programmes. The rooms that collect them say where to find them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from cms.budget.queries import Reader


@dataclass(frozen=True)
class OutsideScore:
    """A score of 100 that somebody other than the government gave a programme's year, and where it is explained."""

    programme: int
    fiscal_year: int
    score: Decimal
    by: str
    url: str = ""


# Primary keys of programmes, fiscal years, who reads -> the scores that the reader may see.
Source: TypeAlias = Callable[[Collection[int], Collection[int], Reader], Iterable[OutsideScore]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Have ``source`` asked for scores. Said twice, it is asked once; it takes a fixed number of queries."""
    if source not in _sources:
        _sources.append(source)


def outside_scores(
    programmes: Collection[int], years: Collection[int], reader: Reader
) -> dict[tuple[int, int], list[OutsideScore]]:
    """(programme, fiscal year) -> every score of it that the reader may see."""
    found: dict[tuple[int, int], list[OutsideScore]] = {}
    for source in _sources:
        for score in source(programmes, years, reader):
            found.setdefault((score.programme, score.fiscal_year), []).append(score)
    return found
