"""Feedback that says much the same, found by the words it shares: for whoever writes, and for moderators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log

from django.db.models import Q

from participation.consultations.models import Consultation, Contribution
from participation.feedback.models import Feedback
from participation.feedback.queries import Reader, feedback_for
from portal.search.text import WORD, index_text

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
    candidates = [(feedback, words_of(feedback.body)) for feedback in found[:CANDIDATES]]
    known = Counter(word for _feedback, of in candidates for word in of)
    weights = {
        word: log(1 + (len(candidates) + 1) / (known[word] + 1)) for word in words.union(*(of for _, of in candidates))
    }
    ranked = [(_alike(words, of, weights), feedback) for feedback, of in candidates]
    ranked.sort(key=lambda pair: (-pair[0], -pair[1].pk))
    return [feedback for alike, feedback in ranked[:SHOWN] if alike >= LEAST_ALIKE]


def _spread(words: Sequence[str]) -> Sequence[str]:
    """Some of many words, from all over them."""
    return words[:: max(1, -(-len(words) // WORDS_ASKED))]


def _alike(one: set[str], other: set[str], weights: dict[str, float]) -> float:
    """0 to 1: the weight of the words that both have, as a share of the weight of the words of each (Dice)."""

    def weight(words: set[str]) -> float:
        return sum(weights[word] for word in words)

    return 2 * weight(one & other) / ((weight(one) + weight(other)) or 1)
