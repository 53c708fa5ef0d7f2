"""Reads of decisions."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.pages.content.agenda import Entry
from participation.consultations.models import Consultation
from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.voting.models import DecisionBallot, DecisionRound
from participation.small_cells import without_small_cells
from participation.stakeholders.models import User
from portal.errors import NotFound
from portal.ui.furniture import local

Reader = User | AnonymousUser


def rooms_for(user: Reader) -> QuerySet[DecisionRoom]:
    found: QuerySet[DecisionRoom] = DecisionRoom.objects.visible_to(user).select_related(
        "consultation__release", "consultation__department", "consultation__programme", "decided_option"
    )
    return found


def room_for(user: Reader, row_id: UUID) -> DecisionRoom:
    """One decision. Raises ``NotFound`` where ``user`` may not see it."""
    found = rooms_for(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def rooms_of(consultation: Consultation, user: Reader) -> QuerySet[DecisionRoom]:
    return rooms_for(user).filter(consultation=consultation)


def option_for(user: Reader, row_id: UUID) -> DecisionOption:
    found: DecisionOption | None = DecisionOption.objects.visible_to(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def options_in(room: DecisionRoom) -> QuerySet[DecisionOption]:
    found: QuerySet[DecisionOption] = room.options.select_related("based_on").prefetch_related(
        "measures__department", "package"
    )
    return found


def latest_round(room: DecisionRoom) -> DecisionRound | None:
    """The round that goes on, or the last one."""
    found: DecisionRound | None = room.rounds.defer("file", "whole_file").last()
    return found


def shuffled(options: list[DecisionOption], room: DecisionRoom, user: Reader) -> list[DecisionOption]:
    """Another order for every voter, the same each time: what stands first gets no advantage."""
    who = str(user.row_id) if isinstance(user, User) else ""

    def place(option: DecisionOption) -> bytes:
        return hmac.digest(room.row_id.bytes, f"{who} {option.key}".encode(), hashlib.sha256)

    return sorted(options, key=place)


@dataclass(frozen=True)
class Taken:
    """How many of a group have rated. ``ballots``: None where a side has fewer than five. ``needed``: the quorum."""

    group: str
    ballots: int | None
    roster: int | None
    needed: int


def participation_in(round_: DecisionRound) -> list[Taken]:
    """All that is told before a round closes: how many ballots of each group, never what is in them."""
    charter = round_.room.charter
    counts = dict.fromkeys(charter["groups"], 0)
    for group in round_.ballots.values_list("group", flat=True):
        counts[group] += 1
    told = without_small_cells(counts).cells
    least = charter["params"]["quorum_ballots"]
    rows = []
    for group, about in charter["groups"].items():
        roster = about.get("roster")
        # Half of a roster, rounded up, whatever the share in the charter is written like.
        numerator, _slash, denominator = str(charter["params"]["quorum_share"]).partition("/")
        share = -(-int(numerator) * (roster or 0) // int(denominator or 1))
        needed = max(least, about.get("quorum", 0), share)
        rows.append(Taken(group, told[group], roster, needed))
    return rows


def ballot_of(user: Reader, round_: DecisionRound | None) -> DecisionBallot | None:
    """One's own ballot in a round, or that of an organisation one cast for."""
    if round_ is None or not isinstance(user, User):
        return None
    return round_.ballots.defer("content").filter(person=user).first()


def flagged_in(round_: DecisionRound) -> QuerySet[DecisionBallot]:
    """Ballots that were flagged, without what is in them."""
    found: QuerySet[DecisionBallot] = round_.ballots.exclude(flags=[]).defer("content").prefetch_related("judgements")
    return found


def decision_dates(reader: Reader, first: date, last: date) -> list[Entry]:
    """When options are rated, for the calendar of the portal; one query."""
    start = timezone.make_aware(datetime.combine(first, time.min))
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    rounds = DecisionRound.objects.visible_to(reader).filter(opened_at__lt=end, ends_at__gte=start)
    return [
        Entry(
            uid=f"decision-{each.row_id}",
            kind="consultation",
            title=local(each.room, "title"),
            starts=each.opened_at,
            ends=each.ends_at,
            url=each.room.get_absolute_url(),
            detail=_("open for ratings"),
        )
        for each in rounds.select_related("room").only("row_id", "opened_at", "ends_at", "room")
    ]
