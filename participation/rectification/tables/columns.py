"""Tasks as a table: the columns of the file that goes out, and of the one that comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import timezone

from participation.rectification.models import RectificationTask, TaskQuerySet
from participation.rectification.progress import progress_of

# What an import reads; the file that goes out has these first, so that it can be filled in and come back.
IN = (
    *("number", "finding", "severity", "source", "source_name", "recommendation", "department", "title", "title_en"),
    *("due_on", "working_days", "evidence", "money", "programme"),
)
OUT = ("reference", "status", "officer", "assigned_on", "verified_on", "closed_on", "progress", "url")


def table_of(tasks: TaskQuerySet) -> Iterator[list[str]]:
    """The header, then a row for each task. All are texts: the digits of a long number stay whole."""
    found = list(
        tasks.select_related(
            "department", "officer", "finding__answer", "finding__programme", "finding__line__programme"
        )
        .prefetch_related("wanted_evidence")
        .order_by("due_on", "pk")
    )
    progress = progress_of(found)
    yield [*IN, *OUT]
    for task in found:
        yield ["" if value is None else str(value) for value in _row(task, progress[task.pk])]


def _row(task: RectificationTask, progress: int) -> Iterable[object]:
    finding = task.finding
    programme = finding.programme or (finding.line.programme if finding.line else None)
    evidence = "\n".join(f"{each.text} * {each.weight}" for each in task.wanted_evidence.all())
    told = finding.answer.reference if finding.answer else finding.source_name
    yield from (task.external_id, finding.text, finding.severity, finding.source, told)
    yield from (finding.recommendation, task.department.code or task.department.name, task.title, task.title_en)
    yield from (task.due_on.isoformat(), task.working_days, evidence)
    yield "" if task.money is None else f"{task.money // 100}.{task.money % 100:02d}"
    yield programme.code or programme.name if programme else ""
    yield from (task.reference, task.status, task.officer.display_name)
    moments = (task.assigned_at, task.verified_at, task.closed_at)
    yield from (timezone.localdate(moment).isoformat() if moment else "" for moment in moments)
    yield from (progress, task.get_absolute_url())
