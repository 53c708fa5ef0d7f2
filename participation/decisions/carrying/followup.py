"""How a commitment becomes a task. Tasks belong to a later room, which registers how it opens one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from participation.decisions.carrying.models import DecisionCommitment

if TYPE_CHECKING:
    from participation.stakeholders.models import User

# (commitment, officer who answers for it, who opens it) -> the task, opened in the same transaction.
TaskOpener = Callable[[DecisionCommitment, "User", "User"], Any]
_openers: list[TaskOpener] = []


def register_commitment_opener(opener: TaskOpener) -> None:
    """Called once, when the app is ready; a later one takes the place of the earlier one."""
    _openers[:] = [opener]


def commitment_opener() -> TaskOpener | None:
    return _openers[0] if _openers else None
