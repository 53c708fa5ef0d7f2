"""How a winner becomes a rectification task. Tasks belong to a later room, which registers how it opens one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from participation.allocation.results.models import ProjectResult

if TYPE_CHECKING:
    from participation.stakeholders.models import User

# (winner, officer who answers for it, deadline, who opens it) -> the task, opened in the same transaction.
TaskOpener = Callable[[ProjectResult, "User", date, "User"], Any]
_openers: list[TaskOpener] = []


def register_task_opener(opener: TaskOpener) -> None:
    """Called once, when the app is ready; a later one takes the place of the earlier one."""
    _openers[:] = [opener]


def task_opener() -> TaskOpener | None:
    return _openers[0] if _openers else None
