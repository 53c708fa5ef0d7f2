"""What an import would change: its totals beside those of the release before it, as a whole and by department."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from cms.budget.importing.lines import Named
from cms.budget.importing.plan import Plan
from cms.budget.models import Government, Line, Phase, Release
from cms.classification.identity import Identities

MOST_CHANGES = 20


def previous_release(government: str, fiscal_year: int, *, before: Release | None = None) -> Release | None:
    """The version that the import would follow; failing that, the newest release of the year before."""
    releases = Release.objects.filter(government__name=government).select_related("government")
    if before is not None:
        releases = releases.filter(pk__lt=before.pk)
    same = releases.filter(fiscal_year=fiscal_year).order_by("-version").first()
    return same or releases.filter(fiscal_year=fiscal_year - 1).order_by("-version").first()


def preview_of(plan: Plan) -> dict[str, Any]:
    """Plain values, amounts in minor units: ``totals`` and ``departments``, those that change most first.

    Phases that only one of the two has are left out of the changes, and so are all where the currencies differ.
    """
    previous = previous_release(plan.government, plan.fiscal_year)
    totals = plan.totals()
    told: dict[str, Any] = {
        "departments_count": len(plan.departments),
        "programmes_count": len(plan.programmes),
        "is_new_government": not Government.objects.filter(name=plan.government).exists(),
    }
    if previous is None or previous.currency != plan.currency:
        return {**told, "previous": None, "totals": [[phase, total, None] for phase, total in totals.items()]}
    shared = [phase for phase in plan.phases if phase.value in previous.phases]
    return {
        **told,
        "previous": str(previous.row_id),
        "previous_name": str(previous),
        "totals": [
            [phase, total, previous.totals.get(phase) if phase in previous.phases else None]
            for phase, total in totals.items()
        ],
        "lines_before": previous.line_count,
        "phase": shared[0].value if shared else "",
        **(_by_department(plan, previous, shared[0]) if shared else {}),
    }


def _by_department(plan: Plan, previous: Release, phase: Phase) -> dict[str, Any]:
    """Under the name that a department has now: one that was only renamed has not changed."""
    index = plan.phases.index(phase)
    known = Identities(previous.government, plan.fiscal_year)
    now: dict[str, int] = {}
    for place, sums in plan.by_department.items():
        code, name = Named("", "") if place is None else plan.departments[place]
        name = str(known.department(code, name) or name)
        now[name] = now.get(name, 0) + sums[index]
    before: dict[str, int] = {}
    facts = Line.objects.filter(release=previous, is_leaf=True).values_list("department__code", "department__name")
    for code, name, total in facts.annotate(total=Sum(phase.value)).order_by():
        name = str(known.department(code, name) or name) if name else ""
        before[name] = before.get(name, 0) + (total or 0)
    changes = [(name, before.get(name), now.get(name)) for name in {**before, **now}]
    changes = [(name, was, is_now) for name, was, is_now in changes if was != is_now]
    changes.sort(key=lambda change: (-abs((change[2] or 0) - (change[1] or 0)), change[0]))
    return {"departments": changes[:MOST_CHANGES], "departments_changed": len(changes)}
