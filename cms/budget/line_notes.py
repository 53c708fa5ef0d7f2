"""What a budget follows from, told on its lines by rooms that come after this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cms.budget.models import Release
from cms.budget.queries import Reader


@dataclass(frozen=True)
class LineNote:
    """``is_flagged``: the budget does not follow what was decided. ``text`` is in the reader's language."""

    text: str
    url: str
    is_flagged: bool = False


# A release and who reads -> notes by the primary key of the programme whose lines they are about.
Source = Callable[[Release, Reader], Mapping[int, Sequence[LineNote]]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Have ``source`` asked for notes. Said twice, it is asked once; it takes a fixed number of queries."""
    if source not in _sources:
        _sources.append(source)


def notes_on(release: Release, reader: Reader) -> dict[int, list[LineNote]]:
    """Programme -> every note on its lines that the reader may see."""
    found: dict[int, list[LineNote]] = {}
    for source in _sources:
        for programme, notes in source(release, reader).items():
            found.setdefault(programme, []).extend(notes)
    return found
