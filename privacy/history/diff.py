"""Old and new side by side, for moderators: which words went and which came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from privacy.history.queries import changed_fields
from privacy.history.words import Words, is_sealed

# A sentence with its end, in Chinese or English; a word, or one character of a script that is written without blanks.
_SENTENCE = re.compile(r"[^。！？!?.;；\n]*[。！？!?.;；\n]+|[^。！？!?.;；\n]+")
_WORD = re.compile(r"[A-Za-z0-9_'’-]+|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """Text that is the same on both sides, or that stands on one of them only."""

    text: str
    is_changed: bool = False


@dataclass(frozen=True)
class FieldDifference:
    field: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def compare(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces of both texts. Sentences are matched first, then words within those that differ: this stays fast."""
    old: list[Piece] = []
    new: list[Piece] = []
    for left, right, is_same in _matched(_SENTENCE.findall(before), _SENTENCE.findall(after)):
        if is_same or not left or not right:
            _add(old, left, not is_same)
            _add(new, right, not is_same)
            continue
        for left_words, right_words, is_same_word in _matched(_WORD.findall(left), _WORD.findall(right)):
            _add(old, left_words, not is_same_word)
            _add(new, right_words, not is_same_word)
    return tuple(old), tuple(new)


def _matched(before: list[str], after: list[str]) -> Iterator[tuple[str, str, bool]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        yield "".join(before[i1:i2]), "".join(after[j1:j2]), tag == "equal"


def _add(pieces: list[Piece], text: str, is_changed: bool) -> None:
    if not text:
        return
    if pieces and pieces[-1].is_changed == is_changed:
        pieces[-1] = Piece(pieces[-1].text + text, is_changed)
    else:
        pieces.append(Piece(text, is_changed))


def differences(row: Any, previous: Any | None) -> list[FieldDifference]:
    """Every field in which a history row differs from the one before it. Of a sealed field only that it changed."""
    fields = changed_fields(row, previous)
    words = Words([row, previous] if previous is not None else [row], {field.name for field in fields})
    found = []
    for field in fields:
        if is_sealed(field):
            before: tuple[Piece, ...] = (Piece(words.of(previous, field)),)
            after: tuple[Piece, ...] = (Piece(_("[sealed, changed]"), is_changed=True),)
        else:
            before, after = compare(words.of(previous, field), words.of(row, field))
        found.append(FieldDifference(str(field.verbose_name), before, after))
    return found
