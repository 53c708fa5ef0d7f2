"""What search engines may find: pages of editors, releases, departments and programmes, in both languages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse
from wagtail.models import Page

from cms.budget.models import Department, Programme, Release

# Below what the protocol allows (50,000 addresses), so that one part is answered quickly.
ADDRESSES_AT_ONCE = 5000


class Translated(Sitemap[Any]):
    """Addresses that differ between languages by their prefix only."""

    i18n = True
    alternates = True
    x_default = True
    limit = ADDRESSES_AT_ONCE

    def get_languages_for_item(self, item: Any) -> list[str]:
        return [code for code, _name in settings.LANGUAGES]


class Rooms(Translated):
    """Pages that are always there, by the names of their addresses."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names

    def items(self) -> list[str]:
        return list(self.names)

    def location(self, item: str) -> str:
        return reverse(item)


class Releases(Translated):
    def items(self) -> QuerySet[Release]:
        return Release.objects.published().order_by("pk")

    def lastmod(self, item: Release) -> datetime | None:
        return item.published_at


class Departments(Translated):
    def items(self) -> QuerySet[Department]:
        return Department.objects.visible_to(AnonymousUser()).order_by("pk")


class Programmes(Translated):
    def items(self) -> QuerySet[Programme]:
        return Programme.objects.visible_to(AnonymousUser()).order_by("pk")


class EditorsPages(Sitemap[Page]):
    """Live pages that anybody may read. Each language is a page of its own and names the others."""

    limit = ADDRESSES_AT_ONCE

    def items(self) -> QuerySet[Page]:
        pages: QuerySet[Page] = Page.objects.live().public().filter(depth__gt=1).select_related("locale")
        return pages.order_by("pk")

    def lastmod(self, item: Page) -> datetime | None:
        return item.last_published_at

    def location(self, item: Page) -> str:
        return item.url or ""
