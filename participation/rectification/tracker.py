"""The public tracker: which tasks it lists, one task with all that belongs to it, and where its result may show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, Q, QuerySet

from cms.budget.models import Department, Line, Release
from participation.balance.models import AnsweredInput
from participation.rectification.models import ProgressReport, RectificationTask, TaskQuerySet, Verification
from participation.rectification.queries import Reader, of_line, tasks_for
from participation.stakeholders.models import Appointment, Role
from portal.errors import NotFound
from portal.ui.furniture import local

Status = RectificationTask.Status

TASKS_OF_A_COLUMN = 12
TASKS_OF_A_PAGE = 30
LINES_OFFERED = 20
REFERENCE = re.compile(r"^\s*R-\d{4}-0*(\d{1,9})\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class TaskFilter:
    """What a reader narrows the tracker down to. ``release``, ``line`` and ``department`` are row ids."""

    status: str = ""
    department: UUID | None = None
    release: UUID | None = None
    line: UUID | None = None
    overdue: bool = False
    linked: bool = False
    q: str = ""


def matching(user: Reader, chosen: TaskFilter, *, in_any_state: bool = False) -> TaskQuerySet:
    """The visible tasks that fit; ``in_any_state`` leaves status and lateness aside, for the counts."""
    tasks = tasks_for(user)
    if chosen.department is not None:
        tasks = tasks.filter(department__row_id=chosen.department)
    if chosen.release is not None:
        tasks = tasks.filter(finding__answer__consultation__release__row_id=chosen.release)
    if chosen.line is not None:
        line = Line.objects.visible_to(user).filter(row_id=chosen.line).first()  # type: ignore[misc]
        tasks = tasks.filter(of_line(line)) if line else tasks.none()
    if chosen.q.strip():
        tasks = tasks.filter(_says(chosen.q.strip()))
    if in_any_state:
        return tasks
    if chosen.status:
        tasks = tasks.filter(status=chosen.status)
    if chosen.overdue:
        tasks = tasks.overdue()
    if chosen.linked:
        tasks = tasks.filter(budget_linkage__isnull=False)
    return tasks


def subject_of(user: Reader, chosen: TaskFilter) -> str:
    """What the tracker is narrowed down to, in words; empty where it is not, or not to something ``user`` may see."""
    line = Line.objects.visible_to(user).select_related("programme").filter(row_id=chosen.line).first()  # type: ignore[misc]
    if line is not None:
        return local(line, "title")
    release = Release.objects.visible_to(user).select_related("government").filter(row_id=chosen.release).first()  # type: ignore[misc]
    return f"{local(release.government, 'name')} {release.fiscal_year}" if release else ""


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
    """The tasks of one status: a few on the board, or a page of them when the reader asked for this status."""

    status: str
    label: str
    total: int
    page: Page[RectificationTask]

    @property
    def more(self) -> int:
        return self.total - len(self.page)


def columns(user: Reader, chosen: TaskFilter, *, page: str = "1") -> list[Column]:
    """One column for each status, the nearest deadline or the last verification on top. A fixed number of queries."""
    statuses = [Status(chosen.status)] if chosen.status else list(Status)
    size = TASKS_OF_A_PAGE if chosen.status else TASKS_OF_A_COLUMN
    found = []
    for status in statuses:
        order = ("-verified_at", "-pk") if status == Status.VERIFIED else ("due_on", "pk")
        tasks = matching(user, chosen).filter(status=status).order_by(*order)
        shown = Paginator(tasks, size).get_page(page if chosen.status else "1")
        found.append(Column(status, str(status.label), shown.paginator.count, shown))
    return found


def departments_with_tasks(user: Reader) -> QuerySet[Department]:
    return Department.objects.filter(tasks__in=RectificationTask.objects.visible_to(user)).distinct()


def task_for(user: Reader, row_id: UUID) -> RectificationTask:
    """One task with all that its page shows. Raises ``NotFound`` where ``user`` may not see it."""
    tasks = (
        RectificationTask.objects.visible_to(user)
        .select_related(
            "department",
            "officer",
            "opened_by",
            "finding__programme",
            "finding__line__programme",
            "finding__line__department",
            "finding__line__release",
            "finding__recorded_by",
            "finding__answer__answered_by",
            "finding__answer__consultation__release__government",
            "budget_linkage__line__programme",
            "budget_linkage__line__department",
            "budget_linkage__linked_by",
        )
        .prefetch_related(
            Prefetch("progress_reports", queryset=ProgressReport.objects.select_related("posted_by")),
            Prefetch("verifications", queryset=Verification.objects.select_related("checked_by")),
            Prefetch(
                "finding__answer__inputs",
                queryset=AnsweredInput.objects.select_related("feedback", "evaluation").order_by("pk"),
            ),
        )
    )
    try:
        return tasks.get(row_id=row_id)
    except RectificationTask.DoesNotExist:
        raise NotFound from None


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
        government=task.department.government_id, fiscal_year__gt=task.finding.answer.consultation.fiscal_year
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
