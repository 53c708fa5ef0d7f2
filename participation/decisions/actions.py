"""Preparing a decision: the room, its options and measures, who is on the roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from string import ascii_uppercase
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Government
from participation.attachments import attachment_fields
from participation.consultations.models import Consultation, WayIn
from participation.decisions.locking import locked_room
from participation.decisions.models import (
    STATUS_QUO,
    DecisionMeasure,
    DecisionOption,
    DecisionRoom,
    DecisionRule,
    PopulationPart,
)
from participation.decisions.notices import tell
from participation.decisions.permissions import require_decision_keeper
from participation.decisions.population_files import PopulationDefinition
from participation.decisions.rule_files import RuleDefinition, says_the_same
from participation.decisions.voting.models import DecisionSeat
from participation.stakeholders.models import Organisation, StakeholderGroup, User
from portal.errors import Closed, Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

State = DecisionRoom.State
TEXT_LIMITS = {"title": 200, "text": 8000}
MOST_OPTIONS = len(ascii_uppercase)
# What the first option is called: content, written once in each language.
LEAVE_IT, LEAVE_IT_EN = "维持现状", "Leave things as they are"


@transaction.atomic
def enter_decision_rule(definition: RuleDefinition, *, acting_user: User | None) -> DecisionRule:
    """Enter rules by command. Entered again they change nothing; other words for the same day are refused."""
    found = DecisionRule.objects.filter(valid_from=definition.valid_from).first()
    if found is not None:
        if not says_the_same(found, definition):
            raise Conflict(_("There are other rules for decisions from this day on."))
        return found
    with acting(acting_user):
        rule = DecisionRule.objects.create(**vars(definition))
    words = canonical({name: str(value) for name, value in definition.parameters.items()})
    told = {"valid_from": rule.valid_from.isoformat()}
    append_leaf(LeafKind.DECISION_RULE_ENTERED, rule, public=told, committed={"rule": words})
    return rule


@transaction.atomic
def enter_population(definition: PopulationDefinition, *, acting_user: User | None) -> list[PopulationPart]:
    """Enter how many people live in each part of a place, by command. Entered again it changes nothing; other numbers
    for the same day are refused."""
    government = Government.objects.filter(name=definition.government).first()
    if government is None:
        raise Invalid(_("There is no government of this name: %(name)s.") % {"name": definition.government})
    same = {"government": government, "source": definition.source, "source_en": definition.source_en}
    dates = {"valid_from": definition.valid_from, "valid_until": definition.valid_until}
    known = PopulationPart.objects.filter(government=government, valid_from=definition.valid_from)
    told = [vars(part) for part in definition.parts]
    if found := list(known):
        names = list(told[0])
        if sorted(map(str, told)) != sorted(str({name: getattr(part, name) for name in names}) for part in found):
            raise Conflict(_("There is another population of this place from this day on."))
        return found
    with acting(acting_user):
        parts = [PopulationPart.objects.create(**same, **dates, **one) for one in told]
    words = canonical({"government": government.name, "parts": [[str(part), part.people] for part in parts]})
    day = {"valid_from": definition.valid_from.isoformat()}
    append_leaf(LeafKind.DECISION_POPULATION, parts[0], public=day, committed={"parts": words}, also=parts[1:])
    return parts


@transaction.atomic
def open_room(
    consultation: Consultation,
    *,
    title: str,
    question: str,
    status_quo: str,
    title_en: str = "",
    question_en: str = "",
    status_quo_en: str = "",
    budget: int | None = None,
    acting_user: User,
) -> DecisionRoom:
    """Begin to prepare a decision, with leaving things as they are as its first option. On the roster stands every
    verified organisation of a group to which this way in is open."""
    keeper = require_decision_keeper(acting_user, consultation)
    groups = set(consultation.ways_in.filter(way=WayIn.Way.DECISION).values_list("group", flat=True))
    if not groups:
        raise Closed(_("This consultation does not use this way of taking part."))
    texts = {
        "title": typed_text(title, field="title", limit=200, missing=_("Please give it a title.")),
        "question": typed_text(question, field="question", limit=2000, missing=_("Please say what is decided.")),
    }
    with acting(keeper):
        room = DecisionRoom.objects.create(
            consultation=consultation,
            title_en=title_en,
            question_en=question_en,
            budget=_amount(budget, "budget"),
            opened_by=keeper,
            **texts,
        )
    told = {"consultation": str(consultation.row_id)}
    append_leaf(LeafKind.DECISION_OPENED, room, public=told, committed=texts)
    status_quo = typed_text(status_quo, field="status_quo", limit=8000, missing=_("Please say how things are now."))
    plan = {"title": LEAVE_IT, "title_en": LEAVE_IT_EN}
    _record_option(
        DecisionOption(room=room, key=STATUS_QUO, text=status_quo, text_en=status_quo_en, **plan), "added", keeper
    )
    for organisation in Organisation.objects.filter(
        group__in=groups - {StakeholderGroup.CITIZEN}, status=Organisation.Status.VERIFIED
    ).order_by("pk"):
        _record_seat(DecisionSeat(room=room, organisation=organisation, group=organisation.group), "listed", keeper)
    return room


def _amount(amount: int | None, field: str) -> int | None:
    if amount is not None and amount < 0:
        raise Invalid(_("An amount cannot be below zero."), field=field)
    return amount


# Options ---------------------------------------------------------------------------------------------------------


def _record_option(option: DecisionOption, state: str, keeper: User, reason: str = "") -> DecisionOption:
    with acting(keeper, reason=reason):
        option.save()
    told = {"room": str(option.room.row_id), "letter": option.key.lower(), "state": state, "cost": option.cost}
    words = canonical({"title": option.title, "text": option.text})
    append_leaf(LeafKind.DECISION_OPTION, option, public=told, committed={"plan": words})
    return option


# So that most of an area are at least as many as any number of people that is told.
LEAST_PEOPLE_OF_AREA = 10
BURDEN = ("benefit", "equity_reason", "households", "area", "area_en", "area_people")


def _check_burden(option: DecisionOption) -> None:
    """What is worth less than it costs says why it is done all the same; an area says how many may sign for it."""
    typed_text(option.area, field="area", limit=200)
    typed_text(option.equity_reason, field="equity_reason", limit=1000)
    if option.benefit is not None and option.benefit < option.cost and not option.equity_reason:
        words = _("It is worth less than it costs. Please say why it is done all the same.")
        raise Invalid(words, field="equity_reason")
    if bool(option.area) != (option.area_people is not None):
        raise Invalid(_("Please give the area and how many people of it may sign, or neither."), field="area")
    if option.area_people is not None and option.area_people < LEAST_PEOPLE_OF_AREA:
        words = _("An area has at least %(least)d people.")
        raise Invalid(words % {"least": LEAST_PEOPLE_OF_AREA}, field="area_people")
    if option.households is not None and option.households < 1:
        raise Invalid(_("Please give a number of households, or none."), field="households")


def _check_cost(room: DecisionRoom, cost: int) -> int:
    _amount(cost, "cost")
    if room.budget is not None and cost > room.budget:
        raise Invalid(_("The option costs more than the budget of the decision allows."), field="cost")
    return cost


def _next_key(room: DecisionRoom) -> str:
    """Letters are never used twice: what was withdrawn keeps its own."""
    used = set(room.options.values_list("key", flat=True))
    free = [letter for letter in ascii_uppercase if letter not in used]
    if not free:
        raise Invalid(_("A decision has at most %(most)d options.") % {"most": MOST_OPTIONS})
    return free[0]


@transaction.atomic
def add_option(
    room: DecisionRoom,
    *,
    title: str,
    text: str,
    cost: int,
    title_en: str = "",
    text_en: str = "",
    legal_note: str = "",
    attachment: UploadedFile[Any] | None = None,
    acting_user: User,
    **burden: Any,
) -> DecisionOption:
    """Add a complete plan that fits the budget, with what the legal check found. ``burden``: whom it burdens and what
    it is worth (``BURDEN``)."""
    keeper = require_decision_keeper(acting_user, room.consultation)
    locked = locked_room(room, State.DRAFT, State.OPTIONS, State.REVISION)
    option = DecisionOption(
        room=locked,
        key=_next_key(locked),
        title=typed_text(title, field="title", limit=200, missing=_("Please give it a title.")),
        title_en=title_en,
        text=typed_text(text, field="text", limit=8000, missing=_("Please describe the plan.")),
        text_en=text_en,
        cost=_check_cost(locked, cost),
        legal_note=typed_text(
            legal_note, field="legal_note", limit=1000, missing=_("Please say what the legal check found.")
        ),
        **(attachment_fields(attachment) if attachment is not None else {}),
        **{name: burden[name] for name in BURDEN if name in burden},
    )
    _check_burden(option)
    return _record_option(option, "added", keeper)


@transaction.atomic
def change_option(
    option: DecisionOption, *, reason: str, changes: Mapping[str, Any], acting_user: User
) -> DecisionOption:
    """Change a plan before it is rated, or between two rounds. ``changes``: title, text, their twins, cost."""
    keeper = require_decision_keeper(acting_user, option.room.consultation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    room = locked_room(option.room, State.DRAFT, State.OPTIONS, State.REVISION)
    locked: DecisionOption = room.options.select_for_update(of=("self",)).get(pk=option.pk)
    for name, value in changes.items():
        if name not in ("title", "title_en", "text", "text_en", "cost", "legal_note", *BURDEN):
            raise ValueError(name)
        setattr(locked, name, value)
    _check_cost(room, locked.cost)
    _check_burden(locked)
    for name in ("title", "text"):
        typed_text(getattr(locked, name), field=name, limit=TEXT_LIMITS[name], missing=_("Please fill this in."))
    return _record_option(locked, "changed", keeper, reason)


@transaction.atomic
def withdraw_option(option: DecisionOption, *, reason: str, acting_user: User) -> DecisionOption:
    """Take an option off the list, for a published reason. Leaving things as they are always stays."""
    keeper = require_decision_keeper(acting_user, option.room.consultation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    room = locked_room(option.room, State.DRAFT, State.OPTIONS, State.REVISION)
    locked: DecisionOption = room.options.select_for_update(of=("self",)).get(pk=option.pk)
    if locked.is_status_quo or locked.withdrawn_at is not None:
        raise Conflict(_("Leaving things as they are stays on the list."))
    locked.withdrawn_at, locked.withdrawn_reason = timezone.now(), reason
    return _record_option(locked, "withdrawn", keeper, reason)


# Measures and packages -------------------------------------------------------------------------------------------


@transaction.atomic
def add_measure(option: DecisionOption, *, acting_user: User, **fields: Any) -> DecisionMeasure:
    """Name something that would make an option bearable. ``fields``: those of ``DecisionMeasure``."""
    keeper = require_decision_keeper(acting_user, option.room.consultation)
    room = locked_room(option.room, State.DRAFT, State.OPTIONS, State.REVISION)
    if option.is_status_quo:
        raise Invalid(_("Measures belong to a plan, not to leaving things as they are."), field="option")
    for name, limit in (("title", 200), ("beneficiaries", 200), ("evidence", 300)):
        fields[name] = typed_text(fields[name], field=name, limit=limit, missing=_("Please fill this in."))
    if fields["due_on"] <= timezone.localdate():
        raise Invalid(_("The deadline has to lie in the future."), field="due_on")
    _amount(fields["cost"], "cost")
    last = option.measures.order_by("-number").first()
    with acting(keeper):
        measure: DecisionMeasure = option.measures.create(number=last.number + 1 if last else 1, **fields)
    told = {
        "room": str(room.row_id),
        "letter": option.key.lower(),
        "measure_kind": measure.kind,
        "cost": measure.cost,
        "due_on": measure.due_on.isoformat(),
    }
    append_leaf(LeafKind.DECISION_MEASURE, measure, public=told, committed={"title": measure.title})
    return measure


@transaction.atomic
def make_package(
    option: DecisionOption, *, measures: Sequence[DecisionMeasure], share: Fraction, acting_user: User
) -> DecisionOption:
    """A new option: another one with some of its measures. What people said they would rate it is only how it was
    found; it is rated anew by all. ``share``: what the measures may cost, of the cost of the option."""
    keeper = require_decision_keeper(acting_user, option.room.consultation)
    room = locked_room(option.room, State.REVISION)
    if not measures or any(measure.option_id != option.pk for measure in measures):
        raise Invalid(_("Please choose measures of this option."), field="measures")
    extra = sum(measure.cost for measure in measures)
    if extra > share * option.cost:
        raise Invalid(_("These measures cost more than the rules allow for this option."), field="measures")
    titles = "；".join(measure.title for measure in measures)
    twins = "; ".join(measure.title_en or measure.title for measure in measures)
    package = DecisionOption(
        room=room,
        key=_next_key(room),
        title=f"{option.title} + {titles}"[:200],
        title_en=f"{option.title_en or option.title} + {twins}"[:200],
        text=f"{option.text}\n\n{titles}"[:8000],
        text_en=f"{option.text_en}\n\n{twins}"[:8000] if option.text_en else "",
        cost=_check_cost(room, option.cost + extra),
        legal_note=option.legal_note,
        based_on=option,
        **{name: getattr(option, name) for name in BURDEN},
    )
    made = _record_option(package, "package", keeper)
    made.package.set(measures)
    return made


# The roster ------------------------------------------------------------------------------------------------------


def _record_seat(seat: DecisionSeat, state: str, keeper: User, reason: str = "") -> DecisionSeat:
    with acting(keeper, reason=reason):
        seat.save()
    told = {"room": str(seat.room.row_id), "stakeholder_group": seat.group, "state": state}
    append_leaf(LeafKind.DECISION_SEAT, seat, public=told, committed={"organisation": str(seat.organisation.row_id)})
    return seat


@transaction.atomic
def change_seat(
    seat: DecisionSeat,
    *,
    reason: str,
    votes_with: DecisionSeat | None = None,
    is_removed: bool = False,
    acting_user: User,
) -> DecisionSeat:
    """Take an organisation off the roster, or let it share the ballot of another one: branches under one owner."""
    keeper = require_decision_keeper(acting_user, seat.room.consultation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    room = locked_room(seat.room, State.DRAFT, State.OPTIONS)
    locked: DecisionSeat = room.seats.select_for_update(of=("self",)).get(pk=seat.pk)
    if votes_with is not None and (
        votes_with.room_id != room.pk
        or votes_with.group != locked.group
        or votes_with.votes_with_id is not None
        or votes_with.removed_at is not None
        or votes_with.pk == locked.pk
        or locked.branches.exists()
    ):
        raise Invalid(_("A ballot is shared with another organisation of the same group."), field="votes_with")
    if is_removed and locked.branches.exists():
        raise Invalid(_("Others share the ballot of this organisation."), field="votes_with")
    locked.votes_with = votes_with
    locked.removed_at = timezone.now() if is_removed else None
    return _record_seat(locked, "removed" if is_removed else "shared" if votes_with else "listed", keeper, reason)


# Steps of the room ------------------------------------------------------------------------------------------------


@transaction.atomic
def publish_options(room: DecisionRoom, *, acting_user: User) -> DecisionRoom:
    """Show the options to everybody, before anybody rates them."""
    keeper = require_decision_keeper(acting_user, room.consultation)
    locked = locked_room(room, State.DRAFT)
    if locked.options.standing().count() < 2:
        raise Invalid(_("There is no option besides leaving things as they are."))
    move_room(locked, State.OPTIONS, acting_user=keeper)
    tell(locked, "options", acting_user=keeper)
    return locked


@transaction.atomic
def begin_revision(room: DecisionRoom, *, reason: str, acting_user: User) -> DecisionRoom:
    """Go back to the options after a count that found none acceptable, or something to be worked on."""
    keeper = require_decision_keeper(acting_user, room.consultation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked = locked_room(room, State.CLOSED)
    last = locked.rounds.last()
    if last is None or last.work != last.Work.DONE or last.status not in ("revise", "integrate"):
        raise Conflict(_("The count does not ask for a revision."))
    if last.number >= locked.charter["params"]["rounds"]:
        raise Conflict(_("The charter allows no further round."))
    move_room(locked, State.REVISION, reason=reason, acting_user=keeper)
    tell(locked, "revision", acting_user=keeper)
    return locked


@transaction.atomic
def move_room(room: DecisionRoom, state: str, *, reason: str = "", acting_user: User | None) -> None:
    """Into another state, with its leaf. For the actions, which have asked whether it may."""
    room.state = state
    with acting(acting_user, reason=reason):
        room.save()
    append_leaf(LeafKind.DECISION_MOVED, room, public={"state": state}, committed={"reason": reason})
