"""What the service does by itself: the rules for everybody, the queue for those who decide on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.budget.requests import reader_of
from participation.automation import actions, causes, queries
from participation.automation.forms import (
    EvaluationProposalForm,
    ParagraphForm,
    ReasonForm,
    RuleForm,
    TaskProposalForm,
)
from participation.automation.models import AutomationDeed, AutomationRule
from participation.automation.options import defaults_of
from participation.automation.permissions import (
    may,
    may_decide,
    may_dismiss,
    require_may_see_queue,
    require_may_set_rules,
    require_may_stop_rules,
)
from participation.consultations.queries import consultations_covering
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.charter.matrix import Act
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

Does, State = AutomationRule.Does, AutomationDeed.State
PER_PAGE = 30
RUNS_SHOWN = 20


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, and what was done last."""
    person = require_may_see_queue(request.user)
    deeds = queries.deeds_for(person)
    does = request.GET.get("does", "")
    if does in Does.values:
        deeds = deeds.filter(does=does)
    waiting = Paginator(deeds.filter(state=State.WAITING), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": waiting,
        "latest": deeds.exclude(state=State.WAITING)[:PER_PAGE],
        "kinds": Does.choices,
        "chosen": does,
        "may_set": may(person, Act.SET_AUTOMATION),
    }
    return render(request, "participation/automation/index.html", context)


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    context = {
        "rules": queries.rules_shown(),
        "kinds": Does.choices,
        "may_set": may(reader, Act.SET_AUTOMATION),
        "may_see_queue": may(reader, Act.DECIDE_PROPOSAL),
    }
    return render(request, "participation/automation/rules.html", context)


@require_safe
def rule(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A rule and what it did. ``?dry`` shows those who may stop it what it would do now."""
    return _rule_page(request, queries.rule_found(row_id))


def _rule_page(
    request: HttpRequest, found: AutomationRule, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    reader = reader_of(request)
    may_stop = may(reader, Act.STOP_AUTOMATION)
    is_dry = may_stop and "dry" in request.GET
    context = {
        "shown": queries.shown(found, found.deeds.count()),
        "rule": found,
        "runs": found.runs.select_related("asked_by")[:RUNS_SHOWN],
        "may_stop": may_stop,
        "may_set": may(reader, Act.SET_AUTOMATION),
        "form": form or (ReasonForm() if may_stop else None),
        "is_dry": is_dry,
        "causes": causes.new_causes(found, timezone.localdate()) if is_dry else [],
    }
    return render(request, "participation/automation/rule.html", context, status=status)


def _change(request: HttpRequest, row_id: UUID, action: Callable[..., AutomationRule], success: str) -> HttpResponse:
    """Stop or start: a reason, and the page of the rule again."""
    found = queries.rule_found(row_id)
    person = require_may_stop_rules(request.user)
    form = ReasonForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            action(found, reason=form.cleaned_data["reason"], acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, success)
            return redirect(found)
    return _rule_page(request, queries.rule_found(row_id), form=form, status=status)


@require_POST
def stop(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _change(request, row_id, actions.stop_rule, _("Stopped. Everybody can read why."))


@require_POST
def start(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _change(request, row_id, actions.start_rule, _("Started again."))


@require_POST
def run(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.rule_found(row_id)
    person = require_may_stop_rules(request.user)
    try:
        spend("moderation", str(person.pk))
        made = actions.run_rule(found, acting_user=person)
    except GongzhiError as error:
        form = ReasonForm(request.POST)
        return _rule_page(request, queries.rule_found(row_id), form=form, status=show_refusal(form, error))
    done = made.done if made else 0
    messages.success(request, ngettext("%(n)d thing was done.", "%(n)d things were done.", done) % {"n": done})
    return redirect(found)


@never_cache
@require_http_methods(["GET", "POST"])
def set_rule(request: HttpRequest, does: str) -> HttpResponse:
    person = require_may_set_rules(require_person(request.user))
    if person is None or does not in Does.values:
        raise NotFound
    last = AutomationRule.objects.filter(does=does).order_by("-valid_from").first()
    options = last.options if last else defaults_of(does)
    form = RuleForm(request.POST if request.method == "POST" else None, does=does, options=options)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                made = actions.set_rule(does, **form.values(), acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The rule is on record with its day."))
                return redirect(made)
    context = {"form": form, "label": Does(does).label, "last": last}
    return render(request, "participation/automation/rule_new.html", context, status=status)


@never_cache
@require_safe
def deed(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _deed_page(request, queries.deed_found(reader_of(request), row_id))


def _form_of(deed: AutomationDeed, data: Any = None) -> forms.Form:
    """The form by which a proposal of its kind is confirmed."""
    if deed.does in actions.SOURCES:
        return TaskProposalForm(data, deed=deed)
    if deed.does == Does.FUNNEL:
        return ParagraphForm(data, initial={"text": deed.text, "text_en": deed.text_en})
    return EvaluationProposalForm(data)


def _deed_page(
    request: HttpRequest,
    found: AutomationDeed,
    *,
    confirm_form: forms.Form | None = None,
    dismiss_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    reader = reader_of(request)
    decides = found.state == State.WAITING and may_decide(reader, found)
    is_agreed = found.does == Does.EVALUATION and found.state == State.CONFIRMED
    line = queries.newest_line_of(reader, found)
    context = {
        "deed": found,
        "source_url": queries.source_of(found),
        "may_see_queue": may(reader, Act.DECIDE_PROPOSAL),
        "confirm_form": (confirm_form or _form_of(found)) if decides else None,
        "dismiss_form": (dismiss_form or ReasonForm(prefix="dismiss"))
        if decides and may_dismiss(reader, found)
        else None,
        "form": confirm_form or dismiss_form,
        "moments": consultations_covering(reader, line) if is_agreed and line else (),
        "calls": queries.calls_since(reader, found) if is_agreed else (),
        "may_call": may(reader, Act.CALL_FOR_EVALUATIONS),
        "is_agreed": is_agreed,
    }
    return render(request, "participation/automation/deed.html", context, status=status)


def _confirm(deed: AutomationDeed, values: dict[str, Any], person: User) -> str:
    """Confirm a proposal by its kind. Returns where to go on."""
    if deed.does in actions.SOURCES:
        return actions.confirm_task(deed, **values, acting_user=person).get_absolute_url()
    if deed.does == Does.FUNNEL:
        return actions.confirm_paragraph(deed, **values, acting_user=person).get_absolute_url()
    return actions.confirm_evaluation(deed, **values, acting_user=person).get_absolute_url()


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.deed_found(request.user, row_id)
    if request.method != "POST":
        return redirect(found)
    person = require_person(request.user)
    form = _form_of(found, request.POST)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            there = _confirm(found, form.cleaned_data, person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("Confirmed."))
            return redirect(there)
    return _deed_page(request, queries.deed_found(request.user, row_id), confirm_form=form, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def dismiss(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.deed_found(request.user, row_id)
    if request.method != "POST":
        return redirect(found)
    person = require_person(request.user)
    form = ReasonForm(request.POST, prefix="dismiss")
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            actions.dismiss_deed(found, reason=form.cleaned_data["reason"], acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("Dismissed, with the reason."))
            return redirect("participation:automation:index")
    return _deed_page(request, queries.deed_found(request.user, row_id), dismiss_form=form, status=status)
