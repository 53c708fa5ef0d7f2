"""Holding a department to account (责任追究) or commending it: proposed, decided by name, appealed, settled."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.rectification import moving
from participation.rectification.ladder.models import Consequence
from participation.rectification.models import RectificationTask
from participation.rectification.notices import announce_step
from participation.rectification.periods import APPEAL, last_day
from participation.rectification.permissions import may_appeal, may_hold_to_account
from participation.rectification.transitions import Side
from participation.stakeholders.models import User
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Kind = Consequence.Kind
Status = Consequence.Status
STANDING = (Status.PROPOSED, Status.DECIDED, Status.APPEALED, Status.UPHELD)


def _write(consequence: Consequence, *, reason: str, acting_user: User | None, **values: Any) -> Consequence:
    for name, value in values.items():
        setattr(consequence, name, value)
    with acting(acting_user, reason=reason):
        consequence.save()
    append_leaf(
        LeafKind.CONSEQUENCE_RECORDED,
        consequence,
        public={
            "task": str(consequence.task.row_id),
            "consequence": consequence.kind,
            "status": consequence.status,
        },
        committed={"reason": reason},
    )
    return consequence


def _locked(consequence: Consequence, *expected: str) -> Consequence:
    found: Consequence = (
        Consequence.objects.select_for_update(of=("self",)).select_related("task").get(pk=consequence.pk)
    )
    if found.status not in expected:
        raise Conflict(_("This was decided already."))
    return found


def _reasons(reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("Please give the reasons."), field="reason")
    return reason.strip()


@transaction.atomic
def propose_consequence(task: RectificationTask, *, kind: str, acting_user: User | None) -> Consequence | None:
    """Put it before the desk. None where one stands already; an ``acting_user`` of None is the ladder's clock.

    A commendation is for what was found to be put right.
    """
    found = moving.locked(task)
    if acting_user is not None:
        moving.require_side(acting_user, found, Side.DESK)
    if kind not in Kind.values:
        raise Invalid(_("Please choose what is proposed."), field="kind")
    if kind == Kind.COMMENDATION and not found.is_proven:
        raise Conflict(_("A commendation is for what was found to be put right."))
    if found.consequences.filter(kind=kind, status__in=STANDING).exists():
        return None
    proposed = Consequence(task=found, kind=kind, department=found.department, proposed_by=acting_user)
    return _write(proposed, reason="", acting_user=acting_user)


@transaction.atomic
def decide_consequence(consequence: Consequence, *, measure: str, reason: str, acting_user: User) -> Consequence:
    """Hold to account, or commend: by name, with the measure and the reason. The department may appeal."""
    if not may_hold_to_account(acting_user, consequence):
        raise NotAllowed(moving.REFUSALS[Side.DESK])
    reason = _reasons(reason)
    if not measure.strip():
        raise Invalid(_("Please name the measure."), field="measure")
    found = _locked(consequence, Status.PROPOSED)
    found.reason = reason
    _write(
        found,
        reason=reason,
        acting_user=acting_user,
        status=Status.DECIDED,
        measure=measure.strip(),
        decided_by=acting_user,
        decided_at=timezone.now(),
        appeal_until=last_day(APPEAL, found.department),
    )
    announce_step(found.task, "consequence", acting_user=acting_user)
    return found


@transaction.atomic
def drop_consequence(consequence: Consequence, *, reason: str, acting_user: User) -> Consequence:
    """Not to pursue what was proposed, with a reason."""
    moving.require_side(acting_user, consequence.task, Side.DESK)
    reason = _reasons(reason)
    found = _locked(consequence, Status.PROPOSED)
    found.reason = reason
    return _write(
        found,
        reason=reason,
        acting_user=acting_user,
        status=Status.DROPPED,
        decided_by=acting_user,
        decided_at=timezone.now(),
    )


@transaction.atomic
def appeal_consequence(consequence: Consequence, *, reason: str, acting_user: User) -> Consequence:
    """The department says why it does not agree; or whoever evaluated, why a commendation is not deserved. Once."""
    if not may_appeal(acting_user, consequence):
        raise NotAllowed(_("Only officers of the department appeal, or the evaluator against a commendation."))
    reason = _reasons(reason)
    found = _locked(consequence, Status.DECIDED)
    if found.appeal_until is not None and timezone.localdate() > found.appeal_until:
        raise Closed(_("The time for an appeal is over."))
    return _write(
        found,
        reason=reason,
        acting_user=acting_user,
        status=Status.APPEALED,
        appeal=reason,
        appealed_by=acting_user,
        appealed_at=timezone.now(),
    )


@transaction.atomic
def settle_appeal(consequence: Consequence, *, is_upheld: bool, reason: str, acting_user: User) -> Consequence:
    """Decide on the appeal: by somebody who did not decide the first time."""
    moving.require_side(acting_user, consequence.task, Side.DESK)
    reason = _reasons(reason)
    found = _locked(consequence, Status.APPEALED)
    if found.decided_by_id == acting_user.pk:
        raise NotAllowed(_("You decided this yourself. Somebody else decides on the appeal."))
    _write(
        found,
        reason=reason,
        acting_user=acting_user,
        status=Status.UPHELD if is_upheld else Status.LIFTED,
        settled_by=acting_user,
        settled_at=timezone.now(),
        settled_reason=reason,
    )
    announce_step(found.task, "consequence", acting_user=acting_user)
    return found
