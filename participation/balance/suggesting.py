"""Which themes there may be: words that stand together in some inputs and hardly in the others (TF-IDF).

The words are those of the search, so that Chinese is cut into pairs of characters. A suggestion names the words that
led to it and the inputs that hold them; it becomes a theme only where a moderator makes it one.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from participation.balance.queries import InputShown, Reader
from participation.consultations.models import Consultation, Contribution
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from portal.search.folding import fold
from portal.search.text import HAN, pairs

# Of more inputs the newest are looked at: what they are about shows in that many.
LOOKED_AT = 3000
SUGGESTIONS, WORDS_SHOWN, INPUTS_SHOWN = 8, 4, 5
# A word of one or two inputs is no theme, one of nearly all tells nothing.
LEAST_INPUTS, MOST_SHARE = 3, 0.4
LATIN = re.compile(r"[a-z]{4,}")
STOPPED = frozenset(
    pair
    for words in (
        "我们你们他们",
        "这个那个什么",
        "没有不是就是",
        "可以应该希望",
        "建议请问还是",
        "因为所以如果",
        "但是已经现在",
    )
    for pair in (words[:2], words[2:4], words[4:])
) | {"怎么", "为何", "是否", "一个", "this", "that", "with", "from", "have", "what", "when", "which", "should", "there"}


@dataclass(frozen=True)
class Suggestion:
    """``word`` is the one that stands out most; ``words`` stand with it; ``inputs`` hold it, ``count`` in all."""

    word: str
    words: list[str]
    count: int
    inputs: list[InputShown]


def words_in(text: str) -> set[str]:
    plain = fold(text)
    found = {pair for run in HAN.findall(plain) if len(run) > 1 for pair in pairs(run)}
    return (found | set(LATIN.findall(plain))) - STOPPED


def suggested_themes(user: Reader, consultation: Consultation) -> list[Suggestion]:
    """The themes that the input without a theme suggests. Two queries, and two for the inputs that are shown."""
    texts: list[tuple[type[Any], int, str]] = []
    for model, column in ((Feedback, "body"), (Evaluation, "reasoning")):
        rows = model.objects.visible_to(user).filter(  # type: ignore[attr-defined]
            consultation=consultation, status=Contribution.Status.VISIBLE, theme_tags__isnull=True
        )
        texts += [(model, pk, text) for pk, text in rows.order_by("-created").values_list("pk", column)[:LOOKED_AT]]
    documents = [words_in(text) for _model, _pk, text in texts]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, words in enumerate(documents):
        for word in words:
            holders[word].append(number)
    most = max(LEAST_INPUTS, MOST_SHARE * len(documents))
    telling = {word: held for word, held in holders.items() if LEAST_INPUTS <= len(held) <= most}
    # Each word counts once in an input: how often it is there, times how much that says.
    weight = {word: len(held) * math.log(len(documents) / len(held)) for word, held in telling.items()}
    found: list[tuple[str, list[str], list[int]]] = []
    taken: set[int] = set()
    for word in sorted(weight, key=lambda each: (-weight[each], each)):
        held = telling[word]
        # What the suggestions before tell of already is not told again.
        if sum(1 for number in held if number in taken) * 2 > len(held):
            continue
        beside = Counter(other for number in held for other in documents[number] if other in weight and other != word)
        near = [other for other, count in beside.most_common() if count * 2 >= len(held)][: WORDS_SHOWN - 1]
        found.append((word, near, held))
        taken.update(held)
        if len(found) == SUGGESTIONS:
            break
    shown = {texts[number][:2] for _word, _near, held in found for number in held[:INPUTS_SHOWN]}
    loaded: dict[tuple[type[Any], int], InputShown] = {}
    for kind in (Feedback, Evaluation):
        wanted = [pk for model, pk in shown if model is kind]
        loaded |= {
            (kind, each.pk): InputShown(each.stakeholder_group, each) for each in kind.objects.filter(pk__in=wanted)
        }  # type: ignore[attr-defined]
    return [
        Suggestion(word, near, len(held), [loaded[texts[number][:2]] for number in held[:INPUTS_SHOWN]])
        for word, near, held in found
    ]
