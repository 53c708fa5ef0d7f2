"""Template library ``open_data``: what pages of other rooms show of downloads, feeds and descriptions for machines."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cms.budget.models import Department, Release
from cms.open_data.queries import downloads_of
from cms.open_data.structured import as_script, dataset_of

register = template.Library()


@register.inclusion_tag("cms/open_data/downloads.html")
def downloads_box(release: Release) -> dict[str, Any]:
    """``{% downloads_box release %}``: every format with rows, size and digest; one query."""
    return {"release": release, "downloads": downloads_of(release)}


@register.simple_tag
def dataset_jsonld(release: Release) -> SafeString | str:
    """``{% dataset_jsonld release %}`` in the head of a page about a public release; one query. Nothing for a draft."""
    return as_script(dataset_of(release)) if release.published_at else ""


@register.simple_tag
def feed_links(department: Department | None = None) -> SafeString:
    """``{% feed_links %}`` or ``{% feed_links department %}`` in the head: where feed readers find the publications."""
    name, args = ("department_", [department.row_id]) if department else ("", [])
    return format_html(
        '<link rel="alternate" type="application/atom+xml" href="{}">'
        '<link rel="alternate" type="application/rss+xml" href="{}">',
        reverse(f"cms:open_data:{name}atom", args=args),
        reverse(f"cms:open_data:{name}rss", args=args),
    )


@register.simple_tag
def release_links(release: Release) -> SafeString:
    """``{% release_links release %}`` in the head: the same release for programs."""
    return format_html(
        '<link rel="alternate" type="application/json" href="{}"><link rel="alternate" type="text/csv" href="{}">',
        reverse("api:release", args=[release.row_id]),
        reverse("data:release", args=[release.row_id, "lines.csv"]),
    )
