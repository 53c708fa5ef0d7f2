"""Editions of classifications as files (TOML): what they look like, and what is wrong with one."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from cms.classification.models import CHINA, ClassificationMatch, Scheme
from portal.errors import Invalid

FOLDER = Path(__file__).with_name("data")
KNOWN_KEYS = {
    "scheme", "label", "jurisdiction", "name", "name_en", "valid_from", "valid_until", "source", "codes",
}  # fmt: skip
KEYS_OF_CODE = {"name", "name_en", "meaning", "meaning_en", "basis", "matches"}
KEYS_OF_MATCH = {"scheme", "code", "closeness", "source"}
YEARS = range(1900, 2200)


@dataclass(frozen=True)
class EntryDefinition:
    """A code and its words. ``matches``: scheme, code there, how close, and who says so."""

    code: str
    name: str
    name_en: str = ""
    meaning: str = ""
    meaning_en: str = ""
    basis: str = ""
    matches: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class EditionDefinition:
    """Everything that one edition says; entries in the order of their codes, so parents before children."""

    scheme: str
    label: str
    jurisdiction: str
    name: str
    name_en: str
    valid_from: int | None
    valid_until: int | None
    source: str
    entries: tuple[EntryDefinition, ...]
    sha256: str


def read_edition(content: bytes) -> EditionDefinition:
    """Raises ``Invalid`` that says what is wrong with the file; a code that stands twice is refused, too."""
    try:
        given = tomllib.loads(content.decode("utf-8"))
        return _edition(given, hashlib.sha256(content).hexdigest())
    except KeyError as error:
        raise Invalid(_("The classification does not say %(name)s.") % {"name": error.args[0]}) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(_("This is no classification: %(why)s.") % {"why": error}) from error


def _edition(given: dict[str, Any], sha256: str) -> EditionDefinition:
    _only(given, KNOWN_KEYS)
    scheme = Scheme(given["scheme"])
    first, last = given.get("valid_from"), given.get("valid_until")
    for year in (first, last):
        if year is not None and (type(year) is not int or year not in YEARS):
            raise ValueError(f"{year!r} is no fiscal year")
    if first is not None and last is not None and last < first:
        raise ValueError(f"the year {last} comes before {first}")
    codes = given["codes"]
    if not codes:
        raise ValueError("it has no codes")
    return EditionDefinition(
        scheme=scheme.value,
        label=_text(given["label"]),
        jurisdiction=_text(given.get("jurisdiction", CHINA)),
        name=_text(given["name"]),
        name_en=_text(given.get("name_en", "")),
        valid_from=first,
        valid_until=last,
        source=_text(given.get("source", "")),
        entries=tuple(_entry(code, codes[code]) for code in sorted(codes)),
        sha256=sha256,
    )


def _entry(code: str, given: dict[str, Any]) -> EntryDefinition:
    _only(given, KEYS_OF_CODE)
    # It stands in addresses.
    if not re.fullmatch(r"[^/\s]{1,64}", code):
        raise ValueError(f"{code!r} is no code")
    name = _text(given["name"])
    if not name or len(name) > 300:
        raise ValueError(f"{code} has no name, or one of more than 300 characters")
    return EntryDefinition(
        code=code,
        name=name,
        name_en=_text(given.get("name_en", "")),
        meaning=_text(given.get("meaning", "")),
        meaning_en=_text(given.get("meaning_en", "")),
        basis=_text(given.get("basis", "")),
        matches=tuple(_match(match) for match in given.get("matches", [])),
    )


def _match(given: dict[str, Any]) -> tuple[str, str, str, str]:
    _only(given, KEYS_OF_MATCH)
    closeness = ClassificationMatch.Closeness(given.get("closeness", "near"))
    return Scheme(given["scheme"]).value, _text(given["code"]), closeness.value, _text(given.get("source", ""))


def _only(given: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise ValueError(f"unknown: {', '.join(unknown)}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} has to stand in quotation marks")
    return value.strip()


def files() -> Iterator[Path]:
    """The editions that come with the portal."""
    return iter(sorted(FOLDER.glob("*.toml")))
