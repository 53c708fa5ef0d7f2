"""What somebody asks of the search, from the address. Whatever is unknown in it is left out, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from portal.search.terms import cleaned, terms_of


class Kind(StrEnum):
    """What can be found, in the order in which it is shown."""

    PAGE = "page"
    GLOSSARY = "glossary"
    DEPARTMENT = "department"
    PROGRAMME = "programme"
    CODE = "code"
    LINE = "line"


# What a choice of year or department leaves out, because it belongs to none.
WITHOUT_DEPARTMENT = {Kind.PAGE, Kind.GLOSSARY, Kind.CODE}
WITHOUT_YEAR = {Kind.GLOSSARY}
YEARS = range(1900, 2200)


@dataclass(frozen=True)
class Asked:
    """``terms`` all have to be found. ``kind`` None: a few of everything."""

    text: str = ""
    terms: tuple[str, ...] = ()
    kind: Kind | None = None
    year: int | None = None
    department: UUID | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Asked:
        text = cleaned(query.get("q", ""))
        year = query.get("year", "")
        return cls(
            text=text,
            terms=tuple(terms_of(text)),
            kind=next((kind for kind in Kind if kind == query.get("kind")), None),
            year=int(year) if year.isdecimal() and len(year) == 4 and int(year) in YEARS else None,
            department=_uuid(query.get("department", "")),
        )

    def leaves_out(self, kind: Kind) -> bool:
        return (self.department is not None and kind in WITHOUT_DEPARTMENT) or (
            self.year is not None and kind in WITHOUT_YEAR
        )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
