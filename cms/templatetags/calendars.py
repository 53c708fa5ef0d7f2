"""Template library ``calendars``: whether a disclosure came in time."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Q
from django.utils import timezone

from cms.budget.models import Government, JurisdictionChange, Release
from cms.calendars.clocks import deadline
from cms.calendars.working_days import working_days_between, years_without_calendar

register = template.Library()
# 预算法第十四条: the government's budget, adjustment and final accounts, 20 days after their approval.
GOVERNMENT_RULE = "T1"


@register.inclusion_tag("cms/calendars/publication_clock.html")
def publication_clock(release: Release, rule_id: str = GOVERNMENT_RULE) -> dict[str, Any]:
    """``{% publication_clock release %}``: how long after its approval a budget was published, and whether in time."""
    approved, place = release.approved_on, release.jurisdiction
    context: dict[str, Any] = {"release": release, "approved_on": approved}
    if approved is None or not place:
        return context
    due = deadline(rule_id, approved, place)
    published = timezone.localdate(release.published_at) if release.published_at else None
    until = published or timezone.localdate()
    context |= {"deadline": due, "published_on": published, "today": until}
    if due:
        context["days_late"] = max(0, (until - due.due_on).days)
    if published and published >= approved:
        context |= {
            "days": (published - approved).days,
            "working_days": working_days_between(approved, published, place),
            "years_without_calendar": years_without_calendar(approved, published, place),
        }
    return context


@register.inclusion_tag("cms/calendars/governed.html")
def governed_by(jurisdiction: str) -> dict[str, Any]:
    """``{% governed_by "CN" %}``: the governments that these days and periods hold for, and who said so since when."""
    below = Q(jurisdiction=jurisdiction) | Q(jurisdiction__startswith=f"{jurisdiction}-")
    public = Release.objects.published().values("government")
    governments = Government.objects.filter(below, pk__in=public).order_by("pk")
    changes = JurisdictionChange.objects.filter(
        Q(before__startswith=jurisdiction) | Q(after__startswith=jurisdiction), government__in=public
    )
    return {"jurisdiction": jurisdiction, "governments": governments, "changes": changes.select_related("government")}
