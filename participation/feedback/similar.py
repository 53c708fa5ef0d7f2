"""Feedback that says much the same, found by the words it shares: for whoever writes, and for moderators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import log
from typing import TypeVar

from django.db.models import Model, Q

from participation.consultations.models import Consultation, Contribution
from participation.feedback.models import Feedback
from participation.feedback.queries import Reader, feedback_for
from portal.search.text import WORD, index_text

Said = TypeVar("Said", bound=Model)

SHOWN = 5
# The newest of what holds any of so many words are compared.
CANDIDATES = 200
WORDS_ASKED = 16
WORDS_NEEDED = 3
# From which share of their words on two texts are taken for similar; a rare word weighs more than a common one.
LEAST_ALIKE = 0.25


def words_of(text: str) -> set[str]:
    """Words, and pairs of Chinese characters."""
    return {word for word in WORD.findall(index_text(text)) if len(word) > 1}


def similar_to(
    user: Reader, consultation: Consultation, text: str, *, besides: Feedback | None = None
) -> list[Feedback]:
    """Public feedback of the consultation that says much the same as ``text``, the most alike first. One query."""
    words = words_of(text)
    if len(words) < WORDS_NEEDED:
        return []
    asked = Q()
    for word in _spread(sorted(words)):
        asked |= Q(body__icontains=word)
    found = feedback_for(user).filter(
        asked, consultation=consultation, status=Contribution.Status.VISIBLE, merged_into__isnull=True
    )
    if besides is not None:
        found = found.exclude(pk=besides.pk)
    return most_alike(text, [(feedback, feedback.body) for feedback in found[:CANDIDATES]])


def most_alike(text: str, candidates: Iterable[tuple[Said, str]]) -> list[Said]:
    """Those of the candidates, each with its own text, that say much the same as ``text``, the most alike first."""
    words = words_of(text)
    if len(words) < WORDS_NEEDED:
        return []
    worded = [(said, words_of(own)) for said, own in candidates]
    known = Counter(word for _said, of in worded for word in of)
    weights = {word: log(1 + (len(worded) + 1) / (known[word] + 1)) for word in words.union(*(of for _, of in worded))}
    ranked = [(_alike(words, of, weights), said) for said, of in worded]
    ranked.sort(key=lambda pair: (-pair[0], -pair[1].pk))
    return [said for alike, said in ranked[:SHOWN] if alike >= LEAST_ALIKE]


def _spread(words: Sequence[str]) -> Sequence[str]:
    """Some of many words, from all over them."""
    return words[:: max(1, -(-len(words) // WORDS_ASKED))]


def _alike(one: set[str], other: set[str], weights: dict[str, float]) -> float:
    """0 to 1: the weight of the words that both have, as a share of the weight of the words of each (Dice)."""

    def weight(words: set[str]) -> float:
        return sum(weights[word] for word in words)

    return 2 * weight(one & other) / ((weight(one) + weight(other)) or 1)
