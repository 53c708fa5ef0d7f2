"""How many people live in each part of a place, as a file (TOML): tables ``populations``, as docs/deciding.md shows."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import Invalid

OLDEST, MOST_PARTS, MOST_PEOPLE = 150, 120, 2_000_000_000


@dataclass(frozen=True)
class Part:
    """People of one district and age; ``age_to`` None: of that age and above."""

    people: int
    age_from: int
    age_to: int | None = None
    district: str = ""
    district_en: str = ""

    def __post_init__(self) -> None:
        if type(self.people) is not int or not 0 < self.people <= MOST_PEOPLE:
            raise ValueError(f"people: {self.people}")
        last = OLDEST if self.age_to is None else self.age_to
        if type(self.age_from) is not int or type(last) is not int or not 0 <= self.age_from <= last <= OLDEST:
            raise ValueError(f"ages: {self.age_from} to {self.age_to}")
        if not (isinstance(self.district, str) and isinstance(self.district_en, str)):
            raise ValueError(f"district: {self.district}")


@dataclass(frozen=True)
class PopulationDefinition:
    """All parts of the place of a government, by its name, from a day on. Nobody is in two of them."""

    government: str
    valid_from: date
    source: str
    parts: tuple[Part, ...]
    source_en: str = ""
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if type(self.valid_from) is not date or not self.source or not self.government:
            raise ValueError(f"population of {self.valid_from}")
        if not 2 <= len(self.parts) <= MOST_PARTS:
            raise ValueError(f"a population has 2 to {MOST_PARTS} parts")
        ages: dict[str, list[tuple[int, int]]] = {}
        for part in self.parts:
            ages.setdefault(part.district, []).append((part.age_from, part.age_to or OLDEST))
        for district, spans in ages.items():
            spans.sort()
            if any(before[1] >= after[0] for before, after in pairwise(spans)):
                raise ValueError(f"ages that overlap in {district or 'the place'}")


def read_populations(content: bytes) -> list[PopulationDefinition]:
    """Raises ``Invalid`` that says what is wrong with the file."""
    try:
        return [_definition(row) for row in tomllib.loads(content.decode("utf-8"))["populations"]]
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid(_("This is no population: %(why)s.") % {"why": error}) from error


def _definition(row: dict[str, Any]) -> PopulationDefinition:
    return PopulationDefinition(**{**row, "parts": tuple(Part(**part) for part in row["parts"])})
