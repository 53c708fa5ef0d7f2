"""Atom feed of what editors write: news, cases, courses and guides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.pages.content.queries import latest_pages
from portal.ui.navigation import language_tag

FEED_LENGTH = 30


class LatestPages(Feed[Page, None]):  # type: ignore[type-var]
    feed_type = Atom1Feed
    title: Any = _("News and cases")
    subtitle: Any = _("News, cases, courses and guides")

    def link(self) -> str:
        return reverse("cms:budget:content_feed")

    def language(self) -> str:  # type: ignore[override]
        return language_tag(get_language() or "")

    def items(self) -> list[Page]:
        return latest_pages(get_language(), FEED_LENGTH)

    def item_title(self, item: Page) -> str:
        return str(item.title)

    def item_description(self, item: Page) -> str:
        return str(item.summary)

    def item_link(self, item: Page) -> str:
        return str(item.url)

    def item_guid(self, item: Page) -> str:
        return f"urn:uuid:{item.translation_key}:{language_tag(item.locale.language_code)}"

    def item_pubdate(self, item: Page) -> datetime | None:
        return item.first_published_at  # type: ignore[no-any-return]

    def item_updateddate(self, item: Page) -> datetime | None:
        return item.last_published_at  # type: ignore[no-any-return]
