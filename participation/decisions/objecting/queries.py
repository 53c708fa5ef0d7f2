"""Objections, panels and petitions, as pages and the count need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from participation.decisions.deciding.charter import Charter
from participation.decisions.deciding.objections import Petition, Signers
from participation.decisions.models import DecisionRoom
from participation.decisions.objecting.models import (
    DecisionJuror,
    DecisionObjection,
    DecisionPetition,
    PetitionFinding,
)
from participation.decisions.rule_files import charter_of
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


def _bench(room: DecisionRoom, of_others: Callable[[DecisionJuror], bool]) -> list[DecisionJuror]:
    """Of every group the first of the lot whose own matter it is not."""
    bench: dict[str, DecisionJuror] = {}
    for juror in room.jurors.filter(rank__isnull=False).select_related("person").order_by("group", "rank"):
        if of_others(juror):
            bench.setdefault(juror.group, juror)
    return list(bench.values())


def bench_of(objection: DecisionObjection) -> list[DecisionJuror]:
    """Who decides on an objection: nobody who filed it or speaks for whoever did."""

    def of_others(juror: DecisionJuror) -> bool:
        own_side = objection.organisation_id is not None and juror.organisation_id == objection.organisation_id
        return juror.person_id != objection.person_id and not own_side

    return _bench(objection.room, of_others)


def bench_of_petition(petition: DecisionPetition) -> list[DecisionJuror]:
    """Who says whether a petition has substance: nobody who signed it."""
    signed = petition.signatures.values_list("person", "seat__organisation")
    people, organisations = {person for person, _other in signed}, {other for _person, other in signed if other}
    return _bench(
        petition.room,
        lambda juror: juror.person_id not in people and juror.organisation_id not in organisations,
    )


def hearing_of(objection: DecisionObjection) -> int:
    """1, or 2 once the author has appealed."""
    return 2 if objection.state == DecisionObjection.State.APPEALED else 1


def petition_told(petition: DecisionPetition, ballots: int) -> Petition:
    """The petition as it is counted. ``ballots``: of its group; what is asked of an open group follows from them."""
    room, group = petition.room, petition.group
    year = room.frozen_at.year if room.frozen_at else 0
    about = room.charter["groups"][group]
    signers, out_of = Signers.ROSTER, about.get("roster", 0)
    used = decisions = 1
    if petition.of_area:
        # Every plan has an area of its own: none of them uses up what the year allows to others.
        signers, out_of = Signers.AREA, petition.option.area_people or 0
    else:
        if about.get("open"):
            signers, out_of = Signers.BALLOTS, ballots
        others = DecisionPetition.objects.filter(group=group, of_area=False, room__frozen_at__year=year)
        used = others.values("room").distinct().count()
        decisions = DecisionRoom.objects.filter(frozen_at__year=year, charter__groups__has_key=group).count()
    return Petition(
        option=petition.option.key,
        group=group,
        signers=signers,
        signatures=petition.signatures.count(),
        out_of=out_of,
        used_this_year=used,
        decisions_this_year=decisions,
        has_substance=petition.has_substance is True,
        integration_rounds=petition.integration_rounds,
    )


def needs_finding(told: Petition, charter: Charter) -> bool:
    """Whether enough have signed, but the group has used up its petitions of the year."""
    return told.has_enough_signatures(charter) and not replace(told, has_substance=False).is_within_the_year(charter)


def petitions_told(round_: DecisionRound, ballots: Mapping[str, int]) -> list[dict[str, Any]]:
    """The petitions on options of a round, as the file has them. What fewer than five citizens signed is not in it: it
    is never enough."""
    told = []
    for petition in round_.room.petitions.select_related("option", "room"):
        if petition.option.key in round_.options and petition.group in ballots:
            counted = petition_told(petition, ballots[petition.group])
            if counted.signers is Signers.ROSTER or counted.signatures >= LEAST:
                told.append({**asdict(counted), "signers": str(counted.signers)})
    return told


@dataclass(frozen=True)
class PetitionShown:
    """A petition on a page. ``signatures``: None where fewer than five citizens have signed. ``is_beyond_the_year``: it
    has enough signatures, and counts once the panel finds substance."""

    petition: DecisionPetition
    signatures: int | None
    is_valid: bool
    is_beyond_the_year: bool = False

    @property
    def findings(self) -> list[PetitionFinding]:
        """What the panel said, once it has decided."""
        return [] if self.petition.has_substance is None else list(self.petition.findings.all())


def petitions_in(room: DecisionRoom, round_: DecisionRound | None) -> list[PetitionShown]:
    shown = []
    charter = charter_of(room.charter.get("params", {}))
    for petition in room.petitions.select_related("option", "room").prefetch_related("findings__juror"):
        if round_ is None or petition.option.key not in round_.options:
            shown.append(PetitionShown(petition, None, is_valid=False))
            continue
        told = petition_told(petition, round_.ballots.filter(group=petition.group).count())
        hidden = petition.group == StakeholderGroup.CITIZEN and 0 < told.signatures < LEAST
        number, is_beyond = None if hidden else told.signatures, needs_finding(told, charter)
        shown.append(PetitionShown(petition, number, told.is_valid(charter), is_beyond))
    return shown


def petitions_to_find(shown: Sequence[PetitionShown], user: Reader) -> list[DecisionPetition]:
    """The petitions of which somebody has to say, as a member of the panel, whether they have substance."""
    return [
        petition
        for petition in (one.petition for one in shown if one.is_beyond_the_year)
        if petition.has_substance is None
        for juror in bench_of_petition(petition)
        if juror.person_id == user.pk and not petition.findings.filter(juror=juror).exists()
    ]
