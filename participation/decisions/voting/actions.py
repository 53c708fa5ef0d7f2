"""Freezing the charter, casting ballots, extending and closing a round, judging what was flagged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation import drawing
from participation.consultations.models import WayIn
from participation.decisions.actions import move_room
from participation.decisions.deciding.charter import LARGEST_RATING, Charter
from participation.decisions.locking import locked_room, locked_round
from participation.decisions.models import DecisionMeasure, DecisionRoom, DecisionRule, PopulationPart
from participation.decisions.notices import people_on_roster, tell
from participation.decisions.permissions import require_decision_keeper, require_judge, require_voice
from participation.decisions.rule_files import MORE, digest
from participation.decisions.voting.counting import tally
from participation.decisions.voting.models import BallotJudgement, DecisionBallot, DecisionRound
from participation.decisions.voting.origins import Origin
from participation.decisions.voting.receipts import new_nonce, receipt_of
from participation.following.telling import is_of_the_past
from participation.lot_secrets import opened_secret
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.permissions import require_right
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.charter.matrix import Act
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

State = DecisionRoom.State
REASON_MAX_CHARS = 500
LONGEST_ROUND = timedelta(days=180)
NOWHERE = Origin()


# The charter and the round ----------------------------------------------------------------------------------------


def _charter(room: DecisionRoom, rule: DecisionRule) -> dict[str, Any]:
    """What is frozen, in plain data: parameters, groups with their quorum or roster, equal weights."""
    ways = room.consultation.ways_in.filter(way=WayIn.Way.DECISION).values_list("group", flat=True)
    groups: dict[str, dict[str, Any]] = {}
    for group in sorted(set(ways)):
        if group == StakeholderGroup.CITIZEN:
            groups[group] = {"open": True, "quorum": rule.parameters["citizen_quorum"], **_population(room)}
        else:
            seats = room.seats.filter(group=group, votes_with__isnull=True, removed_at__isnull=True)
            groups[group] = {"open": False, "roster": seats.count()}
    return {
        "rule": rule.valid_from.isoformat(),
        "params": {name: rule.parameters[name] for name in Charter().values()},
        "more": {name: rule.parameters[name] for name in MORE},
        "groups": groups,
        "weights": dict.fromkeys(groups, f"1/{len(groups)}"),
    }


def _population(room: DecisionRoom) -> dict[str, Any]:
    """By what the ballots of citizens are weighted: people in each part of the population, and what it is called
    ([district, district in English, ages]). Nothing where nobody entered it for the place."""
    parts = PopulationPart.objects.on(timezone.localdate(), room.consultation.government_id)
    if not parts:
        return {}
    return {
        "population": {str(part): part.people for part in parts},
        "parts": {str(part): [part.district, part.district_en, part.ages] for part in parts},
        "source": [parts[0].source, parts[0].source_en],
    }


@sensitive_variables("secret")
@transaction.atomic
def open_rating(room: DecisionRoom, *, ends_at: datetime, acting_user: User) -> DecisionRound:
    """Open the ballot. The first time the charter is frozen by the rules as they stand today; the secret of the lot
    that breaks the last ties is made and committed to."""
    keeper = require_decision_keeper(acting_user, room.consultation)
    locked = locked_room(room, State.OPTIONS, State.REVISION)
    options = list(locked.options.standing().order_by("key").values_list("key", flat=True))
    if len(options) < 2:
        raise Invalid(_("There is no option besides leaving things as they are."))
    if locked.frozen_at is None:
        rule = DecisionRule.objects.on(timezone.localdate())
        if rule is None:
            raise Closed(_("No rules for decisions are on record for today."))
        locked.rule, locked.charter = rule, _charter(locked, rule)
        locked.charter_sha256, locked.frozen_at = digest(locked.charter), timezone.now()
        secret = drawing.new_secret()
        locked.panel_commitment, locked.panel_secret = drawing.commit(secret), secret.hex()
        with acting(keeper):
            locked.save()
        told: dict[str, Any] = {
            "charter_sha256": locked.charter_sha256,
            "groups": sorted(locked.charter["groups"]),
            "options": [key.lower() for key in options],
            "panel_commitment": locked.panel_commitment,
        }
        append_leaf(LeafKind.DECISION_CHARTER_FROZEN, locked, public=told, committed={})
    number = locked.rounds.count() + 1
    if number > locked.charter["params"]["rounds"]:
        raise Conflict(_("The charter allows no further round."))
    _check_end(ends_at, timezone.now(), locked.charter["more"]["rating_days"])
    secret = drawing.new_secret()
    with acting(keeper):
        opened: DecisionRound = locked.rounds.create(
            number=number,
            options=options,
            ends_at=ends_at,
            commitment=drawing.commit(secret),
            secret=secret.hex(),
        )
    told = {
        "room": str(locked.row_id),
        "number": number,
        "options": [key.lower() for key in options],
        "commitment": opened.commitment,
        "ends_at": ends_at.isoformat(),
    }
    append_leaf(LeafKind.DECISION_ROUND_OPENED, opened, public=told, committed={})
    move_room(locked, State.RATING, acting_user=keeper)
    tell(locked, "opened", to=people_on_roster(locked), on=ends_at, acting_user=keeper)
    return opened


def _check_end(ends_at: datetime, begins: datetime, least_days: int) -> None:
    if is_of_the_past():
        return
    # Days are counted, not hours: whoever opens in the morning may close in the evening of the last day.
    if timezone.localdate(ends_at) < timezone.localdate(begins) + timedelta(days=least_days):
        words = _("By the rules, people have at least %(days)d days to rate.")
        raise Invalid(words % {"days": least_days}, field="ends_at")
    if ends_at > begins + LONGEST_ROUND:
        raise Invalid(_("A round ends within half a year."), field="ends_at")


@transaction.atomic
def extend_round(round_: DecisionRound, *, ends_at: datetime, acting_user: User) -> DecisionRound:
    """Open a round again whose count says that a group was not heard. The ballots that were cast stay."""
    keeper = require_decision_keeper(acting_user, round_.room.consultation)
    room = locked_room(round_.room, State.CLOSED)
    locked = locked_round(round_)
    is_counted = locked.work == DecisionRound.Work.DONE
    if not is_counted or locked.status != "extend" or locked.extensions_used >= room.charter["params"]["extensions"]:
        raise Conflict(_("The count does not ask for more time."))
    _check_end(ends_at, timezone.now(), room.charter["more"]["rating_days"])
    # What was opened is known: the lot is drawn anew from a new secret.
    secret = drawing.new_secret()
    locked.commitment, locked.secret, locked.opened_secret, locked.lot = drawing.commit(secret), secret.hex(), "", []
    locked.ends_at, locked.closed_at, locked.extensions_used = ends_at, None, locked.extensions_used + 1
    locked.result, locked.work, locked.flagged_at, locked.file, locked.words = None, "", None, "", []
    with acting(keeper):
        locked.save()
    told = {
        "number": locked.number,
        "ends_at": ends_at.isoformat(),
        "extensions": locked.extensions_used,
        "commitment": locked.commitment,
    }
    append_leaf(LeafKind.DECISION_ROUND_EXTENDED, locked, public=told, committed={})
    move_room(room, State.RATING, acting_user=keeper)
    tell(room, "extended", to=people_on_roster(room), on=ends_at, acting_user=keeper)
    return locked


def _round_to_close(round_: DecisionRound) -> tuple[DecisionRoom, DecisionRound]:
    """Room and round, locked. Raises unless the round may be closed now."""
    room = locked_room(round_.room, State.RATING)
    locked = locked_round(round_)
    if locked.closed_at is not None:
        raise Conflict(_("This round is closed already."))
    if timezone.now() < locked.ends_at:
        raise Closed(_("Ratings are taken until the end that was announced."))
    return room, locked


@sensitive_variables("secret")
def close_round(round_: DecisionRound, *, acting_user: User | None) -> DecisionRound:
    """Take no more ballots and open the lot, once the time is over. ``acting_user`` None: the clock does it. The count
    follows as a task."""
    keeper = None if acting_user is None else require_decision_keeper(acting_user, round_.room.consultation)
    with transaction.atomic():
        _room, found = _round_to_close(round_)
    return _close(round_, opened_secret(found, "secret", acting_user=keeper), keeper)


@sensitive_variables("secret")
@transaction.atomic
def _close(round_: DecisionRound, secret: bytes, keeper: User | None) -> DecisionRound:
    room, locked = _round_to_close(round_)
    if not drawing.is_opened_by(locked.commitment, secret):
        raise Conflict(_("The secret is not what was committed to. Nothing was drawn."))
    locked.lot = drawing.draw(secret, locked.options, len(locked.options))
    locked.opened_secret, locked.secret, locked.closed_at = secret.hex(), None, timezone.now()
    locked.work = DecisionRound.Work.RUNNING
    with acting(keeper):
        locked.save()
    told = {
        "secret": locked.opened_secret,
        "lot": [key.lower() for key in locked.lot],
        "ballots": locked.ballots.count(),
    }
    append_leaf(LeafKind.DECISION_ROUND_CLOSED, locked, public=told, committed={})
    move_room(room, State.CLOSED, acting_user=keeper)
    transaction.on_commit(partial(tally.enqueue, locked.pk))
    return locked


@transaction.atomic
def count_again(round_: DecisionRound, *, acting_user: User) -> DecisionRound:
    """Count once more, after objections were settled or a petition had its round, or where the count failed."""
    keeper = require_decision_keeper(acting_user, round_.room.consultation)
    locked_room(round_.room, State.CLOSED)
    locked = locked_round(round_)
    if locked.closed_at is None or locked.number != locked.room.rounds.count():
        raise Conflict
    locked.work, locked.progress, locked.fault = DecisionRound.Work.RUNNING, 0, ""
    with acting(keeper):
        locked.save()
    append_leaf(LeafKind.DECISION_COUNT_ASKED, locked, public={"version": locked.version + 1}, committed={})
    transaction.on_commit(partial(tally.enqueue, locked.pk))
    return locked


# Ballots ----------------------------------------------------------------------------------------------------------


def _ratings(round_: DecisionRound, ratings: Mapping[str, int | None]) -> dict[str, int | None]:
    if not set(ratings) <= set(round_.options):
        raise Invalid(_("You rated something that is not on the list."))
    told = {key: ratings.get(key) for key in round_.options}
    for key, rating in told.items():
        if rating is not None and (type(rating) is not int or not 0 <= rating <= LARGEST_RATING):
            raise Invalid(_("A rating is a whole number from 0 to 10."), field=f"rating_{key}")
    if all(rating is None for rating in told.values()):
        raise Invalid(_("Please rate at least one option."))
    return told


@sensitive_variables("reasons", "told")
def _reasons(round_: DecisionRound, ratings: Mapping[str, int | None], reasons: Mapping[str, str]) -> dict[str, str]:
    """Whoever says that something must not happen says why."""
    most = round_.room.charter["params"]["oppose_to"]
    told = {}
    for key, rating in ratings.items():
        missing = None
        if rating is not None and rating <= most and key != "SQ":
            missing = _("Please say why: strong opposition counts with its reason.")
        words = typed_text(reasons.get(key, ""), field=f"reason_{key}", limit=REASON_MAX_CHARS, missing=missing)
        if words:
            told[key] = words
    return told


def _conditions(
    round_: DecisionRound, ratings: Mapping[str, int | None], conditions: Mapping[str, int]
) -> dict[str, int]:
    measures = DecisionMeasure.objects.filter(option__room=round_.room, option__key__in=round_.options)
    known = {measure.code: measure.option.key for measure in measures.select_related("option")}
    told = {}
    for code, rating in conditions.items():
        if code not in known or type(rating) is not int or not 0 <= rating <= LARGEST_RATING:
            raise Invalid(_("A rating is a whole number from 0 to 10."), field=f"with_{code}")
        plain = ratings.get(known[code])
        if plain is None:
            raise Invalid(_("Rate the option itself before you say what a measure would change."), field=f"with_{code}")
        # A measure that would make it worse says nothing about what would make it bearable.
        if rating > plain:
            told[code] = rating
    return told


def _part(round_: DecisionRound, part: str, group: str) -> str:
    if part and part not in round_.room.charter["groups"][group].get("parts", {}):
        raise Invalid(_("This is no part of the population."), field="district")
    return part


@sensitive_variables("ratings", "reasons", "conditions", "told", "content", "part")
@transaction.atomic
def cast_ballot(
    round_: DecisionRound,
    *,
    standing: Standing,
    ratings: Mapping[str, int | None],
    reasons: Mapping[str, str] | None = None,
    conditions: Mapping[str, int] | None = None,
    part: str = "",
    origin: Origin = NOWHERE,
    acting_user: User,
) -> DecisionBallot:
    """Rate the options, or rate them anew while the round is open: the latest ballot counts.

    ``ratings``: letter -> 0 to 10, None for no answer. ``conditions``: code of a measure -> the rating with it.
    ``part``: where the voter lives and how old they are, as the charter divides the population. Nobody sees what is in
    it before the count, and afterwards nobody whose it was.
    """
    person, seat = require_voice(acting_user, round_.room, standing)
    locked = locked_round(round_)
    if locked.closed_at is not None or not (locked.takes_ballots or is_of_the_past()):
        raise Closed(_("No more ratings are taken."))
    if standing.group not in locked.room.charter["groups"]:
        raise NotAllowed(_("This decision has no ballots for that side."))
    take_side(person, locked.room.consultation, standing.group)
    told = _ratings(locked, ratings)
    content = {
        "nonce": new_nonce(),
        "ratings": told,
        "reasons": _reasons(locked, told, reasons or {}),
        "conditions": _conditions(locked, told, conditions or {}),
        "part": _part(locked, part, standing.group),
    }
    same = {"seat": seat} if seat is not None else {"person": person, "seat": None}
    found = locked.ballots.select_for_update(of=("self",)).filter(**same).first()
    own = locked.ballots.filter(person=person).first()
    if own is not None and (found is None or own.pk != found.pk):
        raise Conflict(_("You have cast a ballot for somebody else. One person casts one ballot."))
    ballot = found or DecisionBallot(round=locked, group=standing.group, seat=seat)
    ballot.person, ballot.content, ballot.cast_at = person, content, timezone.now()
    ballot.network, ballot.device = origin.network, origin.device
    ballot.save()
    append_leaf(
        LeafKind.BALLOT_CAST,
        ballot,
        public={"round": str(locked.row_id), "state": "changed" if found else "cast"},
        committed={"receipt": receipt_of(str(content["nonce"]), told)},
    )
    return ballot


@transaction.atomic
def judge_ballot(ballot: DecisionBallot, *, counts: bool, reason: str, acting_user: User) -> BallotJudgement:
    """Say whether a flagged ballot counts. It does not where two auditors say so; it does as soon as one says so. When
    the last is judged, the count goes on."""
    auditor = require_judge(acting_user)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked_round(ballot.round)
    locked = DecisionBallot.objects.select_for_update(of=("self",)).get(pk=ballot.pk)
    if not locked.is_quarantined:
        raise Conflict(_("This ballot is not in question."))
    if locked.person_id == auditor.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if locked.judgements.filter(auditor=auditor).exists():
        raise Conflict(_("You have decided on this already. A second auditor has to."))
    with acting(auditor, reason=reason):
        judgement: BallotJudgement = locked.judgements.create(auditor=auditor, counts=counts, reason=reason)
    append_leaf(
        LeafKind.BALLOT_JUDGED,
        judgement,
        public={"round": str(locked.round.row_id), "state": "counts" if counts else "excluded"},
        committed={"reason": reason},
    )
    if counts:
        locked.verdict = DecisionBallot.Verdict.COUNTS
    elif locked.judgements.filter(counts=False).count() >= 2:
        locked.verdict = DecisionBallot.Verdict.EXCLUDED
    locked.save(update_fields=["verdict"])
    if not any(each.is_quarantined for each in locked.round.ballots.exclude(flags=[]).defer("content")):
        transaction.on_commit(partial(tally.enqueue, locked.round_id))
    return judgement


@transaction.atomic
def hide_words(round_: DecisionRound, *, place: int, reason: str, acting_user: User) -> DecisionRound:
    """Take one of the published reasons from the page, for a published reason. ``place``: its position, from 0. The
    rating that it was given for counts as before; the file has no words."""
    moderator = require_right(acting_user, Act.MODERATE)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked = locked_round(round_)
    if not 0 <= place < len(locked.words) or not locked.words[place][2]:
        raise Conflict(_("These words are not shown."))
    words = locked.words[place][2]
    locked.words[place][2] = ""
    with acting(moderator, reason=reason):
        locked.save()
    append_leaf(
        LeafKind.DECISION_WORDS_HIDDEN,
        locked,
        public={"version": locked.version, "place": place},
        committed={"words": words, "reason": reason},
    )
    return locked
