"""Which characters are looked for as one: case, accents, and full-width and half-width forms.

Simplified and traditional characters are different characters here, and so are digits and Chinese numerals.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

# Latin with accents, Greek and Cyrillic, Latin of Vietnamese and others, the wide space, full-width forms.
FOLDED_BLOCKS = ((0x20, 0x24F), (0x370, 0x52F), (0x1E00, 0x1EFF), (0x3000, 0x3000), (0xFF01, 0xFF5E))
SNIPPET_CHARS = 90


@cache
def fold_character(character: str) -> str:
    """The plainest form of one character, always one character, so that places in a text stay where they are."""
    plain = unicodedata.normalize("NFKD", character)
    if len(plain) > 1 and all(unicodedata.combining(mark) for mark in plain[1:]):
        plain = plain[0]
    lower = plain.lower() if len(plain) == 1 else character.lower()
    return lower if len(lower) == 1 else character


def fold(text: str) -> str:
    """As long as ``text``."""
    return "".join(map(fold_character, text))


@cache
def _family() -> dict[str, str]:
    """Plain character -> all that are looked for as it, itself included."""
    found: dict[str, str] = {}
    for first, last in FOLDED_BLOCKS:
        for character in map(chr, range(first, last + 1)):
            if character.isprintable() or character == "\u3000":
                plain = fold_character(character)
                found[plain] = found.get(plain, "") + character
    return found


def variants(character: str) -> str:
    """Every character that ``character`` is looked for as."""
    plain = fold_character(character)
    return _family().get(plain, "") or plain


def composed(text: str) -> str:
    """The text with each accent in its letter, as the databases hold it and ``variants`` knows it."""
    return unicodedata.normalize("NFC", text)


def glob_pattern(text: str) -> str:
    """A pattern of SQLite's GLOB for texts that have ``text`` anywhere."""
    return f"*{''.join(map(_glob_class, composed(text)))}*"


def _glob_class(character: str) -> str:
    family = variants(character)
    if len(family) == 1 and family not in "*?[":
        return family
    # In a class a closing bracket stands first and a caret does not; a hyphen at its beginning is a hyphen.
    ordered = sorted(family, key=lambda one: {"]": 0, "-": 1, "^": 3}.get(one, 2))
    if ordered == ["^"]:
        return "^"
    return f"[{''.join(ordered)}]"


def regular_expression(text: str) -> str:
    """The same for PostgreSQL's ``~``."""
    return "".join(map(_regular_class, composed(text)))


def _regular_class(character: str) -> str:
    family = variants(character)
    escaped = "".join(one if one.isalnum() or ord(one) > 127 else f"\\{one}" for one in family)
    return escaped if len(family) == 1 else f"[{escaped}]"


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Where the terms stand in a text, overlapping ones joined."""
    plain = fold(text)
    found = []
    for term in {fold(composed(term)) for term in terms} - {""}:
        at = plain.find(term)
        while at >= 0:
            found.append((at, at + len(term)))
            at = plain.find(term, at + len(term))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def contains_all(text: str, terms: Iterable[str]) -> bool:
    plain = fold(composed(text))
    return all(fold(composed(term)) in plain for term in terms)


def highlight(text: str, terms: Iterable[str]) -> SafeString:
    """The text with ``<mark>`` round every term; everything in it is escaped."""
    pieces, last = [], 0
    for start, end in spans(text, terms):
        pieces += [conditional_escape(text[last:start]), "<mark>", conditional_escape(text[start:end]), "</mark>"]
        last = end
    return mark_safe("".join([*pieces, conditional_escape(text[last:])]))  # noqa: S308 - every piece is escaped


def snippet(text: str, terms: Iterable[str], length: int = SNIPPET_CHARS) -> SafeString:
    """The part of a long text round its first term, highlighted; its beginning where no term stands in it."""
    text = " ".join(text.split())
    terms = list(terms)
    if len(text) <= length:
        return highlight(text, terms)
    places = spans(text, terms)
    start = max(0, places[0][0] - length // 3) if places else 0
    part = text[start : start + length]
    shown = highlight(part, terms)
    before, after = "…" if start else "", "…" if start + length < len(text) else ""
    return mark_safe(f"{before}{shown}{after}")  # noqa: S308 - escaped by highlight
