"""Paragraphs that a message can be about: those of the record that is discussed, as anybody reads them now.

A message keeps the beginning of its paragraph, so that it says what was meant even when the record is changed later;
its link leads a browser to these words on the page of the record (a text fragment).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from bs4 import BeautifulSoup

from cms.pages.models import DisclosurePage
from participation.discussion.places import kind_of
from portal.ui.furniture import local

# Characters that are kept, and words in the link: enough to find the place, and to know it again.
KEPT, IN_LINK = 300, 40
BLOCKS = ("p", "li", "h3")


def passages_of(about: Any) -> list[str]:
    """The beginning of each paragraph, in the order of the page; each text once."""
    found = (" ".join(text.split())[:KEPT] for text in PARAGRAPHS[kind_of(about)](about))
    return list(dict.fromkeys(text for text in found if text))


def address_of(about: Any, passage: str) -> str:
    """Where the paragraph stands, for browsers that find text; for others the page."""
    return f"{about.get_absolute_url()}#:~:text={quote(passage[:IN_LINK], safe='')}"


def _lines(*texts: str) -> Iterator[str]:
    for text in texts:
        yield from text.splitlines()


def _of_disclosure(release: Any) -> Iterator[str]:
    for page in DisclosurePage.objects.live().public().filter(release=release).order_by("pk"):
        yield page.summary
        for block in BeautifulSoup(page.body, "html.parser").find_all(BLOCKS):
            yield block.get_text(" ", strip=True)


def _of_evaluation(evaluation: Any) -> Iterator[str]:
    yield from _lines(evaluation.reasoning)
    for finding in evaluation.findings.all():
        yield from _lines(finding.explanation, finding.recommendation)


PARAGRAPHS: dict[str, Callable[[Any], Iterable[str]]] = {
    "consultation": lambda about: _lines(*(local(about, name) for name in ("purpose", "limits", "outcome"))),
    "release": _of_disclosure,
    "programme": lambda about: (),
    "evaluation": _of_evaluation,
    "task": lambda about: _lines(about.finding.text, about.finding.recommendation),
}
