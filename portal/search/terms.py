"""What somebody typed into a search box, as the terms to look for."""

from __future__ import annotations

import unicodedata

# Longer queries are cut, not refused: the first words decide.
QUERY_MAX_CHARS = 200
QUERY_MAX_TERMS = 8


def cleaned(text: str) -> str:
    """Without control characters, full-width forms made plain, and not longer than is useful."""
    plain = unicodedata.normalize("NFKC", text[: QUERY_MAX_CHARS * 4])
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())[:QUERY_MAX_CHARS]


def terms_of(text: str) -> list[str]:
    """The terms of a cleaned text, each of which has to be found. A term needs a letter or a digit: 。 or % is none."""
    terms = [term for term in text.split() if any(character.isalnum() for character in term)]
    return list(dict.fromkeys(terms))[:QUERY_MAX_TERMS]
