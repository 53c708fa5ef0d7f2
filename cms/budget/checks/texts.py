"""The text that an editor wrote about a release, and amounts found in Chinese prose."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import strip_tags

from cms.budget.checks.documents import Text
from cms.budget.models import Release

LANGUAGE = "zh"
UNITS = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
AMOUNT = re.compile(r"(?P<number>\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?P<unit>亿元|万元|元)")
SENTENCE = re.compile(r"[^。！？；\n]+")
BLOCK_END = re.compile(r"</(?:p|li|h[1-6]|div|td|tr)>|<br\s*/?>", re.IGNORECASE)
# Between a phrase and its amount stand at most these words, so that no amount of something else is taken for it.
BRIDGE = r"(?:[^\d，。；！？\n]{0,12}?)"
DIGITS_BETWEEN = r"(?:\d{4}年度?)?"


@dataclass(frozen=True)
class ProseAmount:
    """An amount in minor units of a currency with two digits, what one step of its last digit is worth, and where."""

    value: int
    step: int
    excerpt: str


def texts_about(release: Release) -> list[Text]:
    """Every text field of the Chinese page about a release. A draft that never was live counts, too."""
    pages: Any = release.pages  # type: ignore[attr-defined]
    page = pages.filter(locale__language_code__startswith=LANGUAGE).order_by("-live", "-pk").first()
    if page is None:
        return []
    fields = [
        field
        for field in page._meta.local_fields
        if field.get_internal_type() in ("CharField", "TextField") or hasattr(field, "get_searchable_content")
    ]
    written = [Text(field.name, plain(_text_of(field, getattr(page, field.name)))) for field in fields]
    return [text for text in (Text("title", page.title), *written) if text.text]


def _text_of(field: Any, value: Any) -> str:
    # A stream of blocks tells its words itself; drawing it would ask for the figures bound to it.
    if field.get_internal_type() == "JSONField" or hasattr(value, "stream_block"):
        return "\n".join(map(str, field.get_searchable_content(value)))
    return str(value or "")


def plain(text: str) -> str:
    """A text without markup; paragraphs stay apart."""
    return html.unescape(strip_tags(BLOCK_END.sub("\n", text))).replace("\N{NO-BREAK SPACE}", " ").strip()


def sentences(texts: Sequence[Text]) -> Iterator[tuple[str, str]]:
    """Each sentence with the name of its field."""
    for text in texts:
        for match in SENTENCE.finditer(text.text):
            if stripped := match.group().strip():
                yield text.name, stripped


def amounts_in(sentence: str) -> list[ProseAmount]:
    return [_amount(match, sentence) for match in AMOUNT.finditer(sentence)]


def amount_after(words: Sequence[str], sentence: str) -> ProseAmount | None:
    """The first amount after ``words`` in their order, with nothing but a few words and no other number between."""
    pattern = r".{0,40}?".join(map(re.escape, words)) + BRIDGE + DIGITS_BETWEEN + BRIDGE + AMOUNT.pattern
    match = re.search(pattern, sentence)
    return _amount(match, sentence) if match else None


def _amount(match: re.Match[str], sentence: str) -> ProseAmount:
    number = Decimal(re.sub("[,，]", "", match["number"]))
    minor = UNITS[match["unit"]] * 100
    exponent = number.as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    step = max(1, int(Decimal(minor).scaleb(-digits)))
    return ProseAmount(int(number * minor), step, sentence)
