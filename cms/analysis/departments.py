"""The page of a department: its years come from the cube, so that no line of an earlier year is read for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms.analysis.cube import department_cells, sums_by
from cms.budget import queries
from cms.budget.models import Department, Line, Release
from cms.budget.queries import Reader, YearSum
from cms.budget.requests import reader_of
from cms.budget.views import over_years
from cms.classification.identity import lines_of_department


def years_of_department(department: Department, reader: Reader) -> list[YearSum]:
    """Every year of a department, also under other names of its own, earliest first; a fixed number of queries.

    The cube has what is public; whoever reads drafts as well is told the sums of the lines.
    """
    own = lines_of_department(department)
    drafts = Release.objects.visible_to(reader).filter(published_at__isnull=True)
    if not (reader.is_authenticated and drafts.exists()):
        # Cells and lines have the same way to department, government and year.
        sums = sums_by(department_cells(reader).filter(own), "fiscal_year")
        if sums:
            return [YearSum(found.release, found.amounts, found.lines) for found in sums]
    return queries.years_of(Line.objects.filter(own), reader)


@require_safe
def department(request: HttpRequest, row_id: UUID) -> HttpResponse:
    reader = reader_of(request)
    found = queries.visible_department(row_id, reader)
    years = years_of_department(found, reader)
    context: dict[str, Any] = {"department": found, **over_years(years), "latest": years[-1] if years else None}
    if newest := context["newest"]:
        phases = queries.phases_of(newest)
        groups = queries.groups_by(newest, queries.Dimension.PROGRAMME, newest.lines.filter(department=found))
        context["newest_phases"] = phases
        compared = [queries.compare(newest, group.amounts, group.lines) for group in groups]
        context["programmes"] = [
            (group, [(phase, group.amounts[phase]) for phase in phases], comparison)
            for group, comparison in zip(groups, compared, strict=True)
        ]
        context["largest_programme"] = max((c.base or c.executed or 0 for c in compared), default=0)
        context["middling"] = queries.middling_amount(amount for group in groups for amount in group.amounts.values())
        context["newest_lines_url"] = f"{newest.get_absolute_url()}?department={found.row_id}#lines"
    return render(request, "cms/budget/department.html", context)
