"""Atom and RSS of publications: all of them, or those with lines of one department."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Release
from cms.budget.queries import phases_of, visible_department
from cms.open_data.queries import publications
from portal.currency import in_major_units
from portal.ui.furniture import local
from portal.ui.navigation import language_tag


class Publications(Feed[Release, Department | None]):
    """Every publication and correction, newest first. The same for every reader: drafts are in nobody's feed."""

    title: Any = _("Budgets published")
    subtitle: Any = _("Every release and every correction, with its figures and files")
    description = subtitle
    item_guid_is_permalink = False

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().__call__(request, *args, **kwargs)
        # Feed readers are other programs, some of them in browsers.
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    def link(self, obj: Department | None) -> str:
        return reverse("cms:open_data:index")

    @property
    def language(self) -> str:  # type: ignore[override]
        return language_tag(get_language() or "")

    def items(self, obj: Department | None) -> list[Release]:
        return publications(obj)

    def item_title(self, item: Release) -> str:
        values = {"government": local(item.government, "name"), "year": item.fiscal_year, "version": item.version}
        if item.version > 1:
            return gettext("%(government)s, budget %(year)s, corrected: version %(version)s") % values
        return gettext("%(government)s, budget %(year)s") % values

    def item_description(self, item: Release) -> str:
        amounts = [
            f"{phase.label}: {in_major_units(item.totals[phase], item.currency):,f} {item.currency}"
            for phase in phases_of(item)
            if item.totals.get(phase) is not None
        ]
        lines = gettext("%(count)s lines") % {"count": f"{item.line_count:,}"}
        return " · ".join([*amounts, lines, f"SHA-256 {item.source_sha256}"])

    def item_link(self, item: Release) -> str:
        return item.get_absolute_url()

    def item_guid(self, item: Release) -> str:
        return f"urn:uuid:{item.row_id}"

    def item_pubdate(self, item: Release) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Release) -> datetime | None:
        return item.published_at


class OfDepartment(Publications):
    def get_object(self, request: HttpRequest, row_id: UUID) -> Department:  # type: ignore[override]
        return visible_department(row_id, AnonymousUser())

    def title(self, obj: Department) -> str:
        return gettext("Budgets published: %(department)s") % {"department": local(obj, "name")}

    def link(self, obj: Department | None) -> str:
        return obj.get_absolute_url() if obj else super().link(obj)


class AtomPublications(Publications):
    feed_type = Atom1Feed


class RssPublications(Publications):
    feed_type = Rss201rev2Feed


class AtomDepartment(OfDepartment):
    feed_type = Atom1Feed


class RssDepartment(OfDepartment):
    feed_type = Rss201rev2Feed
