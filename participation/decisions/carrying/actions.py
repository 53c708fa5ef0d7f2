"""Deciding by the count, commitments and their tasks, minority reports, suspending and resuming."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.decisions.actions import move_room
from participation.decisions.carrying.followup import commitment_opener
from participation.decisions.carrying.models import DecisionCommitment, MinorityReport
from participation.decisions.carrying.queries import objections_moved_since, overdue_in
from participation.decisions.locking import locked_room
from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.notices import people_on_roster, tell
from participation.decisions.objecting.models import DecisionObjection
from participation.decisions.permissions import require_decision_keeper
from participation.decisions.voting.models import DecisionRound
from participation.following.telling import is_of_the_past
from participation.stakeholders.models import User
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

State = DecisionRoom.State
BY_COUNT = ("decided", "decided_with_duties", "status_quo")
AUTHORITY = "authority"
LONGEST_MONTH = 31


@transaction.atomic
def conclude_room(
    room: DecisionRoom,
    *,
    reasons: str,
    reasons_en: str = "",
    review_on: date | None = None,
    option: DecisionOption | None = None,
    acting_user: User,
) -> DecisionRoom:
    """Publish the decision, as the count found it. Where a group still was not heard after the last extension, the
    competent authority decides: then ``option`` says what. Measures of a package become commitments."""
    keeper = require_decision_keeper(acting_user, room.consultation)
    reasons = typed_text(reasons, field="reasons", limit=4000, missing=_("Please give the reasons."))
    locked = locked_room(room, State.CLOSED)
    last: DecisionRound | None = locked.rounds.last()
    if last is None or last.work != DecisionRound.Work.DONE or last.result is None:
        raise Conflict(_("The ballots have not been counted yet."))
    if last.status == AUTHORITY:
        if option is None or option.room_id != locked.pk or option.key not in last.options:
            raise Invalid(_("Please say what the competent authority decided."), field="option")
        chosen = option
    elif last.status in BY_COUNT:
        chosen = locked.options.get(key=last.result["decision"]["option"])
    else:
        raise Conflict(_("The count does not end in a decision yet: it asks for something else first."))
    if objections_moved_since(locked, last):
        raise Conflict(_("An objection or petition has moved since the count. Count again first."))
    _check_review(locked, last, review_on)
    locked.status, locked.decided_option, locked.decided_at = last.status, chosen, timezone.now()
    locked.reasons, locked.reasons_en, locked.review_on = reasons, reasons_en, review_on
    measures = list(chosen.package.select_related("department"))
    move_room(locked, State.FOLLOW_UP if measures else State.DECIDED, acting_user=keeper)
    told = {
        "status": locked.status,
        "option": chosen.key.lower(),
        "round": last.number,
        "review_on": review_on.isoformat() if review_on else None,
    }
    append_leaf(LeafKind.DECISION_DECIDED, locked, public=told, committed={"reasons": reasons})
    for measure in measures:
        names = ("beneficiaries", "beneficiaries_en", "evidence", "cost", "department", "due_on")
        values = {name: getattr(measure, name) for name in names}
        _record_commitment(
            DecisionCommitment(room=locked, measure=measure, text=measure.title, text_en=measure.title_en, **values),
            keeper,
        )
    tell(locked, "decided", to=people_on_roster(locked), acting_user=keeper)
    return locked


def _check_review(room: DecisionRoom, last: DecisionRound, review_on: date | None) -> None:
    duties = last.result["explanation"]["duties"] if last.result else []
    months = room.charter["more"]["review_months"]
    if review_on is None:
        if "review_date" in duties:
            raise Invalid(_("This decision needs a day on which it is looked at again."), field="review_on")
        return
    today = timezone.localdate()
    if not is_of_the_past() and not today < review_on <= today + timedelta(days=LONGEST_MONTH * months):
        words = _("It is looked at again within %(months)d months.")
        raise Invalid(words % {"months": months}, field="review_on")


# Commitments ------------------------------------------------------------------------------------------------------


def _record_commitment(commitment: DecisionCommitment, keeper: User) -> DecisionCommitment:
    with acting(keeper):
        commitment.save()
    told = {
        "room": str(commitment.room.row_id),
        "department": str(commitment.department.row_id),
        "due_on": commitment.due_on.isoformat(),
        "cost": commitment.cost,
    }
    append_leaf(LeafKind.COMMITMENT_MADE, commitment, public=told, committed={"text": commitment.text})
    return commitment


@transaction.atomic
def add_commitment(
    room: DecisionRoom,
    *,
    text: str,
    beneficiaries: str,
    evidence: str,
    department: Department,
    due_on: date,
    cost: int = 0,
    text_en: str = "",
    beneficiaries_en: str = "",
    acting_user: User,
) -> DecisionCommitment:
    """Promise something to a class of people or an area: the plan by which a decision with duties meets its harms."""
    keeper = require_decision_keeper(acting_user, room.consultation)
    locked = locked_room(room, State.DECIDED, State.FOLLOW_UP, State.SUSPENDED)
    texts = {
        name: typed_text(value, field=name, limit=limit, missing=_("Please fill this in."))
        for name, value, limit in (
            ("text", text, 200),
            ("beneficiaries", beneficiaries, 200),
            ("evidence", evidence, 300),
        )
    }
    if due_on <= timezone.localdate() and not is_of_the_past():
        raise Invalid(_("The deadline has to lie in the future."), field="due_on")
    if cost < 0:
        raise Invalid(_("An amount cannot be below zero."), field="cost")
    made = DecisionCommitment(
        room=locked,
        department=department,
        due_on=due_on,
        cost=cost,
        text_en=text_en,
        beneficiaries_en=beneficiaries_en,
        **texts,
    )
    if locked.state == State.DECIDED:
        move_room(locked, State.FOLLOW_UP, acting_user=keeper)
    return _record_commitment(made, keeper)


@transaction.atomic
def open_task_of_commitment(commitment: DecisionCommitment, *, officer: User, acting_user: User) -> Any:
    """Make the commitment a rectification task, with an officer of its department who answers for it.

    Raises ``Closed`` where no room that keeps tasks has registered how to open one.
    """
    keeper = require_decision_keeper(acting_user, commitment.room.consultation)
    opener = commitment_opener()
    if opener is None:
        raise Closed(_("Tasks cannot be opened from a decision here."))
    locked: DecisionCommitment = DecisionCommitment.objects.select_for_update(of=("self",)).get(pk=commitment.pk)
    if locked.task_id is not None:
        raise Conflict(_("This has become a task already."))
    locked.task = opener(locked, officer, keeper)
    with acting(keeper):
        locked.save()
    told = {"room": str(locked.room.row_id), "task": str(locked.task.row_id)}
    append_leaf(LeafKind.COMMITMENT_OPENED, locked, public=told, committed={})
    return locked.task


@transaction.atomic
def suspend_room(room: DecisionRoom, *, acting_user: User | None) -> DecisionRoom:
    """A commitment is overdue by more than the charter allows: the clock suspends the decision."""
    locked = locked_room(room, State.FOLLOW_UP)
    move_room(locked, State.SUSPENDED, acting_user=acting_user)
    tell(locked, "suspended", to=people_on_roster(locked))
    return locked


@transaction.atomic
def resume_room(room: DecisionRoom, *, reason: str, acting_user: User) -> DecisionRoom:
    """Go on, once nothing is overdue by too much any more."""
    keeper = require_decision_keeper(acting_user, room.consultation)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked = locked_room(room, State.SUSPENDED)
    if overdue_in(locked):
        raise Conflict(_("A commitment is still overdue."))
    move_room(locked, State.FOLLOW_UP, reason=reason, acting_user=keeper)
    return locked


# Minority reports -------------------------------------------------------------------------------------------------


@transaction.atomic
def report_minority(
    objection: DecisionObjection, *, text: str, indicator: str = "", acting_user: User
) -> MinorityReport:
    """Whoever sustained an objection says it for the record, and by what one will see who was right."""
    if objection.person_id != acting_user.pk:
        raise NotAllowed
    text = typed_text(text, field="text", limit=8000, missing=_("Please write the report."))
    indicator = typed_text(indicator, field="indicator", limit=300)
    room = locked_room(objection.room, State.CLOSED, State.DECIDED, State.FOLLOW_UP)
    locked = DecisionObjection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    most = room.charter["params"]["integration_rounds"]
    is_sustained = locked.state == "sustained" or (
        locked.state == "in_integration" and locked.integration_rounds >= most
    )
    if not is_sustained:
        raise Conflict(_("A minority report belongs to an objection that is sustained."))
    if MinorityReport.objects.filter(objection=locked).exists():
        raise Conflict(_("There is a report on this objection already."))
    with acting(acting_user):
        report = MinorityReport.objects.create(
            room=room,
            objection=locked,
            group=locked.group,
            author=acting_user,
            organisation=locked.organisation,
            text=text,
            indicator=indicator,
        )
    told = {"room": str(room.row_id), "stakeholder_group": report.group}
    append_leaf(LeafKind.MINORITY_REPORTED, report, public=told, committed={"text": text})
    return report


@transaction.atomic
def answer_minority(report: MinorityReport, *, answer: str, acting_user: User) -> MinorityReport:
    """Answer a minority report point by point."""
    keeper = require_decision_keeper(acting_user, report.room.consultation)
    answer = typed_text(answer, field="answer", limit=8000, missing=_("Please answer point by point."))
    locked: MinorityReport = MinorityReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    locked.answer, locked.answered_at = answer, timezone.now()
    with acting(keeper):
        locked.save()
    append_leaf(LeafKind.MINORITY_ANSWERED, locked, public={}, committed={"answer": answer})
    tell(locked.room, "minority_answered", to=[locked.author], acting_user=keeper)
    return locked
