"""Reads of reports: by the code, by the integrity officers with a reason, and by number for auditors."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Prefetch, QuerySet
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Department, Line, Programme
from participation.stakeholders.models import Appointment, Role, User
from participation.whistleblowing.codes import digests
from participation.whistleblowing.models import Case, CaseEntry, CaseFile, Recusal
from portal.errors import NotFound
from privacy.access.recording import reading
from privacy.sealing import ring
from privacy.sealing.opening import unrecorded

PURPOSE = "whistleblowing"
ROW_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


@dataclass(frozen=True)
class Said:
    """One entry of the thread, opened."""

    number: int
    is_reporter: bool
    text: str
    new_state: str
    officer: str
    entry: CaseEntry
    files: tuple[tuple[CaseFile, str], ...]


@dataclass(frozen=True)
class Opened:
    """All that is written about a case, opened. ``recusals``: who stepped back, and why."""

    case: Case
    place_and_time: str
    department: Department | None
    item: str
    found: Line | Programme | None
    contact: str
    entries: tuple[Said, ...]
    recusals: tuple[tuple[str, str], ...]


@sensitive_variables()
def case_of_code(typed: str) -> Case | None:
    """The case with this code. What is no code at all takes as long as one that nobody has."""
    fingerprints = digests(typed)
    case = Case.objects.filter(code_digest__in=fingerprints).first()
    if case is None or not any(hmac.compare_digest(bytes(case.code_digest), one) for one in fingerprints):
        return None
    return case


def cases_for(user: User | AnonymousUser) -> QuerySet[Case]:
    """What is to be worked on, the oldest first. No content: only states and days."""
    return (
        Case.objects.visible_to(user)
        .annotate(entry_count=Count("entries"), last_on=Max("entries__written_on"))
        .order_by("received_on", "pk")
    )


def case_found(user: User | AnonymousUser, row_id: UUID) -> Case:
    """One case, closed. Raises ``NotFound`` for everybody who may not work on it."""
    case = cases_for(user).filter(row_id=row_id).first()
    if case is None:
        raise NotFound
    return case


def file_found(case: Case, row_id: UUID) -> CaseFile:
    file = CaseFile.objects.filter(entry__case=case, row_id=row_id).exclude(content="").first()
    if file is None:
        raise NotFound
    return file


@sensitive_variables()
def opened_for_officer(case: Case, *, reason: str, acting_user: User) -> Opened:
    """The case opened for an officer, whose typed ``reason`` is on record before anything is.

    Not within a transaction, which could take the record back.
    """
    entries = _entries(case)
    recusals = list(case.recusals.select_related("case", "officer"))
    with reading(PURPOSE, typed_reason=reason, acting_user=acting_user) as readings:
        readings.note_all(
            (row, field)
            for row in (case, *entries, *recusals, *(file for entry in entries for file in entry.files.all()))
            for field in row._meta.concrete_fields
            if getattr(field, "needs_reason", False)
            and field.name != "content"
            and vars(row)[field.attname] is not None
        )
        return _opened(case, entries, recusals, acting_user)


@sensitive_variables()
def opened_for_reporter(case: Case) -> tuple[Said, ...]:
    """The thread for whoever holds the code. It is theirs, and no record may say that somebody read it."""
    with unrecorded():
        return tuple(_said(entry) for entry in _entries(case))


def _entries(case: Case) -> list[CaseEntry]:
    files = CaseFile.objects.select_related("entry__case")
    entries = list(case.entries.select_related("officer", "case").prefetch_related(Prefetch("files", files)))
    ring.prefetch([case, *entries])
    return entries


def _said(entry: CaseEntry) -> Said:
    return Said(
        number=entry.number,
        is_reporter=entry.is_reporter,
        text=entry.text or "",
        new_state=str(Case.State(entry.new_state).label) if entry.new_state else "",
        officer=entry.officer.display_name if entry.officer is not None else "",
        entry=entry,
        files=tuple((file, (file.details or {}).get("name", "")) for file in entry.files.all()),
    )


def _opened(case: Case, entries: list[CaseEntry], recusals: list[Recusal], user: User) -> Opened:
    department_ref, item = case.department_ref, case.item or ""
    return Opened(
        case=case,
        place_and_time=case.place_and_time or "",
        department=Department.objects.filter(row_id=department_ref).first() if department_ref else None,
        item=item,
        found=_item_named(item, user),
        contact=case.contact or "",
        entries=tuple(_said(entry) for entry in entries),
        recusals=tuple((recusal.officer.display_name, recusal.reason or "") for recusal in recusals),
    )


def _item_named(item: str, user: User) -> Line | Programme | None:
    """The line or programme whose address was pasted, if it is one."""
    found = ROW_ID.search(item)
    if found is None:
        return None
    row_id = UUID(found[0])
    line: Line | None = Line.objects.visible_to(user).filter(row_id=row_id).first()
    return line or Programme.objects.filter(row_id=row_id).first()


def counts_by_state() -> list[tuple[str, int]]:
    """(name of the state, how many cases), for auditors: no case can be told from another."""
    numbers = dict(Case.objects.order_by().values_list("state").annotate(number=Count("pk")))
    return [(str(state.label), numbers.get(state.value, 0)) for state in Case.State]


def unattended_count() -> int:
    """How many cases no integrity officer may see, because all have stepped back or there is none."""
    officers = set(
        Appointment.objects.current()
        .filter(role=Role.INTEGRITY, person__is_active=True)
        .values_list("person_id", flat=True)
    )
    open_cases = Case.objects.exclude(state=Case.State.DESTROYED).prefetch_related("recusals")
    return sum(1 for case in open_cases if not officers - {recusal.officer_id for recusal in case.recusals.all()})
