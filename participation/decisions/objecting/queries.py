"""Objections, panels and petitions, as pages and the count need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from participation.decisions.deciding.objections import Petition, Signers
from participation.decisions.models import DecisionRoom
from participation.decisions.objecting.models import DecisionJuror, DecisionObjection, DecisionPetition
from participation.decisions.voting.models import DecisionRound
from participation.small_cells import LEAST
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import NotFound

Reader = User | AnonymousUser


def objection_for(user: Reader, row_id: UUID) -> DecisionObjection:
    objections = DecisionObjection.objects.visible_to(user).select_related("room__consultation", "option")
    found: DecisionObjection | None = objections.filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def petition_for(user: Reader, row_id: UUID) -> DecisionPetition:
    petitions = DecisionPetition.objects.visible_to(user).select_related("room__consultation", "option")
    found: DecisionPetition | None = petitions.filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def objections_in(room: DecisionRoom) -> QuerySet[DecisionObjection]:
    found: QuerySet[DecisionObjection] = room.objections.select_related("option", "person", "organisation")
    return found


def bench_of(objection: DecisionObjection) -> list[DecisionJuror]:
    """Who decides on an objection: of every group the first of the lot who neither filed it nor speaks for whoever
    did."""
    bench: dict[str, DecisionJuror] = {}
    ranked = objection.room.jurors.filter(rank__isnull=False).select_related("person").order_by("group", "rank")
    for juror in ranked:
        is_own = juror.person_id == objection.person_id or (
            objection.organisation_id is not None and juror.organisation_id == objection.organisation_id
        )
        if not is_own:
            bench.setdefault(juror.group, juror)
    return list(bench.values())


def hearing_of(objection: DecisionObjection) -> int:
    """1, or 2 once the author has appealed."""
    return 2 if objection.state == DecisionObjection.State.APPEALED else 1


def petitions_told(round_: DecisionRound, ballots: Mapping[str, int]) -> list[dict[str, Any]]:
    """The petitions on options of a round, as the file has them. ``ballots``: of each group that is told."""
    room = round_.room
    year = room.frozen_at.year if room.frozen_at else 0
    told = []
    for petition in room.petitions.select_related("option"):
        group = petition.group
        if petition.option.key not in round_.options or group not in ballots:
            continue
        is_open = room.charter["groups"][group].get("open")
        others = DecisionPetition.objects.filter(group=group, room__frozen_at__year=year)
        rooms = DecisionRoom.objects.filter(frozen_at__year=year, charter__groups__has_key=group)
        told.append(
            {
                "option": petition.option.key,
                "group": group,
                "signers": str(Signers.BALLOTS if is_open else Signers.ROSTER),
                "signatures": petition.signatures.count(),
                "out_of": ballots[group] if is_open else room.charter["groups"][group]["roster"],
                "used_this_year": others.values("room").distinct().count(),
                "decisions_this_year": rooms.count(),
                "integration_rounds": petition.integration_rounds,
            }
        )
    return told


@dataclass(frozen=True)
class PetitionShown:
    """A petition on a page. ``signatures``: None where fewer than five citizens have signed."""

    petition: DecisionPetition
    signatures: int | None
    is_valid: bool


def petitions_in(room: DecisionRoom, round_: DecisionRound | None) -> list[PetitionShown]:
    shown = []
    sizes = {group: round_.ballots.filter(group=group).count() for group in room.charter["groups"]} if round_ else {}
    told = {(one["option"], one["group"]): one for one in (petitions_told(round_, sizes) if round_ else [])}
    for petition in room.petitions.select_related("option"):
        number = petition.signatures.count()
        data = told.get((petition.option.key, petition.group))
        is_valid = data is not None and Petition(**{**data, "signers": Signers(data["signers"])}).is_valid
        hidden = petition.group == StakeholderGroup.CITIZEN and 0 < number < LEAST
        shown.append(PetitionShown(petition, None if hidden else number, is_valid))
    return shown
