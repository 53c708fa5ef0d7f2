"""What the desk shows of incidents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count

from privacy.incidents.clocks import Clock, clocks_of
from privacy.incidents.containing import LASTING
from privacy.incidents.models import AffectedPerson, Containment, Incident, IncidentStep, NoticeBatch
from privacy.incidents.notices import current_template, field_in_words
from privacy.incidents.runbooks import RunbookStep, runbook
from privacy.incidents.transitions import WAY, Transition, open_to


@dataclass(frozen=True)
class Station:
    """One state on the way, as page furniture shows it."""

    key: str
    label: str
    state: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True)
class Way:
    """A state that can be reached from here, and what is missing for it."""

    transition: Transition
    missing: list[str]


@dataclass(frozen=True)
class Ticked:
    step: RunbookStep
    by: IncidentStep | None

    @property
    def action_label(self) -> str:
        return str(Containment.Action(self.step.action).label) if self.step.action else ""


def stations(incident: Incident) -> list[Station]:
    at = WAY.index(Incident.State(incident.state))
    is_closed = incident.state == Incident.State.CLOSED
    found = []
    for place, state in enumerate(WAY):
        word = "ok" if place < at or is_closed else "now" if place == at else "todo"
        found.append(Station(state.value, str(state.label), word))
    return found


def page_of(incident: Incident, *, may_work: bool) -> dict[str, Any]:
    """Everything on the page of one incident but its forms."""
    steps = list(incident.steps.select_related("by"))
    ticks = {step.what: step for step in steps if step.kind == IncidentStep.Kind.TICKED}
    book = runbook(incident.kind)
    counts = dict(incident.affected.order_by().values_list("notice").annotate(count=Count("pk")))
    batches = list(incident.batches.select_related("template"))
    return {
        "incident": incident,
        "may_work": may_work and incident.state != Incident.State.CLOSED,
        "may_finish": may_work,
        "stations": stations(incident),
        "ways": [
            Way(transition, [str(missing) for missing in transition.missing(incident)])
            for transition in open_to(incident)
        ],
        "clocks": clocks_of(incident),
        "book": book,
        "ticks": [Ticked(step, ticks.get(step.key)) for step in book.steps],
        "steps": [(step, what_in_words(incident, step)) for step in steps],
        "containments": list(incident.containments.select_related("by")),
        "lasting": [str(action) for action in LASTING],
        "fields": [(field_in_words(name), count) for name, count in incident.scope.get("fields", {}).items()],
        "told": counts.get(AffectedPerson.Notice.SENT, 0),
        "waiting": counts.get(AffectedPerson.Notice.PENDING, 0),
        "failed": counts.get(AffectedPerson.Notice.FAILED, 0),
        "batches": batches,
        "is_sending": any(batch.state == NoticeBatch.State.SENDING for batch in batches),
        "template": current_template(incident.kind),
        "reports": list(incident.reports.select_related("by")),
        "lessons": list(incident.lessons.all()),
        "languages": settings.LANGUAGES,
    }


def what_in_words(incident: Incident, step: IncidentStep) -> str:
    """What a line of the timeline is about, in the reader's language."""
    kind, what = IncidentStep.Kind(step.kind), step.what
    if kind == IncidentStep.Kind.MOVED:
        return str(Incident.State(what).label)
    if kind in (IncidentStep.Kind.CONTAINED, IncidentStep.Kind.LIFTED):
        return str(Containment.Action(what).label)
    if kind == IncidentStep.Kind.TICKED:
        return next((one.text for one in runbook(incident.kind).steps if one.key == what), what)
    if kind == IncidentStep.Kind.CLOCK:
        clock, _colon, share = what.rpartition(":")
        label = next((str(one.label) for one in clocks_of(incident) if one.kind == clock), clock)
        return f"{label} · {share} %"
    if kind in (IncidentStep.Kind.OPENED, IncidentStep.Kind.SEEN_AGAIN):
        return str(Incident.Signal(what).label)
    return ""


def open_clocks(incidents: Iterable[Incident]) -> list[tuple[Incident, list[Clock]]]:
    """Incidents with those of their clocks that are running."""
    return [
        (incident, [clock for clock in clocks_of(incident) if clock.is_running] if incident.closed_at is None else [])
        for incident in incidents
    ]
