"""The pages that editors have published, as a reader may see them."""

from __future__ import annotations

from cms.budget.queries import Reader
from cms.pages.models import DisclosureIndexPage, DisclosurePage

FOUND_AT_MOST = 20


def index_page(language: str | None) -> DisclosureIndexPage | None:
    """The live list of disclosures in a language (as in ``settings.LANGUAGES``)."""
    page: DisclosureIndexPage | None = DisclosureIndexPage.objects.live().filter(locale__language_code=language).first()
    return page


def find_disclosures(text: str, reader: Reader, language: str | None) -> list[DisclosurePage]:
    """The disclosures that a text is found in, best first, each in the reader's language where it has been translated.

    A text in one language finds the page in the other, too: the two are translations of each other.
    """
    hits = DisclosurePage.objects.live().search(text)[: FOUND_AT_MOST * 2]
    keys = list(dict.fromkeys(hit.translation_key for hit in hits))[:FOUND_AT_MOST]
    pages = DisclosurePage.objects.visible_to(reader).filter(translation_key__in=keys)
    readable = {page.translation_key: page for page in pages}
    readable |= {page.translation_key: page for page in pages if page.locale.language_code == language}
    return [readable[key] for key in keys if key in readable]
