"""The one table of states: from where an incident may go where, and what has to be there before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.incidents.models import AffectedPerson, Containment, Incident, IncidentStep

State = Incident.State
Words = str | Promise
# What is missing, in words; None where nothing is.
Need = Callable[[Incident], "Words | None"]


def _is_judged(incident: Incident) -> Words | None:
    return None if incident.severity else _("Say first how serious it is.")


def _has_a_measure(incident: Incident) -> Words | None:
    done = incident.containments.exists() or incident.steps.filter(kind=IncidentStep.Kind.TICKED).exists()
    return None if done else _("Take a measure, or tick one in the run-book, first.")


def _has_a_scope(incident: Incident) -> Words | None:
    return None if incident.assessed_at else _("Find out first whom it concerns.")


def _people_are_told(incident: Incident) -> Words | None:
    if incident.people_not_told_because:
        return None
    if not incident.affected.exists():
        return None
    is_waiting = incident.affected.filter(notice=AffectedPerson.Notice.PENDING).exists()
    if is_waiting or not incident.affected.filter(notice=AffectedPerson.Notice.SENT).exists():
        return _("Tell the people concerned, or write down why they are not told.")
    return None


def _authority_is_told(incident: Incident) -> Words | None:
    is_told = incident.authority_not_told_because or incident.reports.filter(handed_in_at__isnull=False).exists()
    return None if is_told else _("Hand in a report to the authority, or write down why it is not told.")


def _has_lessons(incident: Incident) -> Words | None:
    has_some = incident.no_lessons_because or incident.lessons.exists()
    return None if has_some else _("Write down what was learned, or why there is nothing to learn.")


def _measures_have_ended(incident: Incident) -> Words | None:
    lasting = (Containment.Action.FREEZE_EXPORTS, Containment.Action.READ_ONLY)
    still = incident.containments.filter(action__in=lasting, lifted_at__isnull=True)
    return _("End the stop of exports and the read-only mode first.") if still.exists() else None


@dataclass(frozen=True)
class Transition:
    start: Incident.State
    end: Incident.State
    label: Words
    needs: tuple[Need, ...] = ()

    def missing(self, incident: Incident) -> list[Words]:
        return [found for need in self.needs if (found := need(incident)) is not None]


TRANSITIONS = (
    Transition(State.DETECTED, State.TRIAGED, _("It is real: go on"), (_is_judged,)),
    Transition(State.DETECTED, State.CLOSED, _("False alarm: close it"), (_measures_have_ended,)),
    Transition(State.TRIAGED, State.CONTAINED, _("It is contained"), (_has_a_measure,)),
    Transition(State.TRIAGED, State.CLOSED, _("False alarm: close it"), (_measures_have_ended,)),
    Transition(State.CONTAINED, State.ASSESSED, _("The scope is known"), (_has_a_scope,)),
    Transition(State.ASSESSED, State.NOTIFIED, _("Everybody has been told"), (_people_are_told, _authority_is_told)),
    Transition(State.NOTIFIED, State.REVIEWED, _("The review is done"), (_has_lessons,)),
    Transition(State.REVIEWED, State.CLOSED, _("Close it"), (_measures_have_ended,)),
)


def open_to(incident: Incident) -> tuple[Transition, ...]:
    return tuple(transition for transition in TRANSITIONS if transition.start == incident.state)


def transition(incident: Incident, end: str) -> Transition | None:
    return next((found for found in open_to(incident) if found.end == end), None)


# The way of every incident, for the page; false alarms leave it early.
WAY = (
    State.DETECTED,
    State.TRIAGED,
    State.CONTAINED,
    State.ASSESSED,
    State.NOTIFIED,
    State.REVIEWED,
    State.CLOSED,
)
