"""Petitions of concern: starting and signing them, what the panel finds, and the round of integration they ask for."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from participation.decisions.deciding.objections import panel_admits
from participation.decisions.locking import locked_room
from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.notices import tell
from participation.decisions.objecting.models import DecisionPetition, PetitionFinding, PetitionSignature
from participation.decisions.objecting.queries import bench_of_petition, needs_finding, petition_told
from participation.decisions.permissions import require_decision_keeper, require_voice
from participation.decisions.rule_files import charter_of
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.permissions import require_person
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.errors import Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Room = DecisionRoom.State


@transaction.atomic
def start_petition(
    option: DecisionOption, *, standing: Standing, text: str, of_area: bool = False, acting_user: User
) -> DecisionPetition:
    """Begin a petition of concern for one's group, or as somebody who lives in the area that the option affects, and
    sign it."""
    person, _seat = require_voice(acting_user, option.room, standing)
    text = typed_text(text, field="text", limit=2000, missing=_("Please say what the concern is."))
    room = locked_room(option.room, Room.RATING)
    if option.is_status_quo or option.withdrawn_at is not None:
        raise Invalid(_("Petitions are about a plan on the list."), field="option")
    if of_area and not option.area:
        raise Invalid(_("No area is declared for this option."), field="of_area")
    if room.petitions.filter(option=option, group=standing.group, of_area=of_area).exists():
        raise Conflict(_("There is such a petition already. You can sign it."))
    with acting(person):
        petition: DecisionPetition = room.petitions.create(
            option=option, group=standing.group, of_area=of_area, text=text, started_by=person
        )
    told = {"room": str(room.row_id), "letter": option.key.lower(), "stakeholder_group": standing.group}
    append_leaf(LeafKind.PETITION_STARTED, petition, public=told, committed={"text": text})
    sign_petition(petition, standing=standing, lives_there=of_area, acting_user=person)
    tell(room, "petition", acting_user=person)
    return petition


@transaction.atomic
def sign_petition(
    petition: DecisionPetition, *, standing: Standing, lives_there: bool = False, acting_user: User
) -> PetitionSignature:
    """Sign for oneself, or for an organisation on the roster; each once. ``lives_there``: what whoever signs for an
    area says of themselves."""
    person, seat = require_voice(acting_user, petition.room, standing)
    room = locked_room(petition.room, Room.RATING)
    if standing.group != petition.group or (petition.of_area and standing.group != StakeholderGroup.CITIZEN):
        raise NotAllowed(_("This petition is signed by another side."))
    if petition.of_area and not lives_there:
        raise Invalid(_("This petition is for those who live in the area. Please confirm that you do."))
    take_side(person, room.consultation, standing.group)
    known: Any = petition.signatures.filter(person=person)
    if known.exists() or (seat is not None and petition.signatures.filter(seat=seat).exists()):
        raise Conflict(_("This petition is signed already."))
    signature: PetitionSignature = petition.signatures.create(person=person, seat=seat)
    append_leaf(LeafKind.PETITION_SIGNED, signature, public={"petition": str(petition.row_id)}, committed={})
    if _waits_for_panel(petition, room) and (bench := bench_of_petition(petition)):
        jurors = [juror.person for juror in bench]
        tell(room, "petition_panel", to=jurors, key=f"petition panel {petition.pk}", acting_user=person)
    return signature


def _waits_for_panel(petition: DecisionPetition, room: DecisionRoom) -> bool:
    last = room.rounds.last()
    ballots = last.ballots.filter(group=petition.group).count() if last else 0
    return needs_finding(petition_told(petition, ballots), charter_of(room.charter["params"]))


@transaction.atomic
def vote_on_petition(petition: DecisionPetition, *, finds: bool, reason: str, acting_user: User) -> PetitionFinding:
    """A member of the panel says whether a petition beyond those that its group has in a year names a harm of
    substance. Three of four find it; without their finding the petition does not count."""
    person = require_person(acting_user)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    room = locked_room(petition.room, Room.RATING, Room.CLOSED, Room.REVISION)
    locked: DecisionPetition = room.petitions.select_for_update(of=("self",)).get(pk=petition.pk)
    if locked.has_substance is not None:
        raise Conflict(_("The panel has decided on this already."))
    if not _waits_for_panel(locked, room):
        raise Conflict(_("This petition needs no finding of the panel."))
    bench = bench_of_petition(locked)
    juror = next((one for one in bench if one.person_id == person.pk), None)
    if juror is None:
        raise NotAllowed(_("Only members of the panel who were drawn decide on this."))
    if locked.findings.filter(juror=juror).exists():
        raise Conflict(_("You have voted already."))
    with acting(person):
        finding: PetitionFinding = locked.findings.create(juror=juror, finds=finds, reason=reason)
    told = {"petition": str(locked.row_id)}
    append_leaf(LeafKind.PETITION_VOTED, finding, public=told, committed={"vote": str(finds), "reason": reason})
    votes = list(locked.findings.filter(juror__in=bench).values_list("finds", flat=True))
    in_favour, left = sum(votes), len(bench) - len(votes)
    share = charter_of(room.charter["params"]).panel_share
    is_found = panel_admits(in_favour, len(bench), share)
    if is_found or not panel_admits(in_favour + left, len(bench), share):
        locked.has_substance = is_found
        with acting(None):
            locked.save()
        state = "found" if locked.has_substance else "not_found"
        append_leaf(LeafKind.PETITION_SETTLED, locked, public={"state": state}, committed={})
    return finding


@transaction.atomic
def integrate_petition(petition: DecisionPetition, *, words: str, acting_user: User) -> DecisionPetition:
    """Hold the round of integration that a petition asks for."""
    keeper = require_decision_keeper(acting_user, petition.room.consultation)
    words = typed_text(words, field="words", limit=2000, missing=_("Please say what the round brought."))
    room = locked_room(petition.room, Room.RATING, Room.CLOSED, Room.REVISION)
    locked: DecisionPetition = room.petitions.select_for_update(of=("self",)).get(pk=petition.pk)
    locked.integration_rounds, locked.integration = locked.integration_rounds + 1, words
    with acting(keeper, reason=words):
        locked.save()
    told = {"rounds": locked.integration_rounds}
    append_leaf(LeafKind.PETITION_INTEGRATED, locked, public=told, committed={"words": words})
    return locked
