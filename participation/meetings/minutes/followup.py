"""How an action item becomes a rectification task. Tasks belong to a later room, which registers how it opens one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from participation.meetings.minutes.models import ActionItem

if TYPE_CHECKING:
    from participation.stakeholders.models import User

# (action item, officer who answers for it, who opens it) -> the task, opened in the same transaction.
TaskOpener = Callable[[ActionItem, "User", "User"], Any]
_openers: list[TaskOpener] = []


def register_task_opener(opener: TaskOpener) -> None:
    """Called once, when the app is ready; a later one takes the place of the earlier one."""
    _openers[:] = [opener]


def task_opener() -> TaskOpener | None:
    return _openers[0] if _openers else None
