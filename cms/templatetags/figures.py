"""Template library ``figures``: figures of the registry on any page."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from cms.budget.figures import AreaMap
from cms.budget.models import Department, Programme, Release
from cms.budget.queries import YearSum
from cms.budget.reading import Reading, reading_of
from cms.budget.requests import reader_of
from cms.figures import of_flows, of_programmes, of_releases
from cms.figures.kept import checks_kept
from cms.figures.kinds import figure
from cms.figures.registry import Figure
from portal.errors import NotFound

register = template.Library()


@register.inclusion_tag("cms/figures/figure.html")
def show_figure(
    figure: Figure | None,
    level: int = 2,
    is_alone: bool = False,
    limit: int = 0,
    anchor: str = "",
    area_map: AreaMap | None = None,
) -> dict[str, Any]:
    """``{% show_figure figure %}``: the whole figure; nothing for nothing. ``limit``: rows of a bar table shown.

    ``area_map`` gives a figure its ways up and aside; ``anchor`` its place on the page.
    """
    rows = figure.table.rows if figure else ()
    shown = rows[:limit] if limit and figure and figure.is_table else rows
    return {
        "figure": figure,
        "level": level,
        "is_alone": is_alone,
        "rows": shown,
        "left_out": len(rows) - len(shown),
        "anchor": anchor,
        "map": area_map,
    }


@register.simple_tag(takes_context=True)
def figure_about(context: Context, kind: str, subject: Any, **parameters: str) -> Figure | None:
    """``{% figure_about "hundred" release as hundred %}``: a figure for the reader of the page, or None."""
    try:
        return figure(kind, subject.row_id, parameters, reader_of(context["request"]))
    except NotFound:
        return None


# For pages that have read the release already: no query is asked twice.


@register.inclusion_tag("cms/budget/checks_card.html")
def checks_card(release: Release) -> dict[str, Any]:
    """The card of ``{% checks_of_release %}``, from what is kept of a published release."""
    kept = checks_kept(release)
    return {"release": release, "summary": kept.summary, "overrides": kept.overrides}


@register.simple_tag
def execution_figure(release: Release, reading: Reading) -> Figure | None:
    return of_releases.execution_of(release, reading)


@register.simple_tag
def spending_figure(release: Release, area_map: AreaMap | None) -> Figure | None:
    return of_releases.spending_of(release, area_map) if area_map else None


@register.simple_tag
def flow_figure(release: Release, reading: Reading) -> Figure | None:
    return of_flows.flow_through(release, reading)


@register.simple_tag
def income_figure(release: Release, reading: Reading) -> Figure | None:
    return of_flows.income_of_some(release, reading)


@register.simple_tag
def hundred_figure(release: Release | None) -> Figure | None:
    return of_releases.hundred_of(release, reading_of(release)) if release else None


@register.simple_tag
def years_figure(release: Release, releases: list[Release]) -> Figure | None:
    return of_releases.years_beside(release, releases)


@register.simple_tag
def money_figure(subject: Programme | Department, years: list[YearSum]) -> Figure | None:
    kind = "programme-money" if isinstance(subject, Programme) else "department-money"
    return of_programmes.money_over_years(subject, kind, years)
