"""Whom an incident concerns and with which fields: found in the readings and in the scope of keys, not guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from privacy.access.models import AccessEvent
from privacy.history.actor import acting
from privacy.incidents.errors import Refused
from privacy.incidents.models import AffectedPerson, HoneyRecord, Incident, IncidentStep
from privacy.incidents.permissions import require_guard
from privacy.incidents.timeline import locked, note_step
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.rights.erasing.models import Erasure
from privacy.sealing import ring
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import DataKey

# Of a made-up person; ".invalid" reaches nobody (RFC 2606).
MADE_UP_ADDRESS = "person-{}@exercise.invalid"
MOST_MADE_UP = 10_000
# In place of the name of a field: all that is sealed for somebody.
EVERYTHING = "*"
_AT_ONCE = 500
_TELLABLE = (Scope.PERSON, Scope.ORGANISATION)


@dataclass
class Touched:
    """What of one subject is concerned: how often each field ("app.model.field") was read, between which moments."""

    fields: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, names: Iterable[str], when: datetime | None) -> None:
        self.fields.update(names)
        if when is not None:
            self.first = min(self.first or when, when)
            self.last = max(self.last or when, when)

    def as_json(self) -> dict[str, Any]:
        return {
            "fields": dict(sorted(self.fields.items())),
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
        }


@dataclass
class Scoped:
    """What was found by one way of looking. ``cases``: confidential cases, whose people are told by nobody but those
    who keep the case."""

    subjects: dict[Subject, Touched] = field(default_factory=dict)
    cases: int = 0
    source: str = ""
    addresses: dict[Subject, str] = field(default_factory=dict)


# Ways of looking --------------------------------------------------------------------------------


def by_readings(*, since: datetime, until: datetime, readers: Sequence[UUID] = ()) -> Scoped:
    """What was opened in a span of time, by some people (row ids; empty: by anybody)."""
    events = AccessEvent.objects.filter(created__gte=since, created__lte=until)
    if readers:
        events = events.filter(actor__row_id__in=readers)
    found = Scoped(source="readings")
    cases = set()
    for event in events.order_by("pk").iterator():
        if event.subject_scope == Scope.CASE:
            cases.add(event.subject_ref)
        elif event.subject_scope in _TELLABLE:
            touched = found.subjects.setdefault(Subject(event.subject_scope, event.subject_ref), Touched())
            touched.add((f"{event.record_label}.{name}" for name in event.fields), event.created)
    found.cases = len(cases)
    return found


def by_keys(*, kek_id: str = "", until: datetime | None = None) -> Scoped:
    """Everybody whose data key is wrapped under a key-encryption key (empty: under any), and was there by ``until``.
    All that is sealed for them counts as concerned."""
    keys = DataKey.objects.exclude(state=DataKey.State.SHREDDED)
    if kek_id:
        keys = keys.filter(kek_id=kek_id)
    if until is not None:
        keys = keys.filter(created__lte=until)
    found = Scoped(source="keys")
    for scope, ref in keys.order_by().values_list("scope_type", "scope_ref").distinct():
        if scope == Scope.CASE:
            found.cases += 1
        elif scope in _TELLABLE:
            found.subjects.setdefault(Subject(scope, ref), Touched()).add([EVERYTHING], None)
    return found


def by_name(subjects: Iterable[Subject], *, fields: Sequence[str]) -> Scoped:
    """Those who are named, with the fields that are."""
    found = Scoped(source="named")
    for subject in subjects:
        found.subjects.setdefault(subject, Touched()).add(fields, None)
    return found


def made_up(count: int) -> Scoped:
    """People of an exercise, who are nobody."""
    found = Scoped(source="made_up")
    for number in range(1, min(count, MOST_MADE_UP) + 1):
        subject = Subject(Scope.PORTAL.value, uuid4())
        found.subjects[subject] = Touched(Counter({"participation.user.phone": 1, "participation.user.real_name": 1}))
        found.addresses[subject] = MADE_UP_ADDRESS.format(number)
    return found


# Writing it down --------------------------------------------------------------------------------


@transaction.atomic
def assess_incident(incident: Incident, scoped: Scoped, *, words: str, acting_user: Any) -> Incident:
    """Add what was found to whom the incident concerns, once each. Raises ``Refused`` for made-up people outside of
    an exercise, and real ones in one."""
    require_guard(acting_user)
    found = locked(incident)
    is_made_up = scoped.source == "made_up"
    if is_made_up != found.is_exercise:
        raise Refused(
            _("An exercise concerns made-up people only.")
            if found.is_exercise
            else _("Made-up people belong into an exercise.")
        )
    rows = found.affected.values_list("scope_type", "subject_ref")
    known = {(str(scope), ref) for scope, ref in rows}
    # A planted record is nobody. Of whoever was erased nothing is kept, and nothing may be sealed for them again.
    nobody = set(HoneyRecord.objects.values_list("record_ref", flat=True))
    nobody.update(Erasure.objects.filter(state=Erasure.State.DONE).values_list("scope_ref", flat=True))
    new = [
        subject
        for subject in scoped.subjects
        if (subject.scope_type, subject.ref) not in known and subject.ref not in nobody
    ]
    for start in range(0, len(new), _AT_ONCE):
        page = new[start : start + _AT_ONCE]
        if not is_made_up:
            ring.expect(page)
        AffectedPerson.objects.bulk_create(
            AffectedPerson(
                incident=found,
                scope_type=subject.scope_type,
                subject_ref=subject.ref,
                details=scoped.subjects[subject].as_json(),
                address=scoped.addresses.get(subject),
            )
            for subject in page
        )
    found.scope = _summed(found.scope, scoped, new)
    found.assessed_at = timezone.now()
    with acting(acting_user, reason=words.strip()):
        found.save()
    append_leaf(
        LeafKind.INCIDENT_ASSESSED,
        found,
        public={"people": found.affected.count()},
        committed={"assessment": canonical(found.scope)},
    )
    note_step(found, IncidentStep.Kind.ASSESSED, what=scoped.source, words=words.strip(), acting_user=acting_user)
    return found


def _summed(before: dict[str, Any], scoped: Scoped, new: list[Subject]) -> dict[str, Any]:
    fields = Counter(before.get("fields", {}))
    for subject in new:
        fields.update(set(scoped.subjects[subject].fields))
    organisations = sum(subject.scope_type == Scope.ORGANISATION for subject in new)
    return {
        "people": before.get("people", 0) + len(new) - organisations,
        "organisations": before.get("organisations", 0) + organisations,
        "cases": max(before.get("cases", 0), scoped.cases),
        "fields": dict(sorted(fields.items())),
        "sources": sorted({*before.get("sources", ()), scoped.source}),
    }
