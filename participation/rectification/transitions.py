"""The one table of what can become of a task: which step leads from where to where, and whose it is.

No path leads to ``CLOSED`` but through ``VERIFIED``, and a task is verified by a side that had no part in the work.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from participation.rectification.course import TaskStep
from participation.rectification.models import RectificationTask

Status = RectificationTask.Status
Step = TaskStep.Kind


class Side(StrEnum):
    """What somebody is to a task. One person can be several; whoever had a part in the work is never a checker."""

    DESK = "desk"
    RESPONSIBLE = "responsible"
    CHECKER = "checker"


@dataclass(frozen=True)
class Transition:
    before: frozenset[str]
    after: str
    side: Side
    needs_reason: bool = False


def _from(*before: str, to: str, by: Side, with_reason: bool = False) -> Transition:
    return Transition(frozenset(before), to, by, with_reason)


TABLE: dict[str, Transition] = {
    Step.ASSIGN: _from(Status.DRAFTED, to=Status.ASSIGNED, by=Side.DESK),
    Step.ACCEPT: _from(Status.ASSIGNED, to=Status.ACCEPTED, by=Side.RESPONSIBLE),
    Step.DISPUTE: _from(Status.ASSIGNED, Status.ACCEPTED, to=Status.DISPUTED, by=Side.RESPONSIBLE, with_reason=True),
    Step.UPHOLD: _from(Status.DISPUTED, to=Status.ASSIGNED, by=Side.DESK, with_reason=True),
    Step.WITHDRAW: _from(Status.DISPUTED, to=Status.WITHDRAWN, by=Side.DESK, with_reason=True),
    Step.REASSIGN: _from(
        *(Status.ASSIGNED, Status.ACCEPTED, Status.DISPUTED, Status.IN_PROGRESS, Status.RETURNED),
        to=Status.ASSIGNED,
        by=Side.DESK,
        with_reason=True,
    ),
    Step.BEGIN: _from(Status.ASSIGNED, Status.ACCEPTED, Status.RETURNED, to=Status.IN_PROGRESS, by=Side.RESPONSIBLE),
    Step.SUBMIT: _from(Status.IN_PROGRESS, to=Status.SUBMITTED, by=Side.RESPONSIBLE),
    Step.VERIFY: _from(Status.SUBMITTED, to=Status.VERIFIED, by=Side.CHECKER, with_reason=True),
    Step.RETURN: _from(Status.SUBMITTED, to=Status.RETURNED, by=Side.CHECKER, with_reason=True),
    Step.CLOSE: _from(Status.VERIFIED, to=Status.CLOSED, by=Side.DESK, with_reason=True),
    Step.REOPEN: _from(Status.VERIFIED, Status.CLOSED, to=Status.RETURNED, by=Side.DESK, with_reason=True),
}


def leads_to(status: str, step: str) -> str | None:
    """The status after ``step``; None where the step does not fit."""
    transition = TABLE[step]
    return transition.after if status in transition.before else None


def steps_open_to(status: str, sides: Collection[Side]) -> list[str]:
    """The steps that somebody on these sides may take now."""
    return [step for step, each in TABLE.items() if status in each.before and each.side in sides]
