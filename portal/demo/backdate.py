"""Giving the made-up past its dates.

Actions happen now: they ask the stage of the moment and write the time of the moment. The city's records go through
the same actions as everybody's, so that history, commitments and leaves are real. Their history is given its dates
while it is written, before a leaf is bound to it; the records themselves afterwards. This is the one place where
records are written round their actions, and the demo is the only caller. The log is not touched: its entries say
truthfully when they were appended, that is, when the demo was loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import models
from django.utils import timezone
from simple_history.signals import pre_create_historical_record

from cms.models import CheckOverride, DisclosurePage, GoalApproval, GoalChange, Release
from participation.consultations.clock import answer_due
from participation.models import (
    ActionItem,
    AgendaItem,
    Allocation,
    AllocationBallot,
    AllocationResult,
    Answer,
    Appointment,
    Award,
    BudgetLinkage,
    Case,
    CaseEntry,
    Commendation,
    ConfidentialPart,
    Consultation,
    Conversation,
    Decision,
    DecisionBallot,
    DecisionCommitment,
    DecisionMeasure,
    DecisionObjection,
    DecisionOption,
    DecisionRoom,
    DecisionRound,
    DecisionSeat,
    Evaluation,
    EvaluationAuthor,
    EvaluationCall,
    EvaluationFinding,
    EvaluationVersion,
    EvaluatorSeat,
    Event,
    FeasibilityReview,
    Feedback,
    Finding,
    FindingReply,
    FrozenBallots,
    Juror,
    JuryOpinion,
    Mandate,
    Meeting,
    MeetingLot,
    MeetingMaterial,
    MeetingMinutes,
    MeetingPoll,
    MeetingRegistration,
    MeetingSeries,
    MinutesOpinion,
    Nomination,
    ObjectionVote,
    OfficialScore,
    OpinionMap,
    Organisation,
    ProgressReport,
    ProjectProposal,
    ProjectResult,
    RectificationTask,
    Reevaluation,
    Resolution,
    Stage,
    Statement,
    TaskStep,
    User,
    Verification,
)
from privacy.incidents.models import (
    AffectedPerson,
    AuthorityReport,
    Containment,
    Incident,
    Lesson,
    NoticeBatch,
)
from privacy.rights.requests.models import DataRequest

DATES: dict[type[models.Model], tuple[str, ...]] = {
    User: ("date_joined",),
    Organisation: ("created",),
    Mandate: ("granted_at",),
    Appointment: ("granted_at",),
    Release: ("imported_at", "signed_off_at", "published_at"),
    CheckOverride: ("created",),
    GoalApproval: (),
    GoalChange: ("proposed_at", "decided_at"),
    DisclosurePage: ("first_published_at", "last_published_at", "latest_revision_created_at"),
    Consultation: ("created", "outcome_at"),
    Conversation: ("created", "closed_at"),
    Statement: ("created",),
    Stage: (),
    Feedback: ("created", "accepted_at"),
    ConfidentialPart: ("created",),
    Event: ("created",),
    Evaluation: ("created", "accepted_at"),
    EvaluationCall: ("created",),
    EvaluatorSeat: ("created",),
    EvaluationAuthor: ("undertook_at",),
    EvaluationVersion: ("created",),
    EvaluationFinding: ("created", "replied_at"),
    FindingReply: ("created",),
    OfficialScore: ("created",),
    Reevaluation: ("created", "drawn_at"),
    Answer: ("published_at",),
    Decision: ("decided_at", "reviewed_at"),
    Finding: ("created",),
    RectificationTask: ("created", "assigned_at", "verified_at", "closed_at"),
    TaskStep: ("created",),
    ProgressReport: ("created",),
    Verification: ("created",),
    BudgetLinkage: ("created",),
    Case: ("received_on", "closed_on"),
    CaseEntry: ("written_on",),
    MeetingSeries: ("created",),
    Meeting: ("created", "opened_at", "closed_at"),
    AgendaItem: (),
    MeetingMaterial: ("published_at",),
    MeetingRegistration: ("created", "attended_at"),
    MeetingLot: ("created", "closed_at", "drawn_at"),
    MeetingPoll: ("opened_at", "closed_at"),
    Resolution: ("created",),
    ActionItem: ("created",),
    MeetingMinutes: ("created", "proposed_at", "published_at"),
    MinutesOpinion: ("created",),
    Allocation: ("created", "listed_at", "close_asked_at", "closed_at", "counted_at"),
    ProjectProposal: ("created", "changed_at", "withdrawn_at"),
    FeasibilityReview: ("created", "replied_at"),
    AllocationBallot: ("cast_at",),
    FrozenBallots: ("created",),
    AllocationResult: ("created", "finished_at"),
    ProjectResult: (),
    Award: ("created", "decided_at"),
    Nomination: ("created",),
    Juror: ("named_at", "declared_at"),
    JuryOpinion: ("given_at",),
    Commendation: ("decided_at",),
    DecisionRoom: ("created", "frozen_at", "panel_drawn_at", "decided_at"),
    DecisionOption: ("created", "withdrawn_at"),
    DecisionMeasure: ("created",),
    DecisionSeat: (),
    DecisionRound: ("opened_at", "closed_at", "flagged_at", "counted_at"),
    DecisionBallot: ("first_cast_at", "cast_at"),
    DecisionObjection: ("created",),
    ObjectionVote: ("created",),
    OpinionMap: ("drawn_at",),
    DecisionCommitment: ("created",),
    Incident: ("created", "assessed_at", "notified_at", "closed_at"),
    Containment: ("created", "lifted_at"),
    AffectedPerson: ("told_at",),
    AuthorityReport: ("created",),
    Lesson: ("created", "done_at"),
    NoticeBatch: ("began", "finished"),
    DataRequest: ("received_at", "identity_at"),
}
# Whose last day for an answer is counted from the day it was said.
WITH_DUE_DAY = (Feedback, Evaluation)


@contextmanager
def at(moment: datetime, *touched: type[models.Model]) -> Iterator[None]:
    """What is written within it to ``touched`` models, and to their history, happened at ``moment``."""
    began = timezone.now()

    def date_back(history_row: Any) -> None:
        history_row.history_date = moment
        for field in DATES[history_row.instance_type]:
            written = getattr(history_row, field)
            if written is not None and written >= began:
                setattr(history_row, field, moment)
        if history_row.instance_type in WITH_DUE_DAY:
            history_row.due_on = due_day(history_row)

    with _history_of(touched, date_back):
        yield
    for model in touched:
        for field in DATES[model]:
            model._base_manager.filter(**{f"{field}__gte": began}).update(**{field: moment})
        if model in WITH_DUE_DAY:
            for row in model._base_manager.filter(created=moment).select_related("consultation"):  # type: ignore[attr-defined]
                model._base_manager.filter(pk=row.pk).update(due_on=due_day(row))


def due_day(said: Any) -> date:
    """The day by which what was said then is answered."""
    return answer_due(said.created, said.consultation)


@contextmanager
def written_with(model: type[models.Model], **values: Any) -> Iterator[None]:
    """Within it, history of ``model`` is written with these values, which no action takes."""

    def write(history_row: Any) -> None:
        for name, value in values.items():
            setattr(history_row, name, value)

    with _history_of((model,), write):
        yield


@contextmanager
def _history_of(touched: tuple[type[models.Model], ...], change: Callable[[Any], None]) -> Iterator[None]:
    def about_to_be_written(sender: Any, history_instance: Any, **details: Any) -> None:
        if history_instance.instance_type in touched:
            change(history_instance)

    pre_create_historical_record.connect(about_to_be_written, weak=False)
    try:
        yield
    finally:
        pre_create_historical_record.disconnect(about_to_be_written)


@dataclass(frozen=True)
class Act:
    """Something that somebody does at a moment of the past, and the models it writes to."""

    moment: datetime
    do: Callable[[], object]
    touched: tuple[type[models.Model], ...]

    def perform(self) -> None:
        with at(self.moment, *self.touched):
            self.do()


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


def confirm_address(user: User, *, confirmed: bool) -> None:
    """Stand in for the mail with the link."""
    EmailAddress.objects.create(user=user, email=user.email, verified=confirmed, primary=True)
