"""The public tracker: board, list and timeline; departments, findings, late tasks; feed, file and frame."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from csp.decorators import csp_replace
from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from cms.budget.requests import reader_of
from participation.attachments import attachment_response
from participation.rectification import standing, tracker
from participation.rectification.forms import FilterForm
from participation.rectification.ladder.models import EscalationRung
from participation.rectification.models import Finding, RectificationTask
from participation.rectification.one_task import chain_for_task
from participation.rectification.photos.models import PlacePhoto
from participation.rectification.progress import progress_of, progress_of_one
from participation.rectification.queries import count_tasks
from participation.rectification.results.models import LinkageRule
from participation.rectification.tables.columns import table_of
from participation.stakeholders.permissions import require_person
from portal.errors import NotFound
from portal.ui.spreadsheets import csv_response, xlsx_response


def _chosen(request: HttpRequest) -> tuple[FilterForm, tracker.TaskFilter]:
    form = FilterForm(request.GET)
    form.fields["department"].queryset = tracker.departments_with_tasks(reader_of(request))  # type: ignore[attr-defined]
    return form, form.chosen()


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    form, chosen = _chosen(request)
    page_number = request.GET.get("page", "1")
    context = {
        "filters": form,
        "chosen": chosen,
        "views": tracker.View.choices,
        "counts": count_tasks(tracker.matching(reader, chosen, in_any_state=True)),
        "about": tracker.subject_of(reader, chosen),
        "is_narrowed": any(
            [
                *(chosen.status, chosen.department, chosen.release, chosen.line, chosen.overdue, chosen.linked),
                *(chosen.listed, chosen.source, chosen.q),
            ]
        ),
    }
    if chosen.view:
        page = tracker.page_of(reader, chosen, page=page_number)
        shown = list(page)
        months = [(day, list(tasks)) for day, tasks in groupby(shown, key=lambda task: task.due_on.replace(day=1))]
        context |= {"page": page, "months": months, "found": page.paginator.count}
    else:
        columns = tracker.columns(reader, chosen, page=page_number)
        shown = [task for column in columns for task in column.page]
        context |= {"columns": columns, "found": sum(column.total for column in columns)}
    context["progress"] = progress_of(shown)
    return render(request, "participation/rectification/index.html", context)


@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """How each department keeps its promises."""
    context = {"rows": standing.of_departments(reader_of(request))}
    return render(request, "participation/rectification/departments.html", context)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The ladder for late tasks, and what a grade means for the money, as they hold today."""
    today = timezone.localdate()
    context = {"rungs": EscalationRung.objects.valid_on(today), "results": LinkageRule.objects.valid_on(today)}
    return render(request, "participation/rectification/rules.html", context)


@require_safe
def finding(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The chain: from a line, through what was said or evaluated, to every task and what became of it."""
    reader = reader_of(request)
    found = Finding.objects.visible_to(reader).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    tasks = RectificationTask.objects.visible_to(reader).filter(finding=found).values_list("row_id", flat=True)
    chains = [(task, chain_for_task(task)) for task in (tracker.task_for(reader, each) for each in tasks)]
    context = {"finding": found, "chains": chains, "progress": progress_of([task for task, _steps in chains])}
    return render(request, "participation/rectification/finding.html", context)


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]
def embed(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """One task for a frame on another site; the same for every reader."""
    task = tracker.task_for(AnonymousUser(), row_id)
    context = {"task": task, "chain": chain_for_task(task), "progress": progress_of_one(task)}
    return render(request, "participation/rectification/embed.html", context)


@require_safe
def table_file(request: HttpRequest, ending: str) -> HttpResponse:
    """The tasks that the filters show, as a file that may come back by the import."""
    _form, chosen = _chosen(request)
    rows = table_of(tracker.matching(reader_of(request), chosen))
    return (xlsx_response if ending == "xlsx" else csv_response)(rows, "rectification")


@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for the reader: for officers of their departments, for the desk of everybody's."""
    person = require_person(request.user)
    return render(request, "participation/rectification/inbox.html", {"groups": standing.inbox_of(person)})


@require_safe
def photo(request: HttpRequest, row_id: UUID) -> FileResponse:
    found = PlacePhoto.objects.visible_to(reader_of(request)).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    response = attachment_response(found)
    # Drawn by ourselves from pixels: it may stand on a page.
    response["Content-Disposition"] = "inline"
    return response
