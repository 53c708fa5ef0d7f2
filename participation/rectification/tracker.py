"""The public tracker: which tasks it lists, one task with all that belongs to it, and where its result may show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
    Window,
    prefetch_related_objects,
)
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Release
from participation.balance.models import AnsweredInput
from participation.rectification.course import Extension, Instruction, TaskStep
from participation.rectification.ladder.models import Consequence, EscalationRung, EscalationStep
from participation.rectification.models import (
    ProgressReport,
    RectificationTask,
    TaskQuerySet,
    Verification,
    WantedEvidence,
)
from participation.rectification.panels.models import Panel
from participation.rectification.photos.models import PlacePhoto
from participation.rectification.queries import Reader, of_line, of_release, tasks_for
from participation.rectification.questions.models import RecommendationQuestion
from participation.stakeholders.models import Appointment, Role
from portal.errors import NotFound
from portal.ui.furniture import local

Status = RectificationTask.Status

TASKS_OF_A_COLUMN = 6
TASKS_OF_A_PAGE = 30
LINES_OFFERED = 20
REFERENCE = re.compile(r"^\s*R-\d{4}-0*(\d{1,9})\s*$", re.IGNORECASE)


class Stage(models.TextChoices):
    """What the tracker tells apart, coarser than the states of the table."""

    DRAFTED = "drafted", _("Drafted, at the desk")
    ASSIGNED = "assigned", _("Assigned")
    IN_PROGRESS = "in_progress", _("Being put right")
    RETURNED = "returned", _("Returned for more work")
    SUBMITTED = "submitted", _("Waiting for verification")
    VERIFIED = "verified", _("Verified")
    WITHDRAWN = "withdrawn", _("Withdrawn after a dispute")


STATES: dict[str, tuple[str, ...]] = {
    Stage.DRAFTED: (Status.DRAFTED,),
    Stage.ASSIGNED: (Status.ASSIGNED, Status.DISPUTED),
    Stage.IN_PROGRESS: (Status.ACCEPTED, Status.IN_PROGRESS),
    Stage.RETURNED: (Status.RETURNED,),
    Stage.SUBMITTED: (Status.SUBMITTED,),
    Stage.VERIFIED: RectificationTask.PROVEN,
    Stage.WITHDRAWN: (Status.WITHDRAWN,),
}
# A reader sees the others when asking for them, or where there is something in them.
ON_THE_BOARD = (Stage.ASSIGNED, Stage.IN_PROGRESS, Stage.RETURNED, Stage.SUBMITTED, Stage.VERIFIED)
STAGE_OF = Case(
    *(When(status__in=states, then=Value(str(stage))) for stage, states in STATES.items()),
    output_field=models.CharField(),
)


class View(models.TextChoices):
    BOARD = "", _("Board")
    LIST = "list", _("List")
    TIMELINE = "timeline", _("Timeline")


@dataclass(frozen=True)
class TaskFilter:
    """What a reader narrows the tracker down to. ``release``, ``line`` and ``department`` are row ids."""

    status: str = ""
    department: UUID | None = None
    release: UUID | None = None
    line: UUID | None = None
    overdue: bool = False
    linked: bool = False
    listed: bool = False
    source: str = ""
    view: str = ""
    q: str = ""


def matching(user: Reader, chosen: TaskFilter, *, in_any_state: bool = False) -> TaskQuerySet:
    """The visible tasks that fit; ``in_any_state`` leaves status and lateness aside, for the counts."""
    tasks = tasks_for(user)
    if chosen.department is not None:
        tasks = tasks.filter(department__row_id=chosen.department)
    if chosen.release is not None:
        release = Release.objects.visible_to(user).filter(row_id=chosen.release).first()  # type: ignore[misc]
        tasks = tasks.filter(of_release(release)) if release else tasks.none()
    if chosen.line is not None:
        line = Line.objects.visible_to(user).filter(row_id=chosen.line).first()  # type: ignore[misc]
        tasks = tasks.filter(of_line(line)) if line else tasks.none()
    if chosen.source:
        tasks = tasks.filter(finding__source=chosen.source)
    if chosen.q.strip():
        tasks = tasks.filter(_says(chosen.q.strip()))
    if in_any_state:
        return tasks
    if chosen.status:
        tasks = tasks.filter(status__in=STATES[chosen.status])
    if chosen.overdue:
        tasks = tasks.overdue()
    if chosen.linked:
        tasks = tasks.filter(budget_linkage__isnull=False)
    if chosen.listed:
        named = EscalationStep.objects.filter(rung__deed=EscalationRung.Deed.PUBLISH, due_on=F("task__due_on"))
        tasks = tasks.exclude(status__in=RectificationTask.AT_REST).filter(pk__in=named.values("task"))
    return tasks


def subject_of(user: Reader, chosen: TaskFilter) -> str:
    """What the tracker is narrowed down to, in words; empty where it is not, or not to something ``user`` may see."""
    if chosen.line is not None:
        lines = Line.objects.visible_to(user).select_related("programme")  # type: ignore[misc]
        line = lines.filter(row_id=chosen.line).first()
        return local(line, "title") if line else ""
    if chosen.release is not None:
        releases = Release.objects.visible_to(user).select_related("government")  # type: ignore[misc]
        release = releases.filter(row_id=chosen.release).first()
        return f"{local(release.government, 'name')} {release.fiscal_year}" if release else ""
    return ""


def _says(words: str) -> Q:
    """Tasks that a reader would look for by ``words``: a reference, or part of a text or name, in any script."""
    reference = REFERENCE.match(words)
    if reference:
        return Q(pk=int(reference[1]))
    fields = (
        "title",
        "title_en",
        "finding__text",
        "department__name",
        "department__name_en",
        "finding__programme__name",
        "finding__programme__name_en",
    )
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__icontains": words})
    return found


@dataclass(frozen=True)
class Column:
    """The tasks of one stage: a few on the board, or a page of them when the reader asked for this stage."""

    status: str
    label: str
    total: int
    page: Sequence[RectificationTask]

    @property
    def more(self) -> int:
        return self.total - len(self.page)


def columns(user: Reader, chosen: TaskFilter, *, page: str = "1") -> list[Column]:
    """One column for each stage, the nearest deadline or the last verification on top. Two queries."""
    tasks = matching(user, chosen)
    if chosen.status:
        shown = page_of(user, chosen, page=page)
        return [Column(chosen.status, str(Stage(chosen.status).label), shown.paginator.count, shown)]
    counted = tasks.order_by().annotate(stage=STAGE_OF).values_list("stage").annotate(Count("pk"))
    totals = dict(counted)
    place = Window(
        RowNumber(), partition_by=[F("stage")], order_by=[F("verified_at").desc(nulls_last=True), "due_on", "pk"]
    )
    tops = tasks.order_by().annotate(stage=STAGE_OF).annotate(place=place).filter(place__lte=TASKS_OF_A_COLUMN)
    found: dict[str, list[RectificationTask]] = defaultdict(list)
    for task in tops.order_by("stage", "place"):
        found[task.stage].append(task)  # type: ignore[attr-defined]
    return [
        Column(stage, str(stage.label), totals.get(stage, 0), found[stage])
        for stage in Stage
        if stage in ON_THE_BOARD or totals.get(stage)
    ]


def page_of(user: Reader, chosen: TaskFilter, *, page: str = "1") -> Page[RectificationTask]:
    """The tasks that fit, the nearest deadline on top; of verified ones the last. For the list and the timeline."""
    order = ("-verified_at", "-pk") if chosen.status == Stage.VERIFIED else ("due_on", "pk")
    return Paginator(matching(user, chosen).order_by(*order), TASKS_OF_A_PAGE).get_page(page)


def departments_with_tasks(user: Reader) -> QuerySet[Department]:
    return Department.objects.filter(tasks__in=RectificationTask.objects.visible_to(user)).distinct()


# What belongs to a task, each in a table of its own, with what the page shows of it.
PARTS: dict[str, Callable[[Reader], QuerySet[Any]]] = {
    "progress_reports": lambda user: ProgressReport.objects.select_related("posted_by"),
    "steps": lambda user: TaskStep.objects.select_related("by", "department", "officer"),
    "extensions": lambda user: Extension.objects.select_related("asked_by", "decided_by"),
    "instructions": lambda user: Instruction.objects.select_related("given_by"),
    "questions": lambda user: RecommendationQuestion.objects.select_related("department", "answered_by"),
    "consequences": lambda user: Consequence.objects.visible_to(user),
    "photos": lambda user: PlacePhoto.objects.visible_to(user).exclude(attachment="").select_related("author"),
    "panels": lambda user: Panel.objects.prefetch_related("members"),
    "escalations": lambda user: EscalationStep.objects.select_related("rung"),
    "wanted_evidence": lambda user: WantedEvidence.objects.prefetch_related("reports"),
    "verifications": lambda user: Verification.objects.select_related("checked_by"),
    "children": lambda user: RectificationTask.objects.visible_to(user).select_related("department"),
    "co_departments": lambda user: Department.objects.all(),
}
RELATED = (
    *("department__government", "officer", "supervisor", "opened_by", "parent", "indicator"),
    "finding__evaluation_finding__evaluation__consultation__release__government",
    "finding__evaluation_finding__evaluation__organisation",
    *("finding__programme", "finding__line__programme", "finding__line__department", "finding__line__release"),
    *("finding__recorded_by", "finding__answer__answered_by"),
    "finding__answer__consultation__release__government",
    *("budget_linkage__line__programme", "budget_linkage__line__department", "budget_linkage__linked_by"),
    "budget_linkage__rule",
)


def task_for(user: Reader, row_id: UUID) -> RectificationTask:
    """One task with all that its page shows. Raises ``NotFound`` where ``user`` may not see it.

    The first query says which of its parts there are; only those are asked for.
    """
    there = {f"has_{name}": Exists(_rows_of(name)) for name in PARTS}
    tasks = RectificationTask.objects.visible_to(user).select_related(*RELATED).annotate(**there)
    try:
        task = tasks.get(row_id=row_id)
    except RectificationTask.DoesNotExist:
        raise NotFound from None
    loads = []
    for name, rows_for in PARTS.items():
        rows = rows_for(user)
        loads.append(Prefetch(name, queryset=rows if getattr(task, f"has_{name}") else rows.none()))
    inputs = AnsweredInput.objects.select_related("feedback", "evaluation").order_by("pk")
    prefetch_related_objects([task], *loads, Prefetch("finding__answer__inputs", queryset=inputs))
    return task


def _rows_of(name: str) -> QuerySet[Any]:
    relation: Any = RectificationTask._meta.get_field(name)
    if relation.many_to_many:
        return relation.remote_field.through.objects.filter(rectificationtask=OuterRef("pk"))
    return relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})


def report_for(user: Reader, row_id: UUID) -> ProgressReport:
    """One progress report. Raises ``NotFound`` where ``user`` may not see its task."""
    report: ProgressReport | None = ProgressReport.objects.visible_to(user).filter(row_id=row_id).first()
    if report is None:
        raise NotFound
    return report


def officers_of(government_id: int | None) -> QuerySet[Appointment]:
    """The offices that a task can be given to: officers of the departments of one government; with None, of any."""
    found: QuerySet[Appointment] = Appointment.objects.current()
    of_government = {} if government_id is None else {"department__government": government_id}
    return (
        found.filter(role=Role.OFFICER, person__is_active=True, **of_government)
        .select_related("department", "person")
        .order_by("department__code", "department__name", "person__display_name")
    )


def later_lines(task: RectificationTask) -> QuerySet[Line]:
    """The published lines of the same government's later years, in which the result of ``task`` may show."""
    later = Release.objects.published().filter(
        government=task.department.government_id, fiscal_year__gt=task.finding.fiscal_year
    )
    return (
        Line.objects.facts()
        .filter(release__in=later.newest_versions())
        .select_related("release", "programme", "department")
        .order_by("release__fiscal_year", "row_number")
    )


def lines_offered(task: RectificationTask, words: str = "") -> list[Line]:
    """The lines to choose from: those that ``words`` find, or else those of the same programme, or department."""
    lines = later_lines(task)
    finding = task.finding
    programme = finding.programme_id or (finding.line.programme_id if finding.line else None)
    if words.strip():
        found = Q()
        for field in ("programme__name", "programme__name_en", "economic_name", "functional_name", "department__name"):
            found |= Q(**{f"{field}__icontains": words.strip()})
        lines = lines.filter(found)
    elif programme is not None:
        lines = lines.filter(programme=programme)
    else:
        lines = lines.filter(department=task.department_id)
    return list(lines[:LINES_OFFERED])
