"""Who has a place, who waits, and what the list of a lot looks like. Places are computed, never stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms.calendars.clocks import clock_on
from cms.calendars.models import CHINA
from participation.meetings.models import Meeting, MeetingPlaces
from participation.meetings.seats.models import MeetingRegistration, MeetingRule
from participation.small_cells import without_small_cells
from portal.ui.furniture import local

# Days by which material is published before a meeting (重大行政决策程序暂行条例第十六条 for hearings).
MATERIAL_RULE = "C3"


@dataclass(frozen=True)
class Seat:
    """``position``: from 1 in the order of the group; None while the lot has not been drawn."""

    registration: MeetingRegistration
    position: int | None
    has_place: bool

    @property
    def waits(self) -> bool:
        return self.position is not None and not self.has_place


def seats_of(meeting: Meeting) -> dict[int, Seat]:
    """Primary key of each standing registration -> its seat. Two queries.

    Groups that are drawn by lot stand in the order of the lot, the others in the order in which they came. Whoever
    withdraws leaves the place to the next one.
    """
    places = {row.group: row for row in meeting.places_of_groups.all()}
    waiting: dict[str, list[MeetingRegistration]] = {}
    for registration in meeting.registrations.standing().select_related("person", "organisation"):
        waiting.setdefault(registration.group, []).append(registration)
    seats = {}
    for group, registrations in waiting.items():
        of_group = places.get(group)
        by_lot = of_group is not None and of_group.by_lot
        if by_lot:
            drawn = sorted((one for one in registrations if one.rank is not None), key=lambda one: one.rank or 0)
            seats.update({one.pk: Seat(one, None, False) for one in registrations if one.rank is None})
        else:
            drawn = registrations
        for position, one in enumerate(drawn, 1):
            seats[one.pk] = Seat(one, position, of_group is not None and position <= of_group.places)
    return seats


def seat_of(registration: MeetingRegistration) -> Seat | None:
    return seats_of(registration.meeting).get(registration.pk)


def placed(meeting: Meeting) -> list[MeetingRegistration]:
    return [seat.registration for seat in seats_of(meeting).values() if seat.has_place]


@dataclass(frozen=True)
class GroupCount:
    """How one group stands. ``registered``: None where it is fewer than five."""

    group: str
    places: int
    by_lot: bool
    registered: int | None
    is_full: bool


def counts_of(meeting: Meeting) -> list[GroupCount]:
    """The places of every group, in public numbers; two queries."""
    rows = list(meeting.places_of_groups.all())
    counts = {row.group: 0 for row in rows}
    for group in meeting.registrations.standing().values_list("group", flat=True):
        counts[group] = counts.get(group, 0) + 1
    told = without_small_cells(counts).cells
    return [
        GroupCount(row.group, row.places, row.by_lot, told[row.group], counts[row.group] >= row.places) for row in rows
    ]


# The list of a lot ----------------------------------------------------------------------------------------------


def list_text(names: Mapping[str, Iterable[str]]) -> str:
    """The list as it is published and hashed: a line for each mark, group and mark with a blank between, sorted."""
    return "".join(f"{group} {mark}\n" for group in sorted(names) for mark in sorted(names[group]))


def list_digest(names: Mapping[str, Iterable[str]]) -> str:
    return hashlib.sha256(list_text(names).encode()).hexdigest()


# What the rules say ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Warned:
    """A rule that is not kept, in words."""

    text: str | Promise
    law: str


def drawn_share(places: Sequence[MeetingPlaces]) -> Decimal | None:
    """The share of places that are drawn by lot, as a ratio."""
    total = sum(row.places for row in places)
    return Decimal(sum(row.places for row in places if row.by_lot)) / total if total else None


def warnings_for(meeting: Meeting) -> list[Warned]:
    """Where a meeting does not keep the rules as they stand on its day. Three queries."""
    day = timezone.localdate(meeting.starts_at)
    return [*_of_size(meeting, day), *_of_material(meeting, day)]


def _of_size(meeting: Meeting, day: date) -> list[Warned]:
    rule = MeetingRule.objects.on(day, meeting.kind)
    if rule is None:
        return []
    rows = list(meeting.places_of_groups.all())
    people, share = sum(row.places for row in rows), drawn_share(rows)
    law = local(rule, "law")
    found = []
    if rule.least_people is not None and people < rule.least_people:
        words = _("%(number)d places; the rule asks for at least %(rule)d.")
        found.append(Warned(words % {"number": people, "rule": rule.least_people}, law))
    if rule.most_people is not None and people > rule.most_people:
        words = _("%(number)d places; the rule allows at most %(rule)d.")
        found.append(Warned(words % {"number": people, "rule": rule.most_people}, law))
    if share is not None and (
        (rule.least_drawn is not None and share < rule.least_drawn)
        or (rule.most_drawn is not None and share > rule.most_drawn)
    ):
        words = _("%(share)s %% of the places are drawn by lot; the rule asks for %(least)s to %(most)s %%.")
        values = {
            "share": _percent(share),
            "least": _percent(rule.least_drawn or Decimal(0)),
            "most": _percent(rule.most_drawn if rule.most_drawn is not None else Decimal(1)),
        }
        found.append(Warned(words % values, law))
    return found


def _percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).quantize(Decimal('0.1')):f}".removesuffix(".0")


def material_due_on(meeting: Meeting) -> tuple[date, str] | None:
    """The last day for publishing material, and the rule; None where no rule is on record for the day."""
    day = timezone.localdate(meeting.starts_at)
    clock = clock_on(MATERIAL_RULE, day, meeting.consultation.jurisdiction if meeting.consultation else CHINA)
    if clock is None or not clock.days:
        return None
    return day - timedelta(days=clock.days), f"{local(clock, 'law')} § {clock.article}"


def _of_material(meeting: Meeting, day: date) -> list[Warned]:
    due = material_due_on(meeting)
    if due is None:
        return []
    last_day, law = due
    published = [timezone.localdate(material.published_at) for material in meeting.materials.all()]
    words = {"day": date_format(last_day, "DATE_FORMAT")}
    if any(each > last_day for each in published):
        return [Warned(_("Some material was published later than %(day)s, the last day by the rule.") % words, law)]
    if not published and timezone.localdate() > last_day:
        return [Warned(_("No material was published by %(day)s, the last day by the rule.") % words, law)]
    return []
