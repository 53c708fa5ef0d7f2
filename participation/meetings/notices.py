"""Regular work for meetings: reminders, and the lot where nobody has drawn it in time. Invitations in letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.following.letters import Attached, enclose
from participation.meetings import feeds
from participation.meetings.models import Meeting
from participation.meetings.permissions import registration_of
from participation.meetings.seats.actions import close_list, draw_lot
from participation.meetings.seats.models import MeetingLot
from participation.meetings.seats.queries import placed, seat_of
from participation.stakeholders.models import User

# Who has a place is reminded so many days before.
REMINDERS = (7, 1)


def remind_of_meetings() -> None:
    """Each person once for each reminder and date."""
    now = timezone.now()
    for meeting in Meeting.objects.standing().filter(
        opened_at__isnull=True, starts_at__gt=now, starts_at__lte=now + timedelta(days=max(REMINDERS))
    ):
        step = min(days for days in REMINDERS if meeting.starts_at <= now + timedelta(days=days))
        people = [registration.person for registration in placed(meeting)]
        day = timezone.localdate(meeting.starts_at).isoformat()
        if people:
            words = {"step": "reminder", "on": day}
            announce(Kind.MEETING_PLACE, meeting, to=people, words=words, key=f"{step} days before {day}")


def invitation_for(row_id: UUID, person: User) -> Iterator[Attached]:
    """The calendar file for whoever has a place there; after it was cancelled, the file that takes it out again."""
    meeting = Meeting.objects.visible_to(person).filter(row_id=row_id).first()
    own = registration_of(person, meeting) if meeting else None
    seat = seat_of(own) if own else None
    if meeting is None or seat is None or not seat.has_place:
        return
    content = feeds.invitation_to(
        meeting,
        name=person.display_name,
        email=person.email,
        base=settings.WAGTAILADMIN_BASE_URL,
        now=timezone.now(),
    )
    yield "invitation.ics", content, f"text/calendar; method={feeds.method_of(meeting)}"


def enclose_invitations() -> None:
    enclose(Kind.MEETING_PLACE, invitation_for)


def run_lots() -> None:
    """Close the lists whose registration has ended, and draw from those that were closed an earlier time: the list
    stands in the log before the secret is opened."""
    lots = MeetingLot.objects.filter(
        drawn_at__isnull=True,
        meeting__cancelled_at__isnull=True,
        meeting__opened_at__isnull=True,
        meeting__registration_ends_at__lte=timezone.now(),
    ).select_related("meeting")
    for lot in lots:
        if lot.closed_at is None:
            close_list(lot.meeting, acting_user=None)
        else:
            draw_lot(lot.meeting, acting_user=None)
