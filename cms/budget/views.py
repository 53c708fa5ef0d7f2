"""Pages of releases, departments, programmes and lines, each readable by everybody once the release is published."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cms.budget import queries
from cms.budget.figures import figures
from cms.budget.in_words import in_words
from cms.budget.line_table import described
from cms.budget.models import Line
from cms.budget.requests import reader_of
from cms.classification.identity import lines_of_programme


@require_safe
def release(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The live page that an editor wrote about a release or, where there is none, its figures alone."""
    reader = reader_of(request)
    found = queries.visible_release(row_id, reader)
    if page := queries.live_page_of(found, get_language()):
        asked = request.META["QUERY_STRING"]
        return redirect(f"{page.url}?{asked}" if asked else page.url)
    shown = figures(found, request.GET, reader)
    shown["in_words"] = in_words(found, shown["reading"], shown["year_releases"])
    return render(request, "cms/budget/release.html", shown)


@require_safe
def programme(request: HttpRequest, row_id: UUID) -> HttpResponse:
    reader = reader_of(request)
    found = queries.visible_programme(row_id, reader)
    years = queries.years_of(Line.objects.filter(lines_of_programme(found)), reader)
    asked = request.GET.get("year", "")
    newest = next((year.release for year in years if str(year.release.fiscal_year) == asked), None)
    newest = newest or (years[-1].release if years else None)
    page = queries.lines_of_programme(newest, found) if newest else []
    phases = queries.phases_of(newest) if newest else []
    context = {
        "programme": found,
        **over_years(years),
        "lines_of": newest,
        "latest": years[-1] if years else None,
        "rows": described(page, phases),
        "phases": phases,
        "middling": queries.middling_amount(getattr(line, phase) for line in page for phase in phases),
        "reader": reader,
    }
    return render(request, "cms/budget/programme.html", context)


@require_safe
def line(request: HttpRequest, row_id: UUID) -> HttpResponse:
    reader = reader_of(request)
    found = queries.visible_line(row_id, reader)
    phases = queries.phases_of(found.release)
    others = Line.objects.filter(programme=found.programme) if found.programme else Line.objects.none()
    context = {
        "line": found,
        "row": described([found], phases)[0],
        "comparison": queries.compare(found.release, {phase: getattr(found, phase) for phase in phases}),
        "newer": queries.newer_version_of(found.release, reader),
        **over_years(queries.years_of(others, reader)),
        "reader": reader,
    }
    return render(request, "cms/budget/line.html", context)


def over_years(years: list[queries.YearSum]) -> dict[str, Any]:
    """What a table over years needs."""
    return {
        "years": years,
        "year_phases": queries.phases_over(years),
        "largest": queries.largest_amount(years),
        "newest": years[-1].release if years else None,
    }
