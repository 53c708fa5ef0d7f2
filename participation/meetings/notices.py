"""Regular work for meetings: reminders, and the lot where nobody has drawn it in time."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.meetings.models import Meeting
from participation.meetings.seats.actions import close_list, draw_lot
from participation.meetings.seats.models import MeetingLot
from participation.meetings.seats.queries import placed

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
