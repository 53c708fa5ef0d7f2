"""Filing objections, the panel that admits them, working on them, and petitions of concern."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.calendars.working_days import add_working_days
from participation import drawing
from participation.decisions.deciding.objections import panel_admits
from participation.decisions.locking import locked_room
from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.notices import tell
from participation.decisions.objecting.models import (
    DecisionJuror,
    DecisionObjection,
    ObjectionVote,
)
from participation.decisions.objecting.queries import (
    bench_of,
    hearing_of,
)
from participation.decisions.permissions import require_decision_keeper, require_legal_unit, require_voice
from participation.decisions.rule_files import charter_of
from participation.lot_secrets import opened_secret
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Objection = DecisionObjection
State = DecisionObjection.State
Room = DecisionRoom.State


@transaction.atomic
def file_objection(
    option: DecisionOption,
    *,
    standing: Standing,
    harm: str,
    part: str,
    text: str,
    is_protected: bool = False,
    with_ballot: bool = False,
    acting_user: User,
) -> DecisionObjection:
    """Say what an option harms, and which part of the plan does it. A preference is no objection: ratings tell it."""
    person, _seat = require_voice(acting_user, option.room, standing)
    if harm not in Objection.Harm.values:
        raise Invalid(_("Please say what is harmed. A mere preference is told by your rating."), field="harm")
    part = typed_text(part, field="part", limit=300, missing=_("Please name the part of the plan."))
    text = typed_text(text, field="text", limit=4000, missing=_("Please say what happens, and to whom."))
    room = locked_room(option.room, Room.RATING)
    if option.is_status_quo or option.withdrawn_at is not None:
        raise Invalid(_("Objections are about a plan on the list."), field="option")
    if room.objections.filter(option=option, person=person).exclude(state=State.WITHDRAWN).exists():
        raise Conflict(_("You have filed an objection to this option already."))
    take_side(person, room.consultation, standing.group)
    place = room.consultation.jurisdiction
    due_on = add_working_days(timezone.localdate(), room.charter["more"]["panel_days"], place)
    with acting(person):
        objection = Objection.objects.create(
            room=room,
            option=option,
            person=person,
            organisation=standing.organisation,
            group=standing.group,
            harm=harm,
            part=part,
            text=text,
            is_protected=is_protected and standing.organisation is None,
            with_ballot=with_ballot,
            due_on=due_on,
        )
    told = {
        "room": str(room.row_id),
        "letter": option.key.lower(),
        "harm": harm,
        "stakeholder_group": standing.group,
        "due_on": due_on.isoformat(),
    }
    append_leaf(LeafKind.OBJECTION_FILED, objection, public=told, committed={"part": part, "text": text})
    jurors = [juror.person for juror in bench_of(objection)]
    tell(room, "objection", to=jurors, acting_user=person)
    return objection


def _locked(objection: DecisionObjection) -> DecisionObjection:
    """The room is locked first: a decision is not concluded while an objection moves."""
    locked_room(objection.room, Room.RATING, Room.CLOSED, Room.REVISION)
    found: DecisionObjection = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("room__consultation", "option", "person")
        .get(pk=objection.pk)
    )
    return found


def _require_move(objection: DecisionObjection, state: str) -> None:
    if not objection.may_become(state):
        words = _("The objection is now: %(state)s. That does not fit it.")
        raise Conflict(words % {"state": objection.get_state_display()})


def _moved(objection: DecisionObjection, state: str, words: str, by: User | None) -> DecisionObjection:
    objection.state = state
    if words:
        objection.settlement = words
    with acting(by, reason=words):
        objection.save()
    told = {"state": state, "rounds": objection.integration_rounds}
    append_leaf(LeafKind.OBJECTION_MOVED, objection, public=told, committed={"words": words})
    if by is None or by.pk != objection.person_id:
        tell(objection.room, "objection_moved", to=[objection.person], acting_user=by)
    return objection


# The panel --------------------------------------------------------------------------------------------------------


@transaction.atomic
def join_panel(room: DecisionRoom, *, standing: Standing, acting_user: User) -> DecisionJuror:
    """Be ready to be drawn. The hash of the lot's secret has been in the log since the ballot opened. Twice is once."""
    person, _seat = require_voice(acting_user, room, standing)
    locked = locked_room(room, Room.RATING)
    if locked.panel_drawn_at is not None:
        raise Closed(_("The panel is drawn already."))
    take_side(person, locked.consultation, standing.group)
    known: DecisionJuror | None = locked.jurors.filter(person=person).first()
    if known is not None:
        return known
    with acting(person):
        juror: DecisionJuror = locked.jurors.create(
            person=person, organisation=standing.organisation, group=standing.group
        )
    told = {"room": str(locked.row_id), "stakeholder_group": standing.group}
    append_leaf(LeafKind.DECISION_PANEL_JOINED, juror, public=told, committed={})
    return juror


def _panel_to_draw(room: DecisionRoom) -> DecisionRoom:
    """The room, locked. Raises unless its panel may be drawn now."""
    locked = locked_room(room, Room.RATING, Room.CLOSED)
    if locked.panel_drawn_at is not None:
        raise Conflict(_("The panel is drawn already."))
    if not locked.jurors.exists():
        raise Conflict(_("Nobody has volunteered yet."))
    return locked


@sensitive_variables("secret")
def draw_panel(room: DecisionRoom, *, acting_user: User | None) -> DecisionRoom:
    """Open the secret and put the volunteers of each group in order: the first one sits, the next stands in where an
    objection is the first one's own."""
    keeper = None if acting_user is None else require_decision_keeper(acting_user, room.consultation)
    with transaction.atomic():
        found = _panel_to_draw(room)
    return _draw(room, opened_secret(found, "panel_secret", acting_user=keeper), keeper)


@sensitive_variables("secret")
@transaction.atomic
def _draw(room: DecisionRoom, secret: bytes, keeper: User | None) -> DecisionRoom:
    locked = _panel_to_draw(room)
    by_group: dict[str, dict[str, DecisionJuror]] = {}
    for juror in locked.jurors.all():
        by_group.setdefault(juror.group, {})[juror.row_id.hex] = juror
    for names in by_group.values():
        for rank, name in enumerate(drawing.draw(secret, sorted(names), len(names)), 1):
            # Follows from what is published, and is no record of its own.
            DecisionJuror.objects.filter(pk=names[name].pk).update(rank=rank)
    locked.panel_opened, locked.panel_secret, locked.panel_drawn_at = secret.hex(), None, timezone.now()
    with acting(keeper):
        locked.save()
    told = {"secret": locked.panel_opened, "volunteers": sum(map(len, by_group.values()))}
    append_leaf(LeafKind.DECISION_PANEL_DRAWN, locked, public=told, committed={})
    first = [juror.person for juror in locked.jurors.filter(rank=1).select_related("person")]
    tell(locked, "panel", to=first, acting_user=keeper)
    return locked


@transaction.atomic
def vote_on_objection(objection: DecisionObjection, *, admits: bool, reason: str, acting_user: User) -> ObjectionVote:
    """A member of the panel says whether an objection names a harm and the part of the plan that does it. Three of four
    admit it; as soon as they cannot any more, it is not admitted."""
    person = require_person(acting_user)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked = _locked(objection)
    if locked.state not in (State.FILED, State.APPEALED):
        raise Conflict(_("The panel has decided on this already."))
    bench = bench_of(locked)
    juror = next((one for one in bench if one.person_id == person.pk), None)
    if juror is None:
        raise NotAllowed(_("Only members of the panel who were drawn decide on this."))
    hearing = hearing_of(locked)
    if locked.votes.filter(juror=juror, hearing=hearing).exists():
        raise Conflict(_("You have voted already."))
    with acting(person):
        vote: ObjectionVote = locked.votes.create(juror=juror, hearing=hearing, admits=admits, reason=reason)
    told = {"objection": str(locked.row_id), "hearing": hearing}
    append_leaf(LeafKind.OBJECTION_VOTED, vote, public=told, committed={"vote": str(admits), "reason": reason})
    votes = list(locked.votes.filter(hearing=hearing).values_list("admits", flat=True))
    in_favour, left = sum(votes), len(bench) - len(votes)
    share = charter_of(locked.room.charter["params"]).panel_share
    if panel_admits(in_favour, len(bench), share):
        _moved(locked, State.ADMISSIBLE, "", None)
    elif not panel_admits(in_favour + left, len(bench), share):
        _moved(locked, State.REJECTED, "", None)
    return vote


@transaction.atomic
def admit_overdue(objection: DecisionObjection, *, acting_user: User | None) -> DecisionObjection:
    """What the panel left undecided when its days were over is admitted: silence is nobody's veto."""
    locked = _locked(objection)
    _require_move(locked, State.ADMISSIBLE)
    return _moved(locked, State.ADMISSIBLE, "", acting_user)


# Steps of an objection --------------------------------------------------------------------------------------------


@transaction.atomic
def move_own_objection(
    objection: DecisionObjection, *, state: str, words: str = "", acting_user: User
) -> DecisionObjection:
    """What the author says: withdrawn, resolved by what was changed, sustained; or, not admitted, appealed once."""
    if objection.person_id != acting_user.pk:
        raise NotAllowed
    if state not in (State.WITHDRAWN, State.RESOLVED, State.SUSTAINED, State.APPEALED):
        raise Invalid(_("Please choose what becomes of the objection."), field="state")
    words = typed_text(words, field="words", limit=2000)
    locked = _locked(objection)
    _require_move(locked, state)
    if state == State.APPEALED:
        if locked.votes.filter(hearing=2).exists():
            raise Conflict(_("The panel has decided on the appeal. That is the last word."))
        place = locked.room.consultation.jurisdiction
        locked.due_on = add_working_days(timezone.localdate(), locked.room.charter["more"]["panel_days"], place)
    return _moved(locked, state, words, acting_user)


@transaction.atomic
def integrate_objection(objection: DecisionObjection, *, words: str, acting_user: User) -> DecisionObjection:
    """Hold a round of integration: what was offered to meet the objection. After the last one that the charter allows,
    what is not resolved counts as sustained."""
    keeper = require_decision_keeper(acting_user, objection.room.consultation)
    words = typed_text(words, field="words", limit=2000, missing=_("Please say what was offered."))
    locked = _locked(objection)
    if locked.state != State.IN_INTEGRATION:
        _require_move(locked, State.IN_INTEGRATION)
    if locked.integration_rounds >= locked.room.charter["params"]["integration_rounds"]:
        raise Conflict(_("The charter allows no further round of integration."))
    locked.integration_rounds += 1
    return _moved(locked, State.IN_INTEGRATION, words, keeper)


@transaction.atomic
def record_legal_finding(
    objection: DecisionObjection, *, finding: str, words: str, acting_user: User
) -> DecisionObjection:
    """Write down what the legal unit finds on rights, safety or law: until it has closed the objection, it blocks."""
    officer = require_legal_unit(acting_user)
    words = typed_text(words, field="words", limit=2000, missing=_("Please give the finding in words."))
    locked = _locked(objection)
    if not locked.is_legal or finding not in (Objection.Legal.CLOSED, Objection.Legal.UPHELD):
        raise Invalid(_("The legal unit decides on rights, safety and law."), field="finding")
    if locked.person_id == officer.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    locked.legal, locked.legal_words = finding, words
    with acting(officer, reason=words):
        locked.save()
    append_leaf(LeafKind.OBJECTION_LEGAL, locked, public={"finding": finding}, committed={"words": words})
    tell(locked.room, "objection_moved", to=[locked.person], acting_user=officer)
    return locked
