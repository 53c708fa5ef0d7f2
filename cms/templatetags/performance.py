"""Template library ``performance``: goals, scores and the funnel, for pages of rooms that come before it."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cms.budget.models import Department, Programme
from cms.budget.queries import Reader
from cms.budget.requests import reader_of
from cms.performance import funnel, queries
from cms.performance.approval.queries import Standing, standings_of
from cms.performance.models import Indicator, MonitoringReading, ProgrammeYear
from cms.performance.monitoring import latest_readings, monitored, monitored_years
from cms.performance.permissions import may_report
from portal.ui.furniture import Step

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
        "so_far": latest_readings(reading.year for reading in years if not reading.reported),
        "standings": standings_of([reading.year for reading in years], reader),
        "programme": programme,
        "is_one_year": fiscal_year is not None,
        "may_report": programme is not None and fiscal_year is None and may_report(reader, programme.department),
    }


@register.inclusion_tag("ui/tracker.html")
def goal_story(reading: queries.YearReading, standing: Standing | None) -> dict[str, Any]:
    """``{% goal_story reading standing %}``: how far the goals of one year have come, from set to put right."""
    year = reading.year
    steps = [
        ("set", _("Goals"), bool(reading.goals), _day(year.goals_set_on)),
        ("approved", _("Approved"), bool(standing and standing.approval), _day(_approved_on(standing))),
        ("tracked", _("Tracked"), year.tracked_on is not None, _day(year.tracked_on)),
        ("self_evaluated", _("Self-evaluated"), reading.self_score is not None, str(reading.self_score or "")),
        ("put_right", _("Put right"), year.problems_found is not None and not year.problems_open, _fixed(year)),
    ]
    here = next((place for place, step in enumerate(steps) if not step[2]), len(steps))
    return {
        "steps": [
            Step(key, label, "ok" if place < here else "now" if place == here else "todo", detail)
            for place, (key, label, _is_done, detail) in enumerate(steps)
        ],
        "label": _("How far the goals of %(year)s have come") % {"year": year.fiscal_year},
        "full": True,
    }


def _approved_on(standing: Standing | None) -> date | None:
    return standing.approval.approved_on if standing and standing.approval else None


def _day(day: date | None) -> str:
    return date_format(day) if day else ""


def _fixed(year: ProgrammeYear) -> str:
    return "" if year.problems_found is None else f"{year.problems_fixed or 0}/{year.problems_found}"


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


@register.filter
def of_indicator(readings: dict[int, MonitoringReading], indicator: Indicator) -> MonitoringReading | None:
    """``{{ so_far|of_indicator:indicator }}``: what was last reported of it while its year is running."""
    return readings.get(indicator.pk)


@register.inclusion_tag("cms/performance/alerts_of.html", takes_context=True)
def alerts_of(context: Context, department: Department) -> dict[str, Any]:
    """``{% alerts_of department %}``: its programmes that dual monitoring has something to say about, newest year."""
    reader = reader_of(context["request"])
    own = ProgrammeYear.objects.visible_to(reader).filter(programme__department=department)
    newest = own.order_by("-fiscal_year").values_list("fiscal_year", flat=True).first()
    years = monitored_years(reader, newest).filter(programme__department=department) if newest else None
    rows = monitored(years, today=timezone.localdate()) if years is not None else []
    return {"rows": [row for row in rows if row.alerts], "all": len(rows), "year": newest, "department": department}
