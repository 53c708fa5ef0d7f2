"""Open API: consultations, what was said in public, the answers to it, what was promised, and how soon departments
answer. The same rows as on the pages, by the same ``visible_to``; what is hidden or held is in none of them, whoever
asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Schema
from pydantic import Field

from cms.budget.requests import reader_of
from cms.open_data.api.budget import PartOut
from cms.open_data.api.paging import Asked, ListOut, Window
from participation.balance.models import Answer
from participation.balance.queries import answer_of, answers_for
from participation.consultations.models import Consultation, Contribution
from participation.consultations.queries import consultation_for, consultations_for
from participation.consultations.stages import current_stage
from participation.evaluations.queries import evaluations_for
from participation.feedback.models import Feedback
from participation.feedback.queries import feedback_for
from participation.feedback.response_times import response_times
from participation.rectification.models import RectificationTask
from participation.rectification.queries import in_consultation

router = Router(tags=["participation"])
Said = TypeVar("Said", bound=Contribution)
GroupName = Literal["citizen", "social_organisation", "enterprise", "government", "research"]
KindName = Literal["question", "problem", "suggestion", "praise"]
OutcomeName = Literal["adopted", "partly", "not_adopted", "out_of_scope"]
StatusName = Literal["assigned", "in_progress", "submitted", "returned", "verified"]


class ConsultationFilters(Window):
    release: UUID | None = None
    department: UUID | None = None


class OfConsultation(Window):
    consultation: UUID | None = None


class SaidFilters(OfConsultation):
    group: GroupName | None = None
    answered: bool | None = None


class FeedbackFilters(SaidFilters):
    kind: KindName | None = None
    line: UUID | None = None
    programme: UUID | None = None


class EvaluationFilters(SaidFilters):
    programme: UUID | None = None


class AnswerFilters(OfConsultation):
    outcome: OutcomeName | None = None
    department: UUID | None = None


class TaskFilters(OfConsultation):
    status: StatusName | None = None
    department: UUID | None = None
    overdue: bool | None = None


class StageOut(Schema):
    kind: str
    starts_at: datetime
    ends_at: datetime | None


class ConsultationOut(Schema):
    """``release``: null for a question of its own. ``stage``: the present one, or null. ``ways_in``: to which
    stakeholder groups each way of taking part is open."""

    row_id: UUID
    scope: str
    release: UUID | None
    department: PartOut | None
    programme: PartOut | None
    title: str
    title_en: str
    purpose: str
    purpose_en: str
    decided_by: str
    decided_by_en: str
    limits: str
    limits_en: str
    is_major: bool
    answer_within_days: int
    stage: str | None
    stages: list[StageOut]
    ways_in: dict[str, list[str]]
    feedback: Annotated[int, Field(validation_alias="feedback_count")]
    evaluations: Annotated[int, Field(validation_alias="evaluation_count")]
    answers: Annotated[int, Field(validation_alias="answer_count")]
    outcome: str
    outcome_en: str
    outcome_links: list[str]
    outcome_at: datetime | None
    url: Annotated[str, Field(validation_alias="get_absolute_url")]

    @staticmethod
    def resolve_release(consultation: Consultation) -> UUID | None:
        return consultation.release.row_id if consultation.release else None

    @staticmethod
    def resolve_stage(consultation: Consultation) -> str | None:
        stage = current_stage(consultation)
        return stage.kind if stage else None

    @staticmethod
    def resolve_ways_in(consultation: Consultation) -> dict[str, list[str]]:
        open_to: dict[str, list[str]] = defaultdict(list)
        for way in consultation.ways_in.all():
            open_to[way.way].append(way.group)
        return open_to

    @staticmethod
    def resolve_outcome_links(consultation: Consultation) -> list[str]:
        return consultation.outcome_links.splitlines()


class SaidOut(Schema):
    """``by``: the public name, which a citizen may withhold. ``answer``: its row_id, or null while nobody answered."""

    row_id: UUID
    reference: str
    consultation: Annotated[UUID, Field(validation_alias="consultation.row_id")]
    group: Annotated[str, Field(validation_alias="stakeholder_group")]
    by: Annotated[str, Field(validation_alias="public_name")]
    created: datetime
    due_on: Annotated[date, Field(validation_alias="answer_due_on")]
    answer: UUID | None
    url: Annotated[str, Field(validation_alias="get_absolute_url")]

    @staticmethod
    def resolve_answer(said: Contribution) -> UUID | None:
        answer = answer_of(said)
        return answer.row_id if answer else None


class FeedbackOut(SaidOut):
    """``line``, ``programme``, ``indicator``, ``task``: what it is about; with none, the consultation as a whole."""

    kind: str
    body: str
    line: UUID | None
    programme: UUID | None
    indicator: UUID | None
    task: UUID | None

    @staticmethod
    def resolve_line(feedback: Feedback) -> UUID | None:
        return feedback.line.row_id if feedback.line else None

    @staticmethod
    def resolve_programme(feedback: Feedback) -> UUID | None:
        return feedback.programme.row_id if feedback.programme else None

    @staticmethod
    def resolve_indicator(feedback: Feedback) -> UUID | None:
        return feedback.indicator.row_id if feedback.indicator else None

    @staticmethod
    def resolve_task(feedback: Feedback) -> UUID | None:
        return feedback.task.row_id if feedback.task else None


class EvaluationOut(SaidOut):
    """``score`` is of 100, an exact decimal written as text."""

    programme: PartOut
    score: Decimal
    reasoning: str


class AnswerPartOut(Schema):
    department: PartOut
    text: str


class AnswerOut(Schema):
    """``answers_to``: what it answers of what is public. ``tasks``: what was promised in it."""

    row_id: UUID
    reference: str
    consultation: Annotated[UUID, Field(validation_alias="consultation.row_id")]
    department: PartOut | None
    outcome: str
    reason: str
    parts: Annotated[list[AnswerPartOut], Field(validation_alias="parts_shown")]
    version: int
    published_at: datetime
    corrected_at: datetime | None
    answers_to: list[UUID]
    tasks: list[UUID]
    url: Annotated[str, Field(validation_alias="get_absolute_url")]

    @staticmethod
    def resolve_answers_to(answer: Answer) -> list[UUID]:
        said = [link.contribution for link in answer.inputs.all()]
        return [each.row_id for each in said if each.status == Contribution.Status.VISIBLE]

    @staticmethod
    def resolve_tasks(answer: Answer) -> list[UUID]:
        return [task.row_id for finding in answer.findings.all() for task in finding.public_tasks]


class LinkageOut(Schema):
    fiscal_year: int
    decision: str
    reason: str


class TaskOut(Schema):
    """``budget``: what its result means for a later budget, or null."""

    row_id: UUID
    reference: str
    source: Annotated[str, Field(validation_alias="finding.source")]
    answer: UUID | None
    consultation: UUID | None
    department: PartOut
    title: str
    title_en: str
    finding: Annotated[str, Field(validation_alias="finding.text")]
    severity: Annotated[str, Field(validation_alias="finding.severity")]
    status: str
    due_on: date
    is_overdue: bool
    created: datetime
    verified_at: datetime | None
    budget: LinkageOut | None
    url: Annotated[str, Field(validation_alias="get_absolute_url")]

    @staticmethod
    def resolve_answer(task: RectificationTask) -> UUID | None:
        return task.finding.answer.row_id if task.finding.answer else None

    @staticmethod
    def resolve_consultation(task: RectificationTask) -> UUID | None:
        return task.consultation.row_id if task.consultation else None

    @staticmethod
    def resolve_budget(task: RectificationTask) -> Any:
        return getattr(task, "budget_linkage", None)


class ResponseTimesOut(Schema):
    """One department: feedback answered, days to the middle answer, share in time, and what waits, in time or late.

    Null is what would tell of fewer than five."""

    department: PartOut
    answered: int | None
    median_days: float | None
    in_time: float | None
    waiting: int | None
    late: int | None


class ConsultationsOut(ListOut):
    items: list[ConsultationOut]


class ManyFeedbackOut(ListOut):
    items: list[FeedbackOut]


class EvaluationsOut(ListOut):
    items: list[EvaluationOut]


class AnswersOut(ListOut):
    items: list[AnswerOut]


class TasksOut(ListOut):
    items: list[TaskOut]


class LeagueTableOut(Schema):
    items: list[ResponseTimesOut]


def _only(**exact: Any) -> dict[str, Any]:
    return {name: value for name, value in exact.items() if value is not None}


@router.get("/consultations", response=ConsultationsOut, summary=_("Consultations, the newest first"))
def consultations(request: HttpRequest, response: HttpResponse, filters: Query[ConsultationFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = consultations_for(asked.reader).filter(created__lte=asked.place.until)
    exact = _only(release__row_id=filters.release, department__row_id=filters.department)
    return asked.page(found.filter(**exact), ("-pk",), response)


@router.get("/consultations/{uuid:row_id}", response=ConsultationOut, summary=_("One consultation"))
def consultation(request: HttpRequest, row_id: UUID) -> Consultation:
    return consultation_for(reader_of(request), row_id)


def _said(found: QuerySet[Said], asked: Asked, filters: SaidFilters) -> QuerySet[Said]:
    exact = _only(consultation__row_id=filters.consultation, stakeholder_group=filters.group)
    if filters.answered is not None:
        exact["answered__isnull"] = not filters.answered
    return found.filter(status=Contribution.Status.VISIBLE, created__lte=asked.place.until, **exact)


@router.get("/feedback", response=ManyFeedbackOut, summary=_("Public feedback, the newest first"))
def feedback(request: HttpRequest, response: HttpResponse, filters: Query[FeedbackFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    exact = _only(kind=filters.kind, line__row_id=filters.line, programme__row_id=filters.programme)
    return asked.page(_said(feedback_for(asked.reader), asked, filters).filter(**exact), ("-pk",), response)


@router.get("/evaluations", response=EvaluationsOut, summary=_("Public third-party evaluations, the newest first"))
def evaluations(request: HttpRequest, response: HttpResponse, filters: Query[EvaluationFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    exact = _only(programme__row_id=filters.programme)
    return asked.page(_said(evaluations_for(asked.reader), asked, filters).filter(**exact), ("-pk",), response)


@router.get("/answers", response=AnswersOut, summary=_("Answers to what was said, the newest first"))
def answers(request: HttpRequest, response: HttpResponse, filters: Query[AnswerFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = answers_for(asked.reader).filter(published_at__lte=asked.place.until)
    exact = _only(
        consultation__row_id=filters.consultation, outcome=filters.outcome, department__row_id=filters.department
    )
    return asked.page(found.filter(**exact), ("-pk",), response)


@router.get("/tasks", response=TasksOut, summary=_("What was promised and what became of it, the newest first"))
def tasks(request: HttpRequest, response: HttpResponse, filters: Query[TaskFilters]) -> dict[str, Any]:
    asked = Asked(request, filters)
    found = RectificationTask.objects.visible_to(asked.reader).filter(created__lte=asked.place.until)
    exact = _only(status=filters.status, department__row_id=filters.department)
    if filters.consultation is not None:
        named = consultations_for(asked.reader).filter(row_id=filters.consultation).first()
        found = found.filter(in_consultation(named)) if named else found.none()
    if filters.overdue is not None:
        late = RectificationTask.objects.overdue()
        found = found.filter(pk__in=late) if filters.overdue else found.exclude(pk__in=late)
    related = found.exclude(status=RectificationTask.Status.DRAFTED).select_related(
        "department",
        "finding__answer__consultation",
        "finding__evaluation_finding__evaluation__consultation",
        "budget_linkage",
    )
    return asked.page(related.filter(**exact), ("-pk",), response)


@router.get("/response-times", response=LeagueTableOut, summary=_("How soon departments answer"))
def league_table(request: HttpRequest) -> dict[str, Iterable[Any]]:
    return {"items": response_times()}
