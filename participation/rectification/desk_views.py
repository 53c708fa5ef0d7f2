"""Pages of the desk: bringing tasks in from a table, opening one for an evaluation, and deciding by name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cms.budget.requests import reader_of
from participation.rectification import deed_forms
from participation.rectification.ladder import actions
from participation.rectification.ladder.models import Consequence
from participation.rectification.permissions import may_appeal, may_hold_to_account, sides_of
from participation.rectification.tables.actions import import_tasks
from participation.rectification.tables.columns import IN
from participation.rectification.tables.reading import read_rows
from participation.rectification.transitions import Side
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator, require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

Status = Consequence.Status


class TableForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Table of tasks"),
        help_text=gettext_lazy("CSV, XLSX, XLS or ODS. If one row is wrong, nothing is taken over."),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def import_table(request: HttpRequest) -> HttpResponse:
    moderator = require_moderator(request.user)
    form = TableForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                spend("moderation", str(moderator.pk))
                made = import_tasks(read_rows(file.name, file.read()), acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                said = ngettext("%(count)d task is drafted.", "%(count)d tasks are drafted.", len(made))
                messages.success(request, said % {"count": len(made)})
                return redirect("participation:rectification:inbox")
    return render(request, "participation/rectification/import.html", {"form": form, "columns": IN}, status=status)


# What can be done about a consequence: the form, the action, and how its button reads.
DEEDS: dict[str, tuple[type[deed_forms.DeedForm], Any, Any]] = {
    "decide": (deed_forms.MeasureForm, actions.decide_consequence, gettext_lazy("Decide by name")),
    "drop": (deed_forms.ReasonForm, actions.drop_consequence, gettext_lazy("Do not pursue it")),
    "appeal": (deed_forms.ReasonForm, actions.appeal_consequence, gettext_lazy("Appeal")),
    "settle": (deed_forms.AppealDecisionForm, actions.settle_appeal, gettext_lazy("Decide on the appeal")),
}


def _offered(consequence: Consequence, user: Any) -> list[str]:
    if not isinstance(user, User):
        return []
    task = consequence.task
    is_desk = Side.DESK in sides_of(user, task)
    if consequence.status == Status.PROPOSED:
        return ["decide", "drop"] if is_desk else ["decide"] if may_hold_to_account(user, consequence) else []
    if consequence.status == Status.DECIDED:
        return ["appeal"] if may_appeal(user, consequence) else []
    if consequence.status == Status.APPEALED and is_desk and consequence.decided_by_id != user.pk:
        return ["settle"]
    return []


@never_cache
@require_http_methods(["GET", "POST"])
def consequence(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """An accountability record or a commendation, with what the reader may do about it."""
    user = reader_of(request)
    records = Consequence.objects.visible_to(user).select_related(
        "task__department", "task__finding__answer", "department", "decided_by", "settled_by"
    )
    found = records.filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    status, chosen = 200, request.POST.get("deed", "")
    bound: deed_forms.DeedForm | None = None
    if request.method == "POST" and chosen in DEEDS:
        person = require_person(request.user)
        make_form, run, _label = DEEDS[chosen]
        bound = make_form(request.POST, task=found.task, prefix=chosen)
        status = 400
        if bound.is_valid():
            try:
                spend("moderation", str(person.pk))
                run(found, **bound.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(bound, error)
            else:
                messages.success(request, _("The decision is on record."))
                return redirect(found)
    deeds = [
        (
            name,
            DEEDS[name][2],
            bound if bound is not None and name == chosen else DEEDS[name][0](task=found.task, prefix=name),
        )
        for name in _offered(found, user)
    ]
    context = {"consequence": found, "task": found.task, "deeds": deeds, "form": bound}
    return render(request, "participation/rectification/consequence.html", context, status=status)
