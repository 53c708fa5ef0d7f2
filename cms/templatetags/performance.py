"""Template library ``performance``: goals, scores and the funnel, for pages of rooms that come before it."""

from typing import Any

from django import template
from django.template.context import Context

from cms.budget.models import Department, Programme
from cms.budget.queries import Reader
from cms.budget.requests import reader_of
from cms.performance import funnel, queries
from cms.performance.permissions import may_report

register = template.Library()


@register.inclusion_tag("cms/performance/years.html")
def performance_of(programme: Programme | None, reader: Reader, fiscal_year: int | None = None) -> dict[str, Any]:
    """``{% performance_of programme reader %}``: every visible year, or with a third argument only that one."""
    years = queries.years_of_programme(programme, reader, fiscal_year) if programme else []
    return {
        "years": years,
        "programme": programme,
        "is_one_year": fiscal_year is not None,
        "may_report": programme is not None and fiscal_year is None and may_report(reader, programme.department),
    }


@register.inclusion_tag("cms/performance/funnel.html", takes_context=True)
def funnel_of(context: Context, department: Department) -> dict[str, Any]:
    """``{% funnel_of department %}``: how a department's programmes are held to their goals, in its newest year."""
    reader = reader_of(context["request"])
    return {"funnel": funnel.funnel_of(department, reader), "may_report": may_report(reader, department)}
