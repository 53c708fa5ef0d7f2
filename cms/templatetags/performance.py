"""Template library ``performance``: a programme's goals and indicators, for pages of rooms that come before it."""

from typing import Any

from django import template

from cms.budget.models import Programme
from cms.budget.queries import Reader
from cms.performance.queries import years_of_programme

register = template.Library()


@register.inclusion_tag("cms/performance/years.html")
def performance_of(programme: Programme | None, reader: Reader, fiscal_year: int | None = None) -> dict[str, Any]:
    """``{% performance_of programme reader %}``: every visible year, or with a third argument only that one."""
    years = years_of_programme(programme, reader, fiscal_year) if programme else []
    return {"years": years, "is_one_year": fiscal_year is not None}
