"""The page of a task, and the forms of those who work on it, check it and decide on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cms.budget.requests import reader_of
from cms.figures.views import frame_code
from participation.attachments import attachment_response
from participation.balance.queries import answer_for, inputs_shown
from participation.evaluations.models import EvaluationFinding
from participation.rectification import actions, tracker
from participation.rectification.deeds import DEEDS, offered, situation
from participation.rectification.forms import CheckForm, LinkForm, ProgressForm
from participation.rectification.models import RectificationTask
from participation.rectification.one_task import chain_for_task, tracker_of_task
from participation.rectification.periods import ACCEPT, last_day
from participation.rectification.permissions import may_decide_on_money, may_report_on
from participation.rectification.plan_forms import EvaluatedForm, FurtherForm, TaskForm
from participation.rectification.progress import progress_of_one
from participation.rectification.results.actions import link_budget
from participation.rectification.results.showing import judgement_of
from participation.rectification.transitions import Side
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator, require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal
from portal.ui.furniture import local
from privacy.history.queries import history_of

Status = RectificationTask.Status
FRAME_WIDTH, FRAME_HEIGHT = 640, 320
OPENED = gettext_lazy("The task is opened. Its officer and everybody else can follow it here.")


@never_cache
@require_http_methods(["GET", "POST"])
def open_new(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Open a task on account of an answer."""
    answer = answer_for(request.user, row_id)
    moderator = require_moderator(request.user)
    form = TaskForm(request.POST if request.method == "POST" else None, answer=answer)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                task = actions.open_task(answer, **form.values(), acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, OPENED)
                return redirect(task)
    context = {"answer": answer, "inputs": inputs_shown(moderator, answer), "form": form}
    return render(request, "participation/rectification/open.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def open_from_evaluation(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Open a task for a published finding of an evaluation."""
    found = EvaluationFinding.objects.visible_to(reader_of(request)).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    moderator = require_moderator(request.user)
    form = EvaluatedForm(request.POST if request.method == "POST" else None, evaluated=found)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                task = actions.open_task_from(**form.values(), acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, OPENED)
                return redirect(task)
    context = {"evaluated": found, "form": form}
    return render(request, "participation/rectification/open.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Open another task for the finding of a task, or a part of the task."""
    task = tracker.task_for(request.user, row_id)
    moderator = require_moderator(request.user)
    form = FurtherForm(request.POST if request.method == "POST" else None, task=task)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                made = actions.add_task(task.finding, plan=form.plan(), acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, OPENED)
                return redirect(made)
    return render(request, "participation/rectification/open.html", {"task": task, "form": form}, status=status)


@require_safe
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _task_page(request, tracker.task_for(reader_of(request), row_id))


def _task_page(
    request: HttpRequest,
    task: RectificationTask,
    *,
    status: int = 200,
    refusal: GongzhiError | None = None,
    **sent: Any,
) -> HttpResponse:
    """The page of a task with the forms that fit the reader; ``sent`` are forms that come back with errors."""
    user = reader_of(request)
    now = situation(task, user)
    words = request.GET.get("line_q", "")[:200]
    tools: dict[str, Any] = {
        "may_accept": "accept" in now.steps,
        "may_add": Side.DESK in now.sides,
        "may_submit": "submit" in now.steps and bool(task.progress_reports.all()),
    }
    under_way = (Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS, Status.RETURNED)
    if task.status in under_way and may_report_on(user, task):
        tools["progress_form"] = ProgressForm(task=task)
    if "verify" in now.steps and now.panel is None:
        tools["check_form"] = CheckForm(task=task)
    linkage = getattr(task, "budget_linkage", None)
    if linkage is None and (task.is_proven or task.is_overdue) and may_decide_on_money(user, task):
        tools["link_form"] = LinkForm(task=task, words=words)
    has_tools = any(tools.values()) or bool(sent)
    deeds = [
        (name, DEEDS[name], sent.pop(f"deed_{name}", None) or DEEDS[name].form(task=task, prefix=name))
        for name in offered(now)
    ]
    finding = task.finding
    context = {
        "task": task,
        "finding": finding,
        "answer": finding.answer,
        "inputs": inputs_shown(user, finding.answer) if finding.answer else [],
        "chain": chain_for_task(task),
        "tracker": tracker_of_task(task),
        "linkage": linkage,
        "followed": judgement_of(linkage, user) if linkage else None,
        "progress": progress_of_one(task),
        "accept_by": last_day(ACCEPT, task.department, localdate(task.assigned_at or task.created))
        if task.status == Status.ASSIGNED
        else None,
        "panel": now.panel,
        "embed_code": frame_code(_embed_address(request, task), local(task, "title"), FRAME_WIDTH, FRAME_HEIGHT),
        "deeds": deeds,
        "changes": history_of(task),
        "line_q": words,
        "refusal": refusal,
        "has_tools": has_tools or bool(deeds),
        **tools,
        **sent,
        # The frame of the page looks here for errors, to say so in its title.
        "form": next((form for form in [*sent.values(), *(form for _n, _d, form in deeds)] if form.errors), None),
    }
    return render(request, "participation/rectification/detail.html", context, status=status)


def _embed_address(request: HttpRequest, task: RectificationTask) -> str:
    return request.build_absolute_uri(reverse("participation:rectification:embed", args=[task.row_id]))


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, row_id: UUID, deed: str) -> HttpResponse:
    """One of the smaller steps (see ``deeds``)."""
    task = tracker.task_for(request.user, row_id)
    if deed not in DEEDS:
        raise NotFound
    if request.method != "POST":
        return redirect(task)
    person = require_person(request.user)
    chosen = DEEDS[deed]
    form = chosen.form(request.POST, request.FILES, task=task, prefix=deed)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            chosen.run(situation(task, person), form.cleaned_data, person)
        except GongzhiError as error:
            status = show_refusal(form, error)
            if not chosen.is_offered(situation(tracker.task_for(request.user, row_id), person)):
                fresh = tracker.task_for(request.user, row_id)
                return _task_page(request, fresh, status=status, refusal=error)
        else:
            messages.success(request, str(chosen.done))
            return redirect(task)
    return _task_page(
        request, tracker.task_for(request.user, row_id), status=status, **dict[str, Any]({f"deed_{deed}": form})
    )


@never_cache
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _step(request, row_id, actions.accept_task, _("Accepted. Report here what was done."))


@never_cache
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _step(request, row_id, actions.submit_task, _("Submitted. Somebody who did not work on it verifies it now."))


def _step(request: HttpRequest, row_id: UUID, action: Callable[..., RectificationTask], success: str) -> HttpResponse:
    """A step that is a button."""
    task = tracker.task_for(request.user, row_id)
    if request.method != "POST":
        return redirect(task)
    person = require_person(request.user)
    try:
        spend("moderation", str(person.pk))
        action(task, acting_user=person)
    except GongzhiError as error:
        fresh = tracker.task_for(request.user, row_id)
        return _task_page(request, fresh, status=error.status, refusal=error)
    messages.success(request, success)
    return redirect(task)


def _send(
    request: HttpRequest,
    row_id: UUID,
    name: str,
    make_form: Callable[[RectificationTask], Any],
    act: Callable[[RectificationTask, dict[str, Any], User], Any],
    success: str,
) -> HttpResponse:
    """A step with a form, which comes back with the text in it when the step is refused."""
    task = tracker.task_for(request.user, row_id)
    if request.method != "POST":
        return redirect(task)
    person = require_person(request.user)
    form = make_form(task)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            act(task, form.cleaned_data, person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, success)
            return redirect(task)
    return _task_page(request, tracker.task_for(request.user, row_id), status=status, **{name: form})


@never_cache
@require_http_methods(["GET", "POST"])
def progress(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _send(
        request,
        row_id,
        "progress_form",
        lambda task: ProgressForm(request.POST, request.FILES, task=task),
        lambda task, values, person: actions.post_progress(task, **values, acting_user=person),
        _("Your report is published."),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _send(
        request,
        row_id,
        "check_form",
        lambda task: CheckForm(request.POST, task=task),
        lambda task, values, person: actions.verify_task(task, **values, acting_user=person),
        _("Your check is published."),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _send(
        request,
        row_id,
        "link_form",
        lambda task: LinkForm(request.POST, task=task),
        lambda task, values, person: link_budget(task, **values, acting_user=person),
        _("The result is linked to the budget."),
    )


@require_safe
def evidence(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(tracker.report_for(reader_of(request), row_id))
