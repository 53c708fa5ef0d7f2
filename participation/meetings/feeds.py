"""Meetings for calendar programs (iCalendar, RFC 5545), and invitations (RFC 5546) for those who have a place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from participation.meetings.models import Meeting
from portal.ui.furniture import local

CONTENT_TYPE = "text/calendar; charset=utf-8"


def feed_of(meetings: Iterable[Meeting], *, base: str, now: datetime) -> bytes:
    """``base``: scheme and host of this site, which make ids unique."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", _("Meetings"))
    for meeting in meetings:
        calendar.add_component(_event(meeting, base, now))
    return bytes(calendar.to_ical())


def method_of(meeting: Meeting) -> str:
    """What an invitation asks a calendar program to do (RFC 5546)."""
    return "CANCEL" if meeting.cancelled_at else "REQUEST"


def invitation_to(meeting: Meeting, *, name: str, email: str, base: str, now: datetime) -> bytes:
    """The invitation of one person who has a place, with the address for taking part online; or its cancellation."""
    calendar = _calendar(method_of(meeting))
    event = _event(meeting, base, now, is_private=True)
    # A calendar program takes the file with the higher number for the valid one.
    event.add("sequence", meeting.history.count() - 1)
    host = urlsplit(base).hostname or "localhost"
    organizer = vCalAddress(f"mailto:noreply@{host}")
    organizer.params["cn"] = vText(_("Gongzhi"))
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{email}")
    attendee.params["cn"] = vText(name)
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("ACCEPTED")
    event.add("attendee", attendee)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", local(meeting, "title"))
    alarm.add("trigger", timedelta(days=-1))
    event.add_component(alarm)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    for name, value in (("prodid", "-//Gongzhi//Meetings//EN"), ("version", "2.0"), ("method", method)):
        calendar.add(name, value)
    return calendar


def _event(meeting: Meeting, base: str, now: datetime, *, is_private: bool = False) -> Event:
    event = Event()
    event.add("uid", f"meeting-{meeting.row_id}@{urlsplit(base).netloc}")
    event.add("dtstamp", now)
    event.add("dtstart", meeting.starts_at)
    event.add("dtend", meeting.ends_at)
    event.add("summary", local(meeting, "title"))
    event.add("url", urljoin(base, meeting.get_absolute_url()))
    event.add("status", "CANCELLED" if meeting.cancelled_at else "CONFIRMED")
    place = local(meeting, "place")
    if place:
        event.add("location", place)
    link = meeting.online_link if is_private else meeting.stream_link
    parts = [local(meeting, "purpose"), local(meeting, "access"), link]
    event.add("description", "\n\n".join(part for part in parts if part))
    return event
