"""Reads of evaluations on their way: the task list of the authors, and what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from participation.evaluations.calls.models import EvaluationAuthor
from participation.evaluations.models import Evaluation, EvaluationVersion
from participation.evaluations.reports import content as contents
from participation.evaluations.reports.models import EvaluationEvidence, EvaluationReport
from participation.stakeholders.models import Role, User
from portal.errors import NotFound

Reader = User | AnonymousUser
Status = EvaluationReport.Status


def reports_for(user: Reader) -> QuerySet[EvaluationReport]:
    """What ``user`` may read of what is not public yet."""
    return (
        EvaluationReport.objects.visible_to(user)
        .select_related("programme__department", "seat__organisation", "seat__call__consultation__release")
        .select_related("seat__call__scheme", "seat__call__department", "seat__lead", "evaluation")
    )


def report_for(user: Reader, row_id: UUID) -> EvaluationReport:
    """One report. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return reports_for(user).get(row_id=row_id)
    except EvaluationReport.DoesNotExist:
        raise NotFound from None


@dataclass(frozen=True)
class Work:
    """What waits for somebody, each the longest waiting first."""

    writing: list[EvaluationReport]
    to_check: list[EvaluationReport]
    to_reply: list[EvaluationReport]

    @property
    def is_empty(self) -> bool:
        return not (self.writing or self.to_check or self.to_reply)


def work_of(person: User) -> Work:
    """Evaluations that ``person`` writes, checks or may reply to."""
    own = EvaluationAuthor.objects.filter(person=person, status=EvaluationAuthor.Status.ACTIVE).values("seat")
    found = list(reports_for(person).order_by("reply_due_on", "submitted_at", "pk"))
    written = set(found and EvaluationReport.objects.filter(seat__in=own).values_list("pk", flat=True))
    officer = person.has_role(Role.OFFICER)
    own_departments = set(person.appointments.current().filter(role=Role.OFFICER).values_list("department", flat=True))
    return Work(
        writing=[report for report in found if report.pk in written],
        to_check=[
            r
            for r in found
            if r.status == Status.SUBMITTED and r.pk not in written and r.programme.department_id not in own_departments
        ],
        to_reply=[r for r in found if officer and r.status == Status.REPLYING and r.pk not in written],
    )


def to_check_count() -> int:
    return EvaluationReport.objects.filter(status=Status.SUBMITTED).count()


@dataclass(frozen=True)
class TaskRow:
    """One row of the task list. ``gaps``: how much is missing on that page."""

    page: str
    title: str
    gaps: int

    @property
    def is_done(self) -> bool:
        return self.gaps == 0


def title_of(page: str) -> str:
    words = {contents.ABOUT: _("How you worked, and what you found"), contents.FINDINGS: _("Findings")}
    return words.get(page) or contents.name_of_dimension(page)


def task_list(report: EvaluationReport) -> list[TaskRow]:
    """The pages in their order, and how much each still lacks."""
    gaps = contents.gaps_of(report)
    return [
        TaskRow(page, title_of(page), sum(1 for gap in gaps if gap.page == page)) for page in contents.pages_of(report)
    ]


@dataclass(frozen=True)
class ScoreRow:
    """One indicator with what was typed for it."""

    code: str
    dimension: str
    name: str
    name_en: str
    weight: Decimal
    evidence_wanted: str
    evidence_wanted_en: str
    points: str
    reason: str
    evidence: str


def score_rows(report: EvaluationReport) -> list[ScoreRow]:
    given = report.draft.get("scores", {})
    return [
        ScoreRow(
            indicator.code,
            contents.name_of_dimension(indicator.dimension),
            indicator.name,
            indicator.name_en,
            indicator.weight,
            indicator.evidence,
            indicator.evidence_en,
            **{name: given.get(indicator.code, {}).get(name, "") for name in ("points", "reason", "evidence")},
        )
        for indicator in contents.indicators_of(report)
    ]


def evidence_for(user: Reader, row_id: UUID) -> EvaluationEvidence:
    """A public file behind an evaluation: for everybody once that is public, before for who may read the report."""
    # What a correction adds waits for the version that it belongs to.
    versions = EvaluationVersion.objects.filter(evaluation=OuterRef("report__evaluation"))
    is_published = Q(Exists(versions.filter(created__gte=OuterRef("created"))))
    allowed = Q(report__evaluation__in=Evaluation.objects.visible_to(user)) & is_published
    allowed |= Q(report__in=EvaluationReport.objects.visible_to(user))
    found = EvaluationEvidence.objects.filter(allowed, row_id=row_id).exclude(attachment="").first()
    if found is None:
        raise NotFound
    return found
