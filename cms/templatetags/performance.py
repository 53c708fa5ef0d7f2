"""Template library ``performance``: goals, scores and the funnel, for pages of rooms that come before it."""

from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from cms.budget.models import Department, Programme
from cms.budget.queries import Reader
from cms.budget.requests import reader_of
from cms.performance import funnel, queries
from cms.performance.approval.queries import Standing, standings_of
from cms.performance.models import ProgrammeYear
from cms.performance.monitoring import monitored, monitored_years
from cms.performance.permissions import may_report

register = template.Library()


@register.inclusion_tag("cms/performance/years.html", takes_context=True)
def performance_of(
    context: Context, programme: Programme | None, reader: Reader, fiscal_year: int | None = None
) -> dict[str, Any]:
    """``{% performance_of programme reader %}``: every visible year, or with a third argument only that one."""
    years = queries.years_of_programme(programme, reader, fiscal_year) if programme else []
    return {
        "request": context.get("request"),
        "years": years,
        "standings": standings_of([reading.year for reading in years], reader),
        "programme": programme,
        "is_one_year": fiscal_year is not None,
        "may_report": programme is not None and fiscal_year is None and may_report(reader, programme.department),
    }


@register.inclusion_tag("cms/performance/funnel.html", takes_context=True)
def funnel_of(context: Context, department: Department) -> dict[str, Any]:
    """``{% funnel_of department %}``: how a department's programmes are held to their goals, in its newest year."""
    reader = reader_of(context["request"])
    return {"funnel": funnel.funnel_of(department, reader), "may_report": may_report(reader, department)}


@register.filter
def as_written(number: Decimal | None) -> str:
    """A stored number as people write it: 98.5 for 98.5000."""
    return "—" if number is None else str(queries.without_trailing_zeros(number))


@register.filter
def of_year(standings: dict[int, Standing], year: ProgrammeYear) -> Standing | None:
    """``{{ standings|of_year:year }}``: the approval of a year's goals, and the changes of them."""
    return standings.get(year.pk)


@register.inclusion_tag("cms/performance/alerts_of.html", takes_context=True)
def alerts_of(context: Context, department: Department) -> dict[str, Any]:
    """``{% alerts_of department %}``: its programmes that dual monitoring has something to say about, newest year."""
    reader = reader_of(context["request"])
    own = ProgrammeYear.objects.visible_to(reader).filter(programme__department=department)
    newest = own.order_by("-fiscal_year").values_list("fiscal_year", flat=True).first()
    years = monitored_years(reader, newest).filter(programme__department=department) if newest else None
    rows = monitored(years, today=timezone.localdate()) if years is not None else []
    return {"rows": [row for row in rows if row.alerts], "all": len(rows), "year": newest, "department": department}
