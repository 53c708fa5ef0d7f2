"""Approving goals, asking to change them, deciding over it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cms.budget.requests import reader_of
from cms.performance import queries
from cms.performance.approval.actions import approve_goals, decide_goal_change, propose_goal_change
from cms.performance.approval.forms import ApprovalForm, ChangeForm, DecisionForm
from cms.performance.approval.queries import change_found, indicators_of, standings_of
from cms.performance.permissions import may_approve_goals, require_may_report, require_works_on_sheets
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal


@require_http_methods(["GET", "HEAD", "POST"])
def goals(request: HttpRequest, row_id: UUID, fiscal_year: int) -> HttpResponse:
    """The goals of a year as they stand: a reviewer approves them, whoever reports may ask to change them."""
    programme = queries.programme_found(row_id, request.user)
    user = require_works_on_sheets(request.user)
    require_may_report(user, programme.department)
    year = queries.year_found(programme, fiscal_year, user)
    standing = standings_of([year], user)[year.pk]
    indicators = indicators_of(year)
    form: ApprovalForm | ChangeForm = ChangeForm(indicators) if standing.approval else ApprovalForm()
    status = 200
    if request.method == "POST":
        form = ChangeForm(indicators, request.POST) if standing.approval else ApprovalForm(request.POST)
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(user.pk))
                if isinstance(form, ChangeForm):
                    reason = form.cleaned_data["reason"]
                    propose_goal_change(year, wanted=form.wanted(), reason=reason, acting_user=user)
                    messages.success(request, _("The change was proposed. A reviewer decides over it."))
                else:
                    approve_goals(year, note=form.cleaned_data["note"], acting_user=user)
                    messages.success(request, _("The goals are approved. From now on each change is approved again."))
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                return redirect("cms:budget:goals", row_id, fiscal_year)
    context = {
        "programme": programme,
        "year": year,
        "standing": standing,
        "indicators": indicators,
        "form": form,
        "may_approve": may_approve_goals(user),
    }
    return render(request, "cms/performance/goals.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def goal_change(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A change of approved goals: everybody reads it, a reviewer who did not propose it decides."""
    reader = reader_of(request)
    change = change_found(row_id, reader)
    form, status = DecisionForm(), 200
    is_waiting = change.status == change.Status.PROPOSED
    decides = is_waiting and may_approve_goals(reader) and change.proposed_by_id != reader.pk
    if request.method == "POST":
        user = require_works_on_sheets(request.user)
        form, status = DecisionForm(request.POST), 400
        if form.is_valid():
            try:
                spend("moderation", str(user.pk))
                decide_goal_change(
                    change,
                    approve=form.cleaned_data["outcome"] == "approve",
                    reason=form.cleaned_data["reason"],
                    acting_user=user,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The decision is published."))
                return redirect("cms:budget:goal_change", row_id)
    context = {"change": change, "form": form, "decides": decides or form.is_bound}
    return render(request, "cms/performance/goal_change.html", context, status=status)
