"""Meetings with people in them, made by the actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from participation.meetings.models import Meeting
from participation.meetings.seats.actions import check_in, register_for_meeting
from participation.meetings.seats.models import MeetingRegistration
from participation.meetings.session.actions import close_meeting, open_meeting
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.queries import Standing
from tests.factories import CITIZEN, make_meeting, make_organisation, make_user


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("draft.pdf", b"%PDF-1.7 draft")


def register(meeting: Meeting, person: User | None = None, **fields: Any) -> MeetingRegistration:
    return register_for_meeting(meeting, standing=CITIZEN, acting_user=person or make_user(), **fields)


def register_organisation(meeting: Meeting) -> MeetingRegistration:
    person = make_user()
    organisation = make_organisation(member=person)
    standing = Standing(StakeholderGroup.SOCIAL_ORGANISATION, organisation)
    return register_for_meeting(meeting, standing=standing, acting_user=person)


def end_registration(meeting: Meeting) -> Meeting:
    Meeting.objects.filter(pk=meeting.pk).update(registration_ends_at=timezone.now() - timedelta(minutes=1))
    meeting.refresh_from_db()
    return meeting


def live_meeting(keeper: User, people: int = 2, **fields: Any) -> tuple[Meeting, list[MeetingRegistration]]:
    """A meeting that goes on, with so many citizens and one organisation, all checked in."""
    places = {"citizen": (max(people, 1), False), "social_organisation": (2, False)}
    meeting = make_meeting(places=places, acting_user=keeper, **fields)
    there = [register(meeting) for _number in range(people)] + [register_organisation(meeting)]
    meeting = open_meeting(meeting, acting_user=keeper)
    for registration in there:
        registration.refresh_from_db()
        check_in(registration, acting_user=keeper)
        registration.refresh_from_db()
    return meeting, there


def held_meeting(keeper: User, people: int = 2, **fields: Any) -> tuple[Meeting, list[MeetingRegistration]]:
    meeting, there = live_meeting(keeper, people, **fields)
    return close_meeting(meeting, acting_user=keeper), there
