"""Template library ``classification``: what a department was called, and what went up in it."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cms.budget.models import Department, Line, Programme
from cms.budget.queries import largest_amount, phases_over, years_of
from cms.budget.requests import reader_of
from cms.classification.identity import lines_of_department, predecessors_of
from cms.classification.models import DepartmentAlias, DepartmentMerger, ProgrammeAlias, Scheme
from cms.classification.queries import english_of
from portal.ui.furniture import spoken

register = template.Library()
# Where a request keeps the English words of units.
UNITS = "_units_in_english"


@register.simple_tag(takes_context=True)
def unit(context: Context, words: str) -> SafeString:
    """``{% unit indicator.unit %}``: in the reader's language where a list has it, else marked as what it is.

    One query for a page, and none in Chinese.
    """
    if not words or not (get_language() or "").startswith("en"):
        return spoken({"name": words}, "name")
    request = context.get("request")
    known = getattr(request, UNITS, None)
    if known is None:
        known = english_of(Scheme.UNIT)
        if request is not None:
            setattr(request, UNITS, known)
    return spoken({"name": words, "name_en": known.get(words, "")}, "name")


@register.inclusion_tag("cms/classification/department_identity.html", takes_context=True)
def department_identity(context: Context, department: Department) -> dict[str, Any]:
    """``{% department_identity department %}``: other names, mergers and splits, and the figures of all together.

    Nothing where nothing was declared. The figures of a department that was split stay its own: see
    ``identity.predecessors_of``.
    """
    reader = reader_of(context["request"])
    merged = DepartmentMerger.objects.standing().select_related("predecessor", "successor")
    before = list(merged.filter(successor=department))
    after = list(merged.filter(predecessor=department))
    visible = set(
        Department.objects.visible_to(reader)
        .filter(pk__in=[one.predecessor_id for one in before] + [one.successor_id for one in after])
        .values_list("pk", flat=True)
    )
    before = [one for one in before if one.predecessor_id in visible]
    after = [one for one in after if one.successor_id in visible]
    joined = predecessors_of(department) if before else set()
    together = lines_of_department(department, with_predecessors=True) if joined else None
    years = years_of(Line.objects.filter(together), reader) if together else []
    return {
        "department": department,
        "aliases": list(DepartmentAlias.objects.standing().filter(department=department)),
        "before": before,
        "after": after,
        "is_split": len(after) > 1,
        "years": years,
        "year_phases": phases_over(years),
        "largest": largest_amount(years),
        "newest": years[-1].release if years else None,
    }


@register.inclusion_tag("cms/classification/programme_identity.html")
def programme_identity(programme: Programme) -> dict[str, Any]:
    """``{% programme_identity programme %}``: the codes and names under which it stands in other years."""
    return {"aliases": list(ProgrammeAlias.objects.standing().filter(programme=programme).select_related("under"))}
