"""Taking a step of the table: who takes it is allowed, the state fits, and it is recorded. For the actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.live import announce
from participation.rectification.course import TaskStep
from participation.rectification.models import RectificationTask
from participation.rectification.notices import announce_step
from participation.rectification.permissions import sides_of
from participation.rectification.transitions import TABLE, Side
from participation.stakeholders.models import User
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = RectificationTask.Status
Step = TaskStep.Kind

LEAVES = {
    Step.ACCEPT: LeafKind.TASK_ACCEPTED,
    Step.SUBMIT: LeafKind.TASK_SUBMITTED,
    Step.VERIFY: LeafKind.TASK_VERIFIED,
    Step.RETURN: LeafKind.TASK_RETURNED,
}
REFUSALS = {
    Side.CHECKER: _("A task is checked by a moderator or its evaluator, never by those who worked on it."),
    Side.RESPONSIBLE: _("Only officers of the responsible department do this."),
    Side.DESK: _("Only a moderator who has no part in the task does this."),
}


def require_side(user: User, task: RectificationTask, side: Side) -> None:
    if side not in sides_of(user, task):
        raise NotAllowed(REFUSALS[side])


def locked(task: RectificationTask) -> RectificationTask:
    found: RectificationTask = (
        RectificationTask.objects.select_for_update(of=("self",))
        .select_related("finding__answer__consultation", "finding__evaluation_finding__evaluation__consultation")
        .get(pk=task.pk)
    )
    return found


def require_status(task: RectificationTask, *expected: str) -> None:
    if task.status not in expected:
        raise Conflict(
            _("This task is now “%(status)s”: that step does not fit it. Reload to see where it stands.")
            % {"status": task.get_status_display()}
        )


def ready(task: RectificationTask, kind: str, *, reason: str = "", acting_user: User) -> RectificationTask:
    """The task, locked, once it is sure that ``acting_user`` may take the step ``kind`` now."""
    transition = TABLE[kind]
    found = locked(task)
    require_side(acting_user, found, transition.side)
    if transition.needs_reason and not reason.strip():
        raise Invalid(_("Please give the reasons."), field="reason")
    require_status(found, *transition.before)
    return found


def take(
    task: RectificationTask,
    kind: str,
    *,
    reason: str = "",
    acting_user: User | None,
    also: Iterable[models.Model] = (),
    told: bool = True,
    **kept: Any,
) -> TaskStep:
    """Write the step of a task that is ``ready``. ``kept``: who was responsible until then.

    ``told`` is False for a step whose leaf is that of the record that brought it about.
    """
    before, task.status = task.status, TABLE[kind].after
    now = timezone.now()
    if kind == Step.ASSIGN:
        task.assigned_at = now
    task.verified_at = now if kind == Step.VERIFY else task.verified_at if task.is_proven else None
    task.closed_at = now if kind == Step.CLOSE else None
    reason = reason.strip()
    with acting(acting_user, reason=reason):
        task.save()
    step = TaskStep.objects.create(
        task=task, kind=kind, before=before, after=task.status, reason=reason, by=acting_user, **kept
    )
    if told:
        record_step(task, step, also=also)
        announce_step(task, STEP_WORDS.get(Step(kind), ""), acting_user=acting_user)
    return step


STEP_WORDS = {
    Step.ASSIGN: "assigned",
    Step.ACCEPT: "accepted",
    Step.DISPUTE: "disputed",
    Step.UPHOLD: "dispute_decided",
    Step.WITHDRAW: "withdrawn",
    Step.REASSIGN: "reassigned",
    Step.SUBMIT: "submitted",
    Step.VERIFY: "verified",
    Step.RETURN: "returned",
    Step.CLOSE: "closed",
    Step.REOPEN: "reopened",
}


def record_step(task: RectificationTask, step: TaskStep, *, also: Iterable[models.Model] = ()) -> None:
    state = {"status": task.status, "due_on": task.due_on.isoformat()}
    kind = LEAVES.get(Step(step.kind))
    if kind is None:
        moved = {**state, "step": step.kind, "department": str(task.department.row_id)}
        append_leaf(LeafKind.TASK_MOVED, task, public=moved, committed={"reason": step.reason}, also=also)
    else:
        checked = kind in (LeafKind.TASK_VERIFIED, LeafKind.TASK_RETURNED)
        committed = {"reason": step.reason} if checked else {}
        append_leaf(kind, task, public=state, committed=committed, also=also)
    announce_live(task)


def announce_live(task: RectificationTask) -> None:
    if task.consultation is not None:
        announce(task.consultation.row_id, {"kind": "task", "row_id": str(task.row_id)})
