"""The steps of a task, told to its officer and to those who follow it or what it goes back to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import User

SOON = timedelta(days=7)
# What has been overdue for longer was told when it was new.
NEWS = timedelta(days=2)


def announce_step(task: RectificationTask, step: str, *, acting_user: User | None) -> None:
    """``step``: one of those that ``kinds.SENTENCES`` has for tasks. Those whose input led to the task are told too."""
    finding = task.finding
    inputs: list[Any] = [finding.evaluation] if finding.evaluation else []
    if finding.answer is not None:
        answered = finding.answer.inputs.select_related("feedback", "evaluation")
        inputs = [row.contribution for row in answered]
    line = finding.line
    of = [finding.consultation, line, finding.programme or (line.programme if line else None), task.department]
    announce(Kind.TASK, task, to=task.officer, of=[*of, *inputs], words={"step": step}, acting_user=acting_user)


def announce_deadlines() -> None:
    """Regular work: remind of tasks that are due within a week, and tell of those that became overdue. Once each."""
    today = timezone.localdate()
    at_rest = (*RectificationTask.AT_REST, RectificationTask.Status.DRAFTED)
    unfinished = RectificationTask.objects.exclude(status__in=at_rest)
    window = Q(due_on__gte=today - NEWS, due_on__lte=today + SOON)
    for task in unfinished.filter(window).select_related("officer"):
        step = "near" if task.due_on >= today else "passed"
        words = {"step": step, "on": task.due_on.isoformat()}
        key = f"{step} {task.due_on}"
        announce(Kind.DEADLINE, task, to=task.officer, words=words, key=key)
