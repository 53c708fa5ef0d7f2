"""Wagtail pages: what an editor writes round a release. Figures come from the release, never from pasted numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext_lazy as _
from modelsearch import index
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet

from cms.budget import figures, queries
from cms.budget.in_words import in_words
from cms.budget.models import Release
from cms.budget.reading import Reading, reading_of
from cms.budget.requests import reader_of
from cms.pages.forms import DisclosurePageForm
from cms.pages.listing import narrowed
from portal.errors import NotFound
from portal.ui.navigation import LanguageLink, language_tag

LATEST_SHOWN = 3
SENTENCES_SHOWN = 3
# The item of the main navigation under which disclosures are found.
SECTION = "cms:budget:index"


class InLog:
    """A page whose editions leave leaves in the public log. All its languages are one record there."""

    log_identity = "translation_key"
    translation_key: UUID

    @property
    def row_id(self) -> UUID:
        return self.translation_key


class HomePage(InLog, Page):
    introduction = models.CharField(_("introduction"), max_length=300, blank=True)

    content_panels = (*Page.content_panels, FieldPanel("introduction"))
    parent_page_types = ("wagtailcore.Page",)
    subpage_types = (
        "cms.DisclosureIndexPage",
        "cms.GuideIndexPage",
        "cms.GlossaryPage",
        "cms.CalendarPage",
        "cms.CaseIndexPage",
        "cms.NewsIndexPage",
        "cms.StandardPage",
    )
    max_count = 2
    template = "cms/pages/home.html"

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        reader = reader_of(request)
        newest = queries.newest_release(reader)
        reading = reading_of(newest) if newest else None
        return {
            **super().get_context(request, *args, **kwargs),
            "newest": newest,
            "reading": reading,
            "facts": reading.facts if reading else None,
            "base": queries.base_phase(newest) if newest else None,
            "even": even_pace(newest, reading) if newest and reading else None,
            "in_words": in_words(newest, reading, [])[:SENTENCES_SHOWN] if newest and reading else [],
            "disclosures": disclosures_in(self.locale_id, reader)[:LATEST_SHOWN],
        }


def even_pace(release: Release, reading: Reading) -> Decimal | None:
    """What an even pace would have spent by the date of the figures, in minor units; None once the year is over."""
    base, expected = reading.facts.comparison.base, figures.expected_rate(release)
    return None if base is None or expected is None else base * expected


class DisclosureIndexPage(InLog, Page):
    introduction = models.CharField(_("introduction"), max_length=300, blank=True)

    content_panels = (*Page.content_panels, FieldPanel("introduction"))
    parent_page_types = ("cms.HomePage",)
    subpage_types = ("cms.DisclosurePage",)
    template = "cms/pages/disclosure_index.html"

    class Meta:
        verbose_name = _("list of disclosures")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        request.section = SECTION  # type: ignore[attr-defined]
        reader = reader_of(request)
        listing = narrowed(disclosures_in(self.locale_id, reader), request.GET, reader)
        return {
            **super().get_context(request, *args, **kwargs),
            "listing": listing,
            "disclosures": listing.shown,
            "count": listing.count,
        }


class DisclosureQuerySet(PageQuerySet):  # type: ignore[misc]
    def visible_to(self, reader: queries.Reader) -> DisclosureQuerySet:
        """Live disclosures, newest year first. A page of a release that is not public is not public, either."""
        pages = self.live().public().filter(release__in=Release.objects.visible_to(reader))
        return pages.select_related("release__government", "locale").order_by(
            "-release__fiscal_year", "release__government", "-release__version"
        )


class ShowsMoney:
    """What a card says about its ``release`` and the money in it."""

    release: Any
    # Whether a later version stands in the same list.
    is_corrected = False

    @property
    def total(self) -> int | None:
        """The money that the release is about, in minor units."""
        size = queries.size_phase(self.release)
        return self.release.totals.get(size) if size else None

    @property
    def rate(self) -> Decimal | None:
        return queries.compare(self.release, self.release.totals).rate


class DisclosurePage(ShowsMoney, InLog, Page):
    """One budget disclosure: a plain-language reading of one release."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="pages", verbose_name=_("release"))
    summary = models.CharField(
        _("summary in plain language"),
        max_length=500,
        blank=True,
        help_text=_("Left empty, the page says in words what the figures say."),
    )
    body = RichTextField(_("explanation"), blank=True, features=("bold", "link", "ol", "ul", "h3"))

    objects = PageManager.from_queryset(DisclosureQuerySet)()

    content_panels = (*Page.content_panels, FieldPanel("release"), FieldPanel("summary"), FieldPanel("body"))
    search_fields = (*Page.search_fields, index.SearchField("summary"), index.SearchField("body"))
    base_form_class = DisclosurePageForm
    parent_page_types = ("cms.DisclosureIndexPage",)
    subpage_types = ()
    template = "cms/pages/disclosure.html"

    class Meta:
        verbose_name = _("budget disclosure")

    def get_history_url(self) -> str:
        return reverse("cms:budget:page_history", args=[self.pk])

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        """What Wagtail asks in two queries, in one; an alias it asks itself."""
        if self.alias_of_id:
            return super().get_view_restrictions()
        step = self.steplen
        paths = [self.path[:end] for end in range(step, len(self.path) + 1, step)]
        return PageViewRestriction.objects.filter(page__path__in=paths)

    def language_links(self) -> list[LanguageLink]:
        """This disclosure in each language; the figures of its release where it still waits for its translation."""
        live = self.get_translations(inclusive=True).live().select_related("locale")
        urls = {page.locale.language_code: page.url for page in live.defer_streamfields()}
        here = self.locale.language_code
        links = []
        for code, _name in settings.LANGUAGES:
            with override(code):
                url = self.url if code == here else urls.get(code) or self.release.get_absolute_url()
            links.append(LanguageLink(language_tag(code), get_language_info(code)["name_local"], url, code == here))
        return links

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        request.section = SECTION  # type: ignore[attr-defined]
        links = self.language_links()
        addresses = {link.code: request.build_absolute_uri(link.url) for link in links}
        shown = figures.figures(self.release, request.GET, reader_of(request))
        return {
            **super().get_context(request, *args, **kwargs),
            **shown,
            "in_words": in_words(self.release, shown["reading"], shown["year_releases"]),
            "language_links": links,
            "alternates": [*addresses.items(), ("x-default", addresses[language_tag(settings.LANGUAGE_CODE)])],
        }

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> TemplateResponse:
        """A page whose release is not public is not there, whatever happened to the page itself."""
        if not self.release.published_at and not _is_visible(self.release, reader_of(request)):
            raise NotFound
        response: TemplateResponse = super().serve(request, *args, **kwargs)
        return response


def _is_visible(release: Release, reader: queries.Reader) -> bool:
    return Release.objects.visible_to(reader).filter(pk=release.pk).exists()


@dataclass(eq=False)
class FiguresAlone(ShowsMoney):
    """A public release that has no page in a language yet, standing in the place of one in a list."""

    release: Release

    @property
    def url(self) -> str:
        return self.release.get_absolute_url()


def disclosures_in(locale_id: int, reader: queries.Reader) -> list[DisclosurePage | FiguresAlone]:
    """Every public release, newest year first: by its page in the language or, until there is one, by its figures."""
    pages = list(DisclosurePage.objects.visible_to(reader).filter(locale=locale_id))
    told = {page.release_id for page in pages}
    releases = Release.objects.published().exclude(pk__in=told).select_related("government")
    found: list[DisclosurePage | FiguresAlone] = [*pages, *(FiguresAlone(release) for release in releases)]
    found.sort(key=lambda d: (-d.release.fiscal_year, d.release.government_id, -d.release.version))
    for later, earlier in pairwise(found):
        one, other = later.release, earlier.release
        is_same = (one.fiscal_year, one.government_id) == (other.fiscal_year, other.government_id)
        earlier.is_corrected = is_same and one.published_at is not None
    return found
