"""What came of a meeting, and the minutes as they are drafted from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from participation.meetings.minutes.models import (
    ActionItem,
    MeetingMinutes,
    MeetingRecording,
    MinutesOpinion,
    Resolution,
)
from participation.meetings.models import Meeting
from participation.meetings.queries import items_of
from participation.meetings.seats.queries import counts_of
from participation.small_cells import Published, without_small_cells
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import NotFound

Reader = User | AnonymousUser


def minutes_for(user: Reader, meeting: Meeting) -> MeetingMinutes | None:
    """The minutes, where ``user`` may read them now."""
    found: MeetingMinutes | None = MeetingMinutes.objects.visible_to(user).filter(meeting=meeting).first()
    return found


def recordings_of(meeting: Meeting, user: Reader) -> QuerySet[MeetingRecording]:
    found: QuerySet[MeetingRecording] = MeetingRecording.objects.visible_to(user).filter(meeting=meeting)
    return found


def recording_for(user: Reader, row_id: UUID) -> MeetingRecording:
    found: MeetingRecording | None = MeetingRecording.objects.visible_to(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def action_item_for(user: Reader, row_id: UUID) -> ActionItem:
    items = ActionItem.objects.visible_to(user).select_related("meeting__department", "department", "task")
    found: ActionItem | None = items.filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def attendance_of(meeting: Meeting) -> Published[str]:
    """Group -> how many came, small numbers withheld; one query."""
    counts: dict[str, int] = {row.group: 0 for row in meeting.places_of_groups.all()}
    for group in meeting.registrations.filter(attended_at__isnull=False).values_list("group", flat=True):
        counts[group] = counts.get(group, 0) + 1
    return without_small_cells(counts)


@dataclass(frozen=True)
class Judged:
    """What participants said about the present version of the minutes. ``objections`` name nobody."""

    agreed: int
    objections: list[MinutesOpinion]
    asked: int

    @property
    def is_complete(self) -> bool:
        return self.asked > 0 and self.agreed + len(self.objections) >= self.asked


def judged(minutes: MeetingMinutes) -> Judged:
    opinions = list(minutes.opinions.filter(version=minutes.version).select_related("registration"))
    return Judged(
        agreed=sum(1 for opinion in opinions if opinion.agrees),
        objections=[opinion for opinion in opinions if not opinion.agrees],
        asked=minutes.meeting.registrations.filter(attended_at__isnull=False).count(),
    )


def draft_text(meeting: Meeting) -> str:
    """The minutes as they follow from the record: who came, each item with what was said, decided and agreed."""
    decisions: dict[int | None, list[Resolution]] = {}
    for resolution in meeting.resolutions.all():
        decisions.setdefault(resolution.item_id, []).append(resolution)
    actions: dict[int | None, list[ActionItem]] = {}
    for action in meeting.action_items.select_related("department"):
        actions.setdefault(action.item_id, []).append(action)
    parts = [meeting.title, _held_on(meeting), *_attendance(meeting)]
    for item in items_of(meeting):
        parts += ["", f"{item.number}. {item.title}", item.notes or _("(Nothing was noted.)")]
        parts += _outcome(decisions.get(item.pk, []), actions.get(item.pk, []))
    rest = _outcome(decisions.get(None, []), actions.get(None, []))
    return "\n".join([*parts, *(["", *rest] if rest else [])])


def _held_on(meeting: Meeting) -> str:
    began, ended = meeting.opened_at or meeting.starts_at, meeting.closed_at or meeting.ends_at
    day = date_format(timezone.localtime(began), "DATE_FORMAT")
    hours = f"{timezone.localtime(began):%H:%M}-{timezone.localtime(ended):%H:%M}"
    return " · ".join(part for part in (day, hours, meeting.place) if part)


def _attendance(meeting: Meeting) -> list[str]:
    came = attendance_of(meeting)
    names = {count.group: str(StakeholderGroup(count.group).label) for count in counts_of(meeting)}
    told = [f"{names[group]} {_few(number)}" for group, number in came.cells.items() if group in names]
    return [_("Present: %(sides)s") % {"sides": _(", ").join(told)}] if told else []


def _few(number: int | None) -> str:
    return _("(few)") if number is None else str(number)


def _outcome(resolutions: list[Resolution], actions: list[ActionItem]) -> list[Any]:
    lines = [_("Decided: %(text)s") % {"text": resolution.text} for resolution in resolutions]
    for action in actions:
        values = {
            "text": action.text,
            "department": action.department.name,
            "day": date_format(action.due_on, "DATE_FORMAT"),
        }
        lines.append(_("To do: %(text)s (%(department)s, by %(day)s)") % values)
    return lines
