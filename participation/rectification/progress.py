"""How far a task has come, in whole per cent, by the evidence that was shown. Nothing of it is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from participation.rectification.models import ProgressReport, RectificationTask, WantedEvidence

WHOLE = 100
# Tasks within tasks; deeper ones are not looked for.
DEPTH = 5


def weighted(parts: Iterable[tuple[int, int]]) -> int:
    """The mean of (weight, per cent), rounded down: 100 only where every part is whole. 0 for no parts."""
    given = [(weight, min(WHOLE, max(0, percent))) for weight, percent in parts]
    whole = sum(weight for weight, _percent in given)
    return sum(weight * percent for weight, percent in given) // whole if whole else 0


def progress_of_one(task: RectificationTask) -> int:
    """Per cent of a task from ``tracker.task_for``. Queries nothing where it has no parts."""
    if task.is_proven:
        return WHOLE
    if task.children.all():
        return progress_of([task])[task.pk]
    # The latest word counts: a report may take back what an earlier one said.
    shown = {report.proves_id: report.done_percent for report in task.progress_reports.all()}
    wanted = task.wanted_evidence.all()
    if wanted:
        return weighted((each.weight, shown.get(each.pk, 0)) for each in wanted)
    return shown.get(None, 0)


def progress_of(tasks: Collection[RectificationTask]) -> dict[int, int]:
    """Primary key -> per cent. Two queries, and one for each level of tasks below them."""
    levels: list[Collection[RectificationTask]] = [tasks]
    children: dict[int, list[RectificationTask]] = defaultdict(list)
    seen = {task.pk for task in tasks}
    while len(levels) <= DEPTH:
        below = list(RectificationTask.objects.filter(parent__in=[task.pk for task in levels[-1]]))
        for task in below:
            children[task.parent_id].append(task)  # type: ignore[index]
        fresh = [task for task in below if task.pk not in seen]
        seen |= {task.pk for task in fresh}
        if not fresh:
            break
        levels.append(fresh)
    wanted: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, task_pk, weight in WantedEvidence.objects.filter(task__in=seen).values_list("pk", "task", "weight"):
        wanted[task_pk].append((pk, weight))
    shown: dict[tuple[int, int | None], int] = {}
    reports = ProgressReport.objects.filter(task__in=seen).order_by("created", "pk")
    for task_pk, proves, percent in reports.values_list("task", "proves", "done_percent"):
        shown[task_pk, proves] = percent

    def of(task: RectificationTask, depth: int = 0) -> int:
        if task.is_proven:
            return WHOLE
        parts = [each for each in children[task.pk] if each.status != RectificationTask.Status.WITHDRAWN]
        if parts and depth < DEPTH:
            return weighted((each.weight, of(each, depth + 1)) for each in parts)
        if wanted[task.pk]:
            return weighted((weight, shown.get((task.pk, pk), 0)) for pk, weight in wanted[task.pk])
        return shown.get((task.pk, None), 0)

    return {task.pk: of(task) for task in tasks}
