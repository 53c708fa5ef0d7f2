"""The page on which everybody sees what a correction changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cms.budget import queries
from cms.budget.corrections import Change, Difference, changes_between, compared_phases
from cms.budget.corrections import difference as difference_between
from cms.budget.line_table import LineRow, described
from cms.budget.models import Line, Phase, Release
from cms.budget.requests import reader_of
from portal.errors import NotFound

LINES_PER_PAGE = 50
SHOWS = (
    ("changed", _("Changed")),
    ("added", _("Added")),
    ("removed", _("Removed")),
    ("unclear", _("Cannot be told apart")),
)


@dataclass(frozen=True)
class ChangedRow:
    """A line before and after, or only one of the two, or several of which nobody can say which became which."""

    before: tuple[LineRow, ...]
    after: tuple[LineRow, ...]
    changes: tuple[Change, ...] = ()

    @property
    def shown(self) -> LineRow:
        return (self.after or self.before)[0]


@require_safe
def difference(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """``from`` names an earlier version; left out, it is the one before."""
    reader = reader_of(request)
    new = queries.visible_release(row_id, reader)
    versions = earlier_versions(new, reader)
    if not versions:
        raise NotFound
    asked = request.GET.get("from", "")
    old = next((version for version in versions if str(version.row_id) == asked), versions[0])
    found = difference_between(old, new)
    counts = {name: len(getattr(found, name)) for name, _label in SHOWS}
    show = request.GET.get("show", "")
    if show not in counts:
        show = next((name for name in counts if counts[name]), "changed")
    page = Paginator(getattr(found, show), LINES_PER_PAGE).get_page(request.GET.get("page"))
    phases = compared_phases(old, new)
    context = {
        "release": new,
        "old": old,
        "versions": versions,
        "difference": found,
        "shows": [(name, label, counts[name]) for name, label in SHOWS],
        "show": show,
        "page_obj": page,
        "rows": rows_of(found, show, page, phases),
        "newer": queries.newer_version_of(new, reader),
    }
    return render(request, "cms/budget/difference.html", context)


def earlier_versions(release: Release, reader: queries.Reader) -> list[Release]:
    """The versions before this one that the reader may see, the latest first."""
    same_year = Release.objects.visible_to(reader).filter(
        government=release.government_id, fiscal_year=release.fiscal_year, version__lt=release.version
    )
    return list(same_year.select_related("government").order_by("-version"))


def rows_of(found: Difference, show: str, page: Page[Any], phases: Iterable[Phase]) -> list[ChangedRow]:
    """The lines of one page of the difference; two queries for all of them."""
    pairs: list[tuple[list[int], list[int]]] = []
    for item in page.object_list:
        match show:
            case "changed":
                pairs.append(([item[0]], [item[1]]))
            case "added":
                pairs.append(([], [item]))
            case "removed":
                pairs.append(([item], []))
            case "unclear":
                pairs.append((list(item[0]), list(item[1])))
    wanted = [pk for pair in pairs for side in pair for pk in side]
    lines = Line.objects.select_related("department", "programme", "release__government").in_bulk(wanted)
    rows = {row.line.pk: row for row in described([lines[pk] for pk in wanted], phases)}
    told = []
    for olds, news in pairs:
        changes: tuple[Change, ...] = ()
        if show == "changed":
            changes = tuple(changes_between(lines[olds[0]], lines[news[0]], phases))
        told.append(ChangedRow(tuple(rows[pk] for pk in olds), tuple(rows[pk] for pk in news), changes))
    return told
