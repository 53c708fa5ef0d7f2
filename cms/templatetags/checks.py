"""Template library ``checks``: what the checks of a release came to, and what corrections did to a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from cms.budget.checks.models import CheckOverride
from cms.budget.checks.queries import summary_of
from cms.budget.corrections import Fate, line_fate, line_fates
from cms.budget.models import Line, Release

register = template.Library()


@register.inclusion_tag("cms/budget/checks_card.html")
def checks_of_release(release: Release) -> dict[str, Any]:
    """A card with the outcome of the checks and every reason for which an error was published; two or three queries."""
    summary = summary_of(release)
    overrides = CheckOverride.objects.filter(finding__release=release, finding__is_current=True)
    return {
        "release": release,
        "summary": summary,
        "overrides": list(overrides.select_related("finding").order_by("pk")) if summary.overridden else [],
    }


@register.inclusion_tag("cms/budget/tables_hand_in_link.html", takes_context=True)
def hand_in_link(context: dict[str, Any], release: Release) -> dict[str, Any]:
    """The way to the page that takes the tables of a draft, for those who may use it."""
    user: Any = getattr(context.get("request"), "user", None)
    is_draft = release.published_at is None
    may = is_draft and user is not None and user.is_authenticated and user.has_role("editor", "reviewer")
    return {"release": release, "may_hand_in": may}


@register.inclusion_tag("cms/budget/difference_notice.html")
def correction_notice(release: Release) -> dict[str, Any]:
    """That a version corrects an earlier one, with the way to what it changed; no query for a first version."""
    older = None
    if release.version > 1:
        same_year = Release.objects.published().filter(
            government=release.government_id, fiscal_year=release.fiscal_year
        )
        older = same_year.filter(version__lt=release.version).order_by("-version").first()
    return {"release": release, "older": older}


@register.inclusion_tag("cms/budget/difference_fate.html")
def fate_of_line(line: Line | None) -> dict[str, Any]:
    """What became of one line in the newest published version of its release."""
    return {"line": line, "fate": line_fate(line) if line else None}


@register.simple_tag
def fates_of(said: Iterable[Any]) -> dict[int, Fate]:
    """``{% fates_of page_obj as fates %}``: of the ``line`` of everything on a page, in a fixed number of queries.

    Lines of a release that was not corrected are left out.
    """
    lines = {item.line.pk: item.line for item in said if item.line is not None}
    return {pk: fate for pk, fate in line_fates(lines.values()).items() if fate.newest}


@register.inclusion_tag("cms/budget/difference_mark.html")
def fate_mark(fates: dict[int, Fate], line: Line) -> dict[str, Any]:
    """``{% fate_mark fates feedback.line %}``: what became of the line, beside what was said about it."""
    return {"fate": fates.get(line.pk), "line": line}
