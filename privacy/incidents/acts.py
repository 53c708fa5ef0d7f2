"""What the page of an incident can be asked to do: for each act its form and its action, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.incidents import actions, containing, notices, reporting, scope
from privacy.incidents.errors import Refused
from privacy.incidents.forms import (
    ContainForm,
    FactsForm,
    FinishForm,
    HandInForm,
    LessonForm,
    LiftForm,
    MoveForm,
    NoticeForm,
    RefForm,
    ReportForm,
    ScopeForm,
    TickForm,
    WordsForm,
)
from privacy.incidents.models import Incident
from privacy.sealing.keys import Scope, Subject

Values = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """``do(incident, values, user)``; ``done`` is said afterwards; ``anchor`` is where on the page it stands."""

    form: type[forms.Form]
    do: Callable[[Incident, Values, Any], object]
    done: str | Promise
    anchor: str


def _one(related: Any, ref: Any) -> Any:
    found = related.filter(row_id=ref).first()
    if found is None:
        raise Refused(_("This is not part of this incident."))
    return found


def _scoped(values: Values) -> scope.Scoped:
    source = values["source"]
    if source == "readings":
        return scope.by_readings(since=values["since"], until=values["until"], readers=values["people"])
    if source == "keys":
        return scope.by_keys(kek_id=values["kek_id"], until=values["until"])
    if source == "named":
        people = [Subject(Scope.PERSON.value, ref) for ref in values["people"]]
        return scope.by_name(people, fields=values["fields_named"])
    return scope.made_up(values["count"])


def _change(incident: Incident, values: Values, user: Any) -> object:
    facts = {name: value for name, value in values.items() if name != "reason"}
    return actions.change_facts(incident, reason=values["reason"], acting_user=user, **facts)


def _contain(incident: Incident, values: Values, user: Any) -> object:
    people = list(values["people"])
    if values["concerned"]:
        people += incident.affected.exclude(scope_type=Scope.ORGANISATION).values_list("subject_ref", flat=True)
        if not people:
            # An empty list would mean everybody.
            raise Refused(_("It is not known yet whom it concerns."), field="concerned")
    return containing.contain_incident(
        incident,
        action=values["action"],
        subjects=list(dict.fromkeys(people)),
        reason=values["reason"],
        acting_user=user,
    )


def _lift(incident: Incident, values: Values, user: Any) -> object:
    found = _one(incident.containments, values["ref"])
    return containing.lift_containment(found, reason=values["reason"], acting_user=user)


def _hand_in(incident: Incident, values: Values, user: Any) -> object:
    return reporting.hand_in_report(
        _one(incident.reports, values["ref"]),
        handed_in_at=values["handed_in_at"],
        reference=values["reference"],
        acting_user=user,
    )


def _finish(incident: Incident, values: Values, user: Any) -> object:
    found = _one(incident.lessons, values["ref"])
    return actions.finish_lesson(found, result=values["result"], acting_user=user)


ACTS: dict[str, Act] = {
    "move": Act(
        MoveForm,
        lambda incident, values, user: actions.move_incident(incident, **values, acting_user=user),
        _("The incident is in its next state."),
        "state",
    ),
    "facts": Act(FactsForm, _change, _("Written down."), "facts"),
    "tick": Act(
        TickForm,
        lambda incident, values, user: actions.tick_step(incident, **values, acting_user=user),
        _("Ticked."),
        "run-book",
    ),
    "note": Act(
        WordsForm,
        lambda incident, values, user: actions.add_note(incident, **values, acting_user=user),
        _("Written down."),
        "timeline",
    ),
    "contain": Act(ContainForm, _contain, _("The measure is taken."), "measures"),
    "lift": Act(LiftForm, _lift, _("The measure has ended."), "measures"),
    "assess": Act(
        ScopeForm,
        lambda incident, values, user: scope.assess_incident(
            incident, _scoped(values), words=values["words"], acting_user=user
        ),
        _("The scope is written down."),
        "scope",
    ),
    "notify": Act(
        NoticeForm,
        lambda incident, values, user: notices.begin_notices(incident, **values, acting_user=user),
        _("The notices are on their way."),
        "notices",
    ),
    "resume": Act(
        RefForm,
        lambda incident, values, user: notices.resume_notices(_one(incident.batches, values["ref"]), acting_user=user),
        _("Sending goes on."),
        "notices",
    ),
    "again": Act(
        forms.Form,
        lambda incident, values, user: notices.try_again(incident, acting_user=user),
        _("They are waiting to be told again."),
        "notices",
    ),
    "report": Act(
        ReportForm,
        lambda incident, values, user: reporting.draft_report(incident, **values, acting_user=user),
        _("The report is made. Print it, hand it in, and write down when."),
        "reports",
    ),
    "hand_in": Act(HandInForm, _hand_in, _("Handed in: the clock has stopped."), "reports"),
    "lesson": Act(
        LessonForm,
        lambda incident, values, user: actions.add_lesson(incident, **values, acting_user=user),
        _("The task is written down."),
        "lessons",
    ),
    "finish": Act(FinishForm, _finish, _("The task is done."), "lessons"),
}


def make_form(name: str, incident: Incident, data: Any = None) -> forms.Form:
    """The form of one act; its ids begin with the name of the act, as many stand on one page."""
    kind = ACTS[name].form
    more: dict[str, Any] = {"auto_id": f"{name}_%s"}
    if kind is ScopeForm:
        more["is_exercise"] = incident.is_exercise
        more["initial"] = {"since": incident.occurred_from, "until": incident.occurred_until}
    if kind is FactsForm:
        more["initial"] = {field: getattr(incident, field) for field in actions.FACTS}
    return kind(data, **more)
