"""Every change of an incident but measures, notices and reports, which have files of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.history.actor import acting
from privacy.incidents.clocks import mail_guards
from privacy.incidents.errors import NotNow, Refused
from privacy.incidents.models import AffectedPerson, HoneyRecord, Incident, IncidentStep, Lesson
from privacy.incidents.permissions import require_guard
from privacy.incidents.runbooks import step_keys
from privacy.incidents.timeline import locked, note_step
from privacy.incidents.transitions import transition
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Step = IncidentStep.Kind
# What people write about an incident, and may correct until it is closed.
FACTS = (
    *("severity", "jurisdiction", "aware_at", "occurred_from", "occurred_until", "what_happened", "harm", "measures"),
    *("public_statement", "people_not_told_because", "authority_not_told_because", "no_lessons_because"),
)


@transaction.atomic
def open_incident(
    *,
    kind: str,
    what_happened: str,
    aware_at: datetime,
    jurisdiction: str,
    acting_user: Any,
    is_exercise: bool = False,
    signal: str = Incident.Signal.PERSON,
    dedup_key: str = "",
) -> Incident:
    """Put an incident on record; all its clocks run from ``aware_at``. ``acting_user`` None: a detector saw it.

    Raises ``Refused`` for a moment that has not come yet or without words.
    """
    if acting_user is not None:
        require_guard(acting_user)
    if aware_at > timezone.now():
        raise Refused(_("This moment has not come yet."), field="aware_at")
    if not what_happened.strip():
        raise Refused(_("Please say what happened."), field="what_happened")
    with acting(acting_user):
        incident: Incident = Incident.objects.create(
            kind=Incident.Kind(kind),
            what_happened=what_happened.strip(),
            aware_at=aware_at,
            jurisdiction=jurisdiction,
            is_exercise=is_exercise,
            signal=Incident.Signal(signal),
            dedup_key=dedup_key,
            lead=acting_user,
        )
    append_leaf(
        LeafKind.INCIDENT_OPENED,
        incident,
        public={"occasion": "exercise" if is_exercise else "event", "aware_at": aware_at},
        committed={"kind": incident.kind, "what_happened": incident.what_happened},
    )
    note_step(incident, Step.OPENED, what=incident.signal, words=incident.what_happened, acting_user=acting_user)
    transaction.on_commit(lambda: mail_guards.enqueue(str(incident.row_id), "", 0))
    return incident


@transaction.atomic
def change_facts(incident: Incident, *, reason: str, acting_user: Any, **facts: Any) -> Incident:
    """Write down what is known now; ``facts`` are some of ``FACTS``. Raises ``Refused`` for a span that ends before
    it begins."""
    require_guard(acting_user)
    if unknown := set(facts) - set(FACTS):
        raise ValueError(f"no facts of an incident: {sorted(unknown)}")
    found = locked(incident)
    changed = [name for name in facts if getattr(found, name) != facts[name]]
    if not changed:
        return found
    for name in changed:
        setattr(found, name, facts[name])
    if found.occurred_from and found.occurred_until and found.occurred_until < found.occurred_from:
        raise Refused(_("This is before the beginning."), field="occurred_until")
    if found.aware_at > timezone.now():
        raise Refused(_("This moment has not come yet."), field="aware_at")
    if not found.what_happened.strip():
        raise Refused(_("Please say what happened."), field="what_happened")
    with acting(acting_user, reason=reason):
        found.save()
    note_step(found, Step.NOTE, what=",".join(changed)[:80], words=reason, acting_user=acting_user)
    return found


@transaction.atomic
def move_incident(incident: Incident, *, to: str, words: str, acting_user: Any) -> Incident:
    """Bring the incident into its next state; see ``transitions``. Raises ``NotNow`` with what is missing."""
    require_guard(acting_user)
    if not words.strip():
        raise Refused(_("Please give a reason."), field="words")
    found = locked(incident)
    way = transition(found, to)
    if way is None:
        raise NotNow(_("The incident is in another state by now. Reload to see it."))
    if missing := way.missing(found):
        raise NotNow(" ".join(map(str, missing)))
    found.state = way.end
    found.lead = found.lead or acting_user
    now = timezone.now()
    if way.end == Incident.State.NOTIFIED and (
        found.public_statement or found.affected.filter(notice=AffectedPerson.Notice.SENT).exists()
    ):
        found.notified_at = now
    if way.end == Incident.State.CLOSED:
        found.closed_at = now
    with acting(acting_user, reason=words.strip()):
        found.save()
    note_step(found, Step.MOVED, what=found.state, words=words.strip(), acting_user=acting_user)
    return found


@transaction.atomic
def tick_step(incident: Incident, *, key: str, words: str = "", acting_user: Any) -> IncidentStep:
    """Tick a step of the run-book. Raises ``NotNow`` where it was ticked already."""
    require_guard(acting_user)
    found = locked(incident)
    if key not in step_keys(found.kind):
        raise Refused(_("There is no such step in the run-book."))
    if found.steps.filter(kind=Step.TICKED, what=key).exists():
        raise NotNow(_("This step was ticked already."))
    return note_step(found, Step.TICKED, what=key, words=words.strip(), acting_user=acting_user)


@transaction.atomic
def add_note(incident: Incident, *, words: str, acting_user: Any) -> IncidentStep:
    """Add words to the timeline, which stay for good."""
    require_guard(acting_user)
    if not words.strip():
        raise Refused(_("Please write something."), field="words")
    return note_step(locked(incident), Step.NOTE, words=words.strip(), acting_user=acting_user)


@transaction.atomic
def add_lesson(incident: Incident, *, text: str, responsible: str, due_on: date, acting_user: Any) -> Lesson:
    """Write down what has to change, as a task for somebody until a day."""
    require_guard(acting_user)
    found = locked(incident)
    if not text.strip() or not responsible.strip():
        raise Refused(_("Please say what has to change, and who does it."), field="text")
    if due_on < timezone.localdate():
        raise Refused(_("This day is over."), field="due_on")
    with acting(acting_user):
        lesson: Lesson = Lesson.objects.create(
            incident=found, text=text.strip(), responsible=responsible.strip(), due_on=due_on
        )
    _append_lesson(lesson, "open")
    note_step(found, Step.LESSON, words=lesson.text, acting_user=acting_user)
    return lesson


@transaction.atomic
def finish_lesson(lesson: Lesson, *, result: str, acting_user: Any) -> Lesson:
    """Also after the incident is closed: a task lasts until it is done. Raises ``NotNow`` where it is done."""
    require_guard(acting_user)
    if not result.strip():
        raise Refused(_("Please say what came of it."), field="result")
    found = Lesson.objects.select_for_update().select_related("incident").get(pk=lesson.pk)
    if found.done_at:
        raise NotNow(_("This is done already."))
    found.done_at, found.result = timezone.now(), result.strip()
    with acting(acting_user):
        found.save()
    _append_lesson(found, "done")
    return found


def _append_lesson(lesson: Lesson, state: str) -> None:
    append_leaf(
        LeafKind.INCIDENT_LESSON,
        lesson,
        public={"state": state, "due_on": lesson.due_on},
        committed={"text": lesson.text, "result": lesson.result},
    )


@transaction.atomic
def plant_honey(*, record: Any, note: str, acting_user: Any) -> HoneyRecord:
    """Watch a made-up row that nobody has a reason to open."""
    require_guard(acting_user)
    honey, _is_new = HoneyRecord.objects.get_or_create(
        record_ref=record.row_id,
        defaults={"record_label": record._meta.label_lower, "note": note.strip(), "by": acting_user},
    )
    return honey
