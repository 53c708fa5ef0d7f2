"""The pages that editors have published, as a reader may see them."""

from __future__ import annotations

from cms.pages.models import DisclosureIndexPage, DisclosurePage

# Root, home, list, disclosure.
DEPTH = 4


def index_page(language: str | None) -> DisclosureIndexPage | None:
    """The live list of disclosures in a language (as in ``settings.LANGUAGES``)."""
    page: DisclosureIndexPage | None = DisclosureIndexPage.objects.live().filter(locale__language_code=language).first()
    return page


def disclosure_at(index: str, slug: str, language: str | None) -> DisclosurePage | None:
    """The live disclosure with an address, with its release and its language; one query."""
    page: DisclosurePage | None = (
        DisclosurePage.objects.live()
        .filter(slug=slug, url_path__endswith=f"/{index}/{slug}/", locale__language_code=language, depth=DEPTH)
        .select_related("release__government", "locale", "content_type")
        .first()
    )
    return page
