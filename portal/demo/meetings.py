"""The city's meetings: a series with one that was held, whose minutes are public, and one that takes registrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from participation.following.telling import of_the_past
from participation.meetings.actions import (
    add_agenda_item,
    change_agenda_item,
    convene_meeting,
    enter_meeting_rule,
    publish_material,
    start_series,
)
from participation.meetings.minutes.actions import (
    agree_action,
    draft_minutes,
    judge_minutes,
    propose_minutes,
    publish_minutes,
    record_resolution,
)
from participation.meetings.seats.actions import check_in, close_list, draw_lot, register_for_meeting
from participation.meetings.seats.queries import placed
from participation.meetings.seats.rule_files import OWN, read_rules
from participation.meetings.session.actions import close_meeting, open_meeting, open_poll, vote_in_poll
from participation.models import (
    ActionItem,
    AgendaItem,
    Consultation,
    Meeting,
    MeetingLot,
    MeetingMaterial,
    MeetingMinutes,
    MeetingPoll,
    MeetingRegistration,
    MeetingSeries,
    MinutesOpinion,
    Resolution,
    User,
)
from portal.demo.backdate import at
from portal.demo.city import City
from portal.demo.content import read
from portal.demo.files import attachment

EXTRA_HOURS = timedelta(hours=2)
TOUCHED = (
    *(MeetingSeries, Meeting, AgendaItem, MeetingMaterial, MeetingRegistration, MeetingLot),
    *(MeetingPoll, Resolution, ActionItem, MeetingMinutes, MinutesOpinion),
)


def load_meetings(city: City) -> None:
    told = read("meetings")
    if MeetingSeries.objects.filter(title=told["series"]["title"]).exists():
        return
    for definition in read_rules(OWN.read_bytes()):
        enter_meeting_rule(definition, acting_user=None)
    with transaction.atomic(), of_the_past():
        telling = Telling(city, told["series"])
        for entry in told["meetings"]:
            telling.tell(entry)


class Telling:
    def __init__(self, city: City, series: dict[str, Any]) -> None:
        self.city, self.keeper = city, city.people["moderator"]
        self.department = city.departments[series["department"]]
        found = Consultation.objects.filter(department=self.department, title__contains=series["consultation"])
        self.consultation = found.order_by("-created").first()
        with self._on(-31):
            self.series = start_series(
                **{name: series[name] for name in ("title", "title_en", "purpose", "purpose_en")},
                department=self.department,
                acting_user=self.keeper,
            )

    @contextmanager
    def _on(self, day: float) -> Iterator[None]:
        with at(self.city.calendar.on(day), *TOUCHED):
            yield

    def tell(self, entry: dict[str, Any]) -> None:
        with self._on(entry["convened"]):
            self.meeting = self._convene(entry)
            self._items(entry)
        material = entry["material"]
        with self._on(material["day"]):
            day = self.city.calendar.date_on(material["day"])
            publish_material(
                self.meeting,
                title=material["title"],
                title_en=material["title_en"],
                attachment=attachment("pdf", material["title"], material["say"], day),
                acting_user=self.keeper,
            )
        with self._on(entry["convened"] + 1):
            self._register(entry)
        if entry["day"] < 0:
            self._hold(entry)

    def _moment(self, day: float, hour: int) -> datetime:
        date = self.city.calendar.date_on(day)
        return timezone.make_aware(datetime(date.year, date.month, date.day, hour))

    def _convene(self, entry: dict[str, Any]) -> Meeting:
        starts_at = self._moment(entry["day"], entry["hour"])
        details = ("title_en", "purpose_en", "scope_en", "place", "place_en", "access", "access_en", "stream_link")
        return convene_meeting(
            **{name: entry[name] for name in ("kind", "title", "purpose", "scope")},
            starts_at=starts_at,
            ends_at=starts_at + EXTRA_HOURS,
            registration_ends_at=self._moment(entry["registration_ends"], 18),
            places={group: (number, how == "lot") for group, number, how in entry["places"]},
            series=self.series,
            consultation=self.consultation,
            department=self.department,
            details={name: entry[name] for name in (*details, "online_link") if name in entry},
            acting_user=self.keeper,
        )

    def _items(self, entry: dict[str, Any]) -> None:
        for item in entry["agenda"]:
            programme = self.city.programmes.get(item.get("on", ""))
            add_agenda_item(
                self.meeting,
                title=item["title"],
                title_en=item["title_en"],
                minutes=item["minutes"],
                matter=self.city.line(self.city.releases[0], programme) if programme else None,
                acting_user=self.keeper,
            )

    def _register(self, entry: dict[str, Any]) -> None:
        for key in entry["people"]:
            person = self.city.people[key]
            standing = self.city.standing(person)
            register_for_meeting(self.meeting, standing=standing, may_record=True, acting_user=person)

    def _hold(self, entry: dict[str, Any]) -> None:
        with self._on(entry["registration_ends"] + 1):
            close_list(self.meeting, acting_user=self.keeper)
        with self._on(entry["registration_ends"] + 2):
            draw_lot(self.meeting, acting_user=self.keeper)
        with at(self.meeting.starts_at, *TOUCHED):
            self._session(entry)
        with at(self.meeting.ends_at, *TOUCHED):
            self.meeting = close_meeting(self.meeting, acting_user=self.keeper)
        with self._on(entry["day"] + 1):
            minutes = draft_minutes(self.meeting, acting_user=self.keeper)
            answer_by = self.city.calendar.date_on(entry["day"] + entry["answer_by"])
            propose_minutes(minutes, answer_by=answer_by, acting_user=self.keeper)
        with self._on(entry["day"] + 3):
            for person in self.there:
                judge_minutes(minutes, agrees=True, acting_user=person)
            publish_minutes(minutes, acting_user=self.keeper)

    def _session(self, entry: dict[str, Any]) -> None:
        keeper = self.keeper
        meeting = open_meeting(self.meeting, acting_user=keeper)
        came = placed(meeting)
        self.there: list[User] = [check_in(registration, acting_user=keeper).person for registration in came]
        for item, told in zip(meeting.agenda.all(), entry["agenda"], strict=True):
            change_agenda_item(item, notes=told["notes"], acting_user=keeper)
            record_resolution(meeting, text=told["decided"], item=item, acting_user=keeper)
            if "action" in told:
                agree_action(
                    meeting,
                    text=told["action"]["say"],
                    department=self.department,
                    due_on=self.city.calendar.date_on(told["action"]["due"]),
                    item=item,
                    acting_user=keeper,
                )
        for told in entry.get("polls", []):
            poll = open_poll(meeting, question=told["question"], options="\n".join(told["options"]), acting_user=keeper)
            for number, person in enumerate(self.there):
                vote_in_poll(poll, choice=0 if number < len(self.there) - 1 else 1, acting_user=person)
        self.meeting = meeting
