"""Terms explained where they first occur: the words become a button that opens a native popover, without a script.

Text in links, headings, buttons, code and forms is left as it is: a button there would break what they do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableSet
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

from django.core.cache import cache
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cms.pages.content.glossary import GlossaryTerm, glossary_url

LEFT_ALONE = frozenset(
    (
        *("a", "h1", "h2", "h3", "h4", "h5", "h6", "button", "summary", "label", "code", "pre", "kbd", "script"),
        *("style", "textarea", "select", "option", "svg", "caption", "dt", "figcaption"),
    )
)
# What cannot hold a button, or what closes itself.
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
SECONDS_KEPT = 60


@dataclass(frozen=True)
class Word:
    """A term as one language needs it. ``forms``: every form, the longest first."""

    slug: str
    name: str
    definition: str
    forms: tuple[str, ...]


def words_of(language: str) -> tuple[Word, ...]:
    """The terms of a language, kept in the cache for a minute: an editor's change shows within it."""
    key = f"glossary:{language}"
    found = cache.get(key)
    if found is None:
        is_english = language.startswith("en")
        found = tuple(
            Word(
                slug=term.slug,
                name=term.name_en if is_english else term.name,
                definition=term.definition_en if is_english else term.definition,
                forms=tuple(sorted(term.forms(language), key=len, reverse=True)),
            )
            for term in GlossaryTerm.objects.all()
        )
        cache.set(key, found, SECONDS_KEPT)
    return found  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _pattern(forms: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the forms, the longest first; words of the Latin alphabet only as whole words, with their plural."""
    parts = [
        rf"(?<![A-Za-z]){re.escape(form)}s?(?![A-Za-z])" if form.isascii() else re.escape(form)
        for form in sorted(forms, key=len, reverse=True)
    ]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def explained(text: str, language: str, seen: MutableSet[str]) -> SafeString:
    """``text`` (HTML that is safe already, or plain text) with every term explained that is not in ``seen`` yet, which
    grows by what was explained."""
    words = words_of(language)
    source = str(conditional_escape(text))
    if not words:
        return mark_safe(source)  # noqa: S308
    by_form = {form.casefold(): word for word in reversed(words) for form in word.forms}
    pattern = _pattern(tuple(sorted({form for word in words for form in word.forms})))
    if not pattern.search(source):
        return mark_safe(source)  # noqa: S308
    annotator = _Annotator(pattern, by_form, seen)
    annotator.feed(source)
    annotator.close()
    return mark_safe("".join(annotator.parts))  # noqa: S308


class _Annotator(HTMLParser):
    """Copies a document piece by piece; only text outside of ``LEFT_ALONE`` is looked at."""

    def __init__(self, pattern: re.Pattern[str], by_form: dict[str, Word], seen: MutableSet[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._pattern, self._by_form, self._seen = pattern, by_form, seen
        self._closed: list[str] = []

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")
        if tag in LEFT_ALONE and tag not in VOID:
            self._closed.append(tag)

    def handle_startendtag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")
        if tag in self._closed:
            while self._closed.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.parts.append(data if self._closed else self._pattern.sub(self._explain, data))

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"<!--{data}-->")

    def _explain(self, match: re.Match[str]) -> str:
        form = match[0].casefold()
        word = self._by_form.get(form) or self._by_form.get(form.removesuffix("s"))
        if word is None or word.slug in self._seen:
            return match[0]
        self._seen.add(word.slug)
        return popover(word, match[0])


def popover(word: Word, shown: str) -> SafeString:
    """``shown`` is a piece of HTML text. What opens is a span, so that it may stand within a paragraph."""
    return format_html(
        '<button type="button" class="term" popovertarget="term-{slug}">{shown}</button>'
        '<span popover class="termcard" id="term-{slug}"><b>{name}</b> <span>{definition}</span> '
        '<a href="{url}#{slug}">{more}</a></span>',
        slug=word.slug,
        shown=mark_safe(shown),  # noqa: S308
        name=word.name,
        definition=word.definition,
        url=glossary_url(),
        more=_("In the glossary"),
    )
