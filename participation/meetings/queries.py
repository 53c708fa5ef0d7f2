"""Reads of meetings."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from cms.budget.models import Line, Programme
from cms.pages.content.agenda import Entry
from participation.consultations.models import Consultation
from participation.meetings.models import AgendaItem, Meeting, MeetingMaterial, MeetingSeries
from participation.meetings.seats.models import MeetingRegistration
from participation.stakeholders.models import User
from portal.errors import NotFound
from portal.ui.furniture import local

Reader = User | AnonymousUser


def meetings_for(user: Reader) -> QuerySet[Meeting]:
    return Meeting.objects.visible_to(user).select_related("series", "consultation", "department")


def meeting_for(user: Reader, row_id: UUID) -> Meeting:
    """One meeting. Raises ``NotFound`` where ``user`` may not see it."""
    found = meetings_for(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def series_for(user: Reader, row_id: UUID) -> MeetingSeries:
    found = MeetingSeries.objects.visible_to(user).select_related("department").filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def material_for(user: Reader, row_id: UUID) -> MeetingMaterial:
    found: MeetingMaterial | None = MeetingMaterial.objects.visible_to(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def coming(user: Reader) -> QuerySet[Meeting]:
    """What goes on or is still to come, the next one first."""
    return meetings_for(user).filter(cancelled_at__isnull=True, closed_at__isnull=True).order_by("starts_at", "pk")


def past(user: Reader) -> QuerySet[Meeting]:
    """What was held or cancelled, the newest first."""
    return meetings_for(user).filter(Q(cancelled_at__isnull=False) | Q(closed_at__isnull=False))


def meetings_of(consultation: Consultation, user: Reader) -> QuerySet[Meeting]:
    return meetings_for(user).filter(consultation=consultation)


def meetings_about(record: Line | Programme, user: Reader) -> QuerySet[Meeting]:
    """The meetings that have a line, or a programme or one of its lines, on their agenda."""
    items = (
        AgendaItem.objects.filter(line=record)
        if isinstance(record, Line)
        else AgendaItem.objects.filter(
            Q(programme=record) | Q(line__programme=record) | Q(evaluation__programme=record)
        )
    )
    return meetings_for(user).filter(pk__in=items.values("meeting"))


def items_of(meeting: Meeting) -> QuerySet[AgendaItem]:
    """The agenda, with what each item is about."""
    return meeting.agenda.select_related("line__programme", "line__department", "programme", "evaluation", "task")


def registrations_of(person: User) -> QuerySet[MeetingRegistration]:
    """Where somebody is registered and it is not over, the next one first."""
    return (
        MeetingRegistration.objects.standing()
        .filter(person=person, meeting__closed_at__isnull=True, meeting__cancelled_at__isnull=True)
        .select_related("meeting")
        .order_by("meeting__starts_at")
    )


def waiting_for_my_word(person: User) -> QuerySet[Meeting]:
    """Meetings that somebody attended, whose minutes wait for their word."""
    return Meeting.objects.filter(
        registrations__person=person,
        registrations__attended_at__isnull=False,
        minutes__proposed_at__isnull=False,
        minutes__published_at__isnull=True,
    ).order_by("minutes__answer_by")


def meeting_dates(reader: Reader, first: date, last: date) -> list[Entry]:
    """Meetings, for the calendar of the portal; one query."""
    start = timezone.make_aware(datetime.combine(first, time.min))
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    found = Meeting.objects.visible_to(reader).standing().filter(starts_at__lt=end, ends_at__gte=start)
    return [
        Entry(
            uid=f"meeting-{meeting.row_id}",
            kind="hearing",
            title=local(meeting, "title"),
            starts=meeting.starts_at,
            ends=meeting.ends_at,
            url=meeting.get_absolute_url(),
            place=local(meeting, "place"),
            detail=str(meeting.get_kind_display()),
        )
        for meeting in found
    ]
