"""The moderator's desk, and the public answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.budget.requests import reader_of
from participation.balance import queries
from participation.balance.actions import draft_answer
from participation.balance.forms import AnswerForm, BoardForm, ThemeForm
from participation.balance.models import Answer
from participation.balance.queries import Chosen
from participation.balance.reporting import report_of, report_rows
from participation.balance.suggesting import suggested_themes
from participation.balance.theme_actions import make_theme, remove_theme, tag_inputs
from participation.balance.themes import Theme
from participation.balance.weighing import balance_of
from participation.consultations.models import Consultation
from participation.consultations.queries import consultation_for
from participation.consultations.returning import back_to
from participation.consultations.stages import Deed, may
from participation.stakeholders.models import User
from participation.stakeholders.permissions import may_moderate, require_moderator, require_reader_of_desk
from portal.errors import GongzhiError, NotFound
from portal.rates import client_address, spend
from portal.ui.forms import show_refusal
from portal.ui.spreadsheets import BYTE_ORDER_MARK
from privacy.history.queries import history_of

CHOSEN_AT_ONCE = 100


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    reader = require_reader_of_desk(request.user)
    rows = queries.desk(reader)
    context = {
        "is_moderator": may_moderate(reader),
        "rows": rows,
        "waiting": sum(row.waiting for row in rows),
        "overdue": sum(row.overdue for row in rows),
    }
    return render(request, "participation/balance/index.html", context)


@never_cache
@require_safe
def board(request: HttpRequest, row_id: UUID) -> HttpResponse:
    reader = require_reader_of_desk(request.user)
    consultation = consultation_for(reader, row_id)
    form = BoardForm(request.GET, themes=queries.theme_names(consultation))
    chosen = form.chosen()
    context = {
        "consultation": consultation,
        "filters": form,
        **chosen,
        "sides": queries.board(reader, consultation, **chosen, page=request.GET.get("page", "1")),
        "verdict": may(reader, Deed.ANSWER, consultation),
        "is_moderator": may_moderate(reader),
    }
    return render(request, "participation/balance/board.html", context)


def _row_ids(values: Sequence[str]) -> list[UUID]:
    """The row ids among submitted values. Anything else is something that does not exist."""
    try:
        return [UUID(value) for value in values[:CHOSEN_AT_ONCE]]
    except ValueError:
        raise NotFound from None


def _chosen(request: HttpRequest, consultation: Consultation) -> Chosen:
    data = request.POST if request.method == "POST" else request.GET
    return queries.chosen_inputs(
        request.user,
        consultation,
        feedback=_row_ids(data.getlist("feedback")),
        evaluations=_row_ids(data.getlist("evaluation")),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def answer_new(request: HttpRequest, row_id: UUID) -> HttpResponse:
    moderator = require_moderator(request.user)
    consultation = consultation_for(moderator, row_id)
    chosen = _chosen(request, consultation)
    if request.method == "GET" and not chosen.inputs:
        messages.warning(request, _("Choose what you want to answer first."))
        return redirect("participation:balance:board", row_id=row_id)
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        consultation=consultation,
        draft_key=_draft_key(chosen, consultation),
        initial={"department": _department(chosen, consultation)},
    )
    status, refusal = 200, None
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                draft = draft_answer(
                    consultation,
                    feedback=chosen.feedback,
                    evaluations=chosen.evaluations,
                    **form.cleaned_data,
                    acting_user=moderator,
                )
            except GongzhiError as error:
                status, refusal = show_refusal(form, error), error
            else:
                messages.success(request, _("Your answer is kept. Hand it in when it is ready."))
                return redirect(draft)
            # Somebody may just have answered: what is shown below is read again.
            chosen = _chosen(request, consultation)
    context = {
        "consultation": consultation,
        "chosen": chosen,
        "form": form,
        "refusal": refusal,
        "verdict": may(moderator, Deed.ANSWER, consultation),
    }
    return render(request, "participation/balance/answer_new.html", context, status=status)


def _draft_key(chosen: Chosen, consultation: Consultation) -> str:
    first = chosen.inputs[0] if chosen.inputs else consultation
    return f"answer-{first.row_id}"


def _department(chosen: Chosen, consultation: Consultation) -> UUID | None:
    """The one department that all of the chosen input is about, if there is one."""
    departments = {line.department for feedback in chosen.feedback if (line := feedback.line) is not None}
    departments |= {evaluation.programme.department for evaluation in chosen.evaluations}
    if consultation.department is not None:
        departments = {consultation.department}
    department = departments.pop() if len(departments) == 1 else None
    return department.row_id if department else None


@require_safe
def answer(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.answer_for(reader_of(request), row_id)
    return render(request, "participation/balance/answer.html", _about(request, found))


def _about(request: HttpRequest, found: Answer) -> dict[str, Any]:
    reader = reader_of(request)
    inputs = queries.inputs_shown(reader, found)
    is_moderator = may_moderate(reader)
    return {
        "answer": found,
        "inputs": inputs,
        "is_mixed": len({shown.group for shown in inputs}) > 1,
        "tasks": [task for finding in found.findings.all() for task in finding.public_tasks],
        "changes": history_of(found),
        "may_open_task": is_moderator and not found.is_turned_down,
        "is_moderator": is_moderator,
        "draft_keys": " ".join(f"answer-{link.contribution.row_id}" for link in found.inputs.all())
        if is_moderator
        else "",
    }


@never_cache
@require_safe
def balance(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The weighing of a consultation, for those at the desk; every number leads to the input behind it."""
    reader = require_reader_of_desk(request.user)
    consultation = queries.consultation_weighed(reader, row_id)
    context = {
        "consultation": consultation,
        "balance": balance_of(reader, consultation),
        "is_moderator": may_moderate(reader),
    }
    return render(request, "participation/balance/balance.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def themes(request: HttpRequest, row_id: UUID) -> HttpResponse:
    moderator = require_moderator(request.user)
    consultation = consultation_for(moderator, row_id)
    form = ThemeForm(request.POST if request.method == "POST" else None, initial={"name": request.GET.get("name", "")})
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                with transaction.atomic():
                    theme = make_theme(consultation, name=form.cleaned_data["name"], acting_user=moderator)
                    _tag(request, consultation, theme, moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The theme is made."))
                return redirect("participation:balance:themes", row_id=row_id)
    context = {
        "consultation": consultation,
        "form": form,
        "chosen": _chosen(request, consultation),
        "themes": queries.themes_of(consultation),
        "suggestions": suggested_themes(moderator, consultation),
    }
    return render(request, "participation/balance/themes.html", context, status=status)


def _tag(request: HttpRequest, consultation: Consultation, theme: Theme, moderator: User) -> int:
    chosen = _chosen(request, consultation)
    return tag_inputs(theme, feedback=chosen.feedback, evaluations=chosen.evaluations, acting_user=moderator)


@require_POST
def tag(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Put the chosen inputs of the board under a theme."""
    moderator = require_moderator(request.user)
    consultation = consultation_for(moderator, row_id)
    theme = queries.theme_found(consultation, request.POST.get("theme", ""))
    try:
        spend("moderation", str(moderator.pk))
        count = _tag(request, consultation, theme, moderator)
    except GongzhiError as error:
        messages.error(request, str(error.message))
    else:
        said = ngettext(
            "%(count)d input is under “%(theme)s” now.", "%(count)d inputs are under “%(theme)s” now.", count
        )
        messages.success(request, said % {"count": count, "theme": theme.name})
    return redirect(back_to(request, consultation))


@require_POST
def theme_remove(request: HttpRequest, row_id: UUID) -> HttpResponse:
    moderator = require_moderator(request.user)
    consultation = consultation_for(moderator, row_id)
    theme = queries.theme_found(consultation, request.POST.get("theme", ""))
    spend("moderation", str(moderator.pk))
    remove_theme(theme, acting_user=moderator)
    messages.success(request, _("The theme is gone. What was said stays."))
    return redirect("participation:balance:themes", row_id=row_id)


@require_safe
def report(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """What we heard, what we did, why not: public, and made for paper as well."""
    reader = reader_of(request)
    consultation = consultation_for(reader, row_id)
    context = {"consultation": consultation, "report": report_of(reader, consultation)}
    return render(request, "participation/balance/report.html", context)


@require_safe
def report_csv(request: HttpRequest, row_id: UUID) -> HttpResponse:
    reader = reader_of(request)
    consultation = consultation_for(reader, row_id)
    spend("download", client_address(request))
    rows = "".join(report_rows(reader, consultation, request.build_absolute_uri))
    response = HttpResponse(BYTE_ORDER_MARK + rows.encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="report-{consultation.row_id}.csv"'
    return response
