"""Giving the made-up past its dates.

Actions happen now: they ask the stage of the moment and write the time of the moment. The city's records go through
the same actions as everybody's, so that history, commitments and leaves are real, and only then are their dates moved
to when the story has them happen. This is the one place where records are written round their actions, and the demo is
the only caller. The log is not touched: its entries say truthfully when they were appended, that is, when the demo was
loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from allauth.account.models import EmailAddress
from django.db import models
from django.utils import timezone
from simple_history.utils import get_history_model_for_model

from cms.models import DisclosurePage, Release
from participation.models import (
    Answer,
    Appointment,
    BudgetLinkage,
    Consultation,
    Evaluation,
    Event,
    Feedback,
    Finding,
    Mandate,
    Organisation,
    ProgressReport,
    RectificationTask,
    Stage,
    User,
    Verification,
)

DATES: dict[type[models.Model], tuple[str, ...]] = {
    User: ("date_joined",),
    Organisation: ("created",),
    Mandate: ("granted_at",),
    Appointment: ("granted_at",),
    Release: ("imported_at", "published_at"),
    DisclosurePage: ("first_published_at", "last_published_at", "latest_revision_created_at"),
    Consultation: ("created",),
    Stage: (),
    Feedback: ("created", "accepted_at"),
    Event: ("created",),
    Evaluation: ("created", "accepted_at"),
    Answer: ("published_at",),
    Finding: ("created",),
    RectificationTask: ("created", "verified_at"),
    ProgressReport: ("created",),
    Verification: ("created",),
    BudgetLinkage: ("created",),
}


@contextmanager
def at(moment: datetime, *touched: type[models.Model]) -> Iterator[None]:
    """What is written within it to ``touched`` models, and to their history, happened at ``moment``."""
    began = timezone.now()
    yield
    for model in touched:
        for dated, fields in _dated(model):
            for field in fields:
                dated._base_manager.filter(**{f"{field}__gte": began}).update(**{field: moment})


@dataclass(frozen=True)
class Act:
    """Something that somebody does at a moment of the past, and the models it writes to."""

    moment: datetime
    do: Callable[[], object]
    touched: tuple[type[models.Model], ...]

    def perform(self) -> None:
        with at(self.moment, *self.touched):
            self.do()


@cache
def _dated(model: type[models.Model]) -> list[tuple[type[models.Model], tuple[str, ...]]]:
    """The model and its history, each with the fields that say when."""
    found = [(model, DATES[model])]
    if hasattr(model, "history"):
        found.append((get_history_model_for_model(model), (*DATES[model], "history_date")))
    return found


@contextmanager
def held_open(consultation: Consultation) -> Iterator[None]:
    """Within it the consultation takes input and answers, whatever its dates say."""
    stage = consultation.stages.get(kind=Stage.Kind.OPEN)
    row = Stage.objects.filter(pk=stage.pk)
    row.update(starts_at=timezone.now(), ends_at=None)
    yield
    row.update(starts_at=stage.starts_at, ends_at=stage.ends_at)


def set_deadline(task: RectificationTask, due_on: date) -> None:
    """A deadline that may have passed, which no task can be opened with."""
    RectificationTask.objects.filter(pk=task.pk).update(due_on=due_on)
    task.history.update(due_on=due_on)


def confirm_address(user: User, *, confirmed: bool) -> None:
    """Stand in for the mail with the link."""
    EmailAddress.objects.create(user=user, email=user.email, verified=confirmed, primary=True)
