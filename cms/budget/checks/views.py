"""The checks of a release for everybody, its tables, and the forms of those who answer for errors."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cms.budget import queries as budget
from cms.budget.checks import queries
from cms.budget.checks.actions import override_check, record_approval
from cms.budget.checks.forms import ApprovalForm, OverrideForm
from cms.budget.checks.permissions import require_may_override, require_signed_in
from cms.budget.checks.rules import rules_for
from cms.budget.permissions import require_may_import
from cms.budget.requests import reader_of
from portal.errors import Conflict, GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

DEPARTMENTS_PER_PAGE = 30


@require_safe
def checks(request: HttpRequest, row_id: UUID) -> HttpResponse:
    reader = reader_of(request)
    release = queries.checked_release(row_id, reader)
    told = queries.rules_in_words(release, reader)
    context = {
        "release": release,
        "summary": queries.summary_for(release, reader),
        "rules": rules_for(release),
        "found": sorted((rule for rule in told if rule.findings), key=queries.gravest_first),
        "passed": [rule for rule in told if not rule.findings and rule.outcome == "passed"],
        "not_applicable": [rule for rule in told if not rule.findings and rule.outcome == "not_applicable"],
        "may_prepare": not release.published_at and reader.is_authenticated and reader.has_role("editor", "reviewer"),
    }
    return render(request, "cms/budget/checks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def override(request: HttpRequest, row_id: UUID) -> HttpResponse:
    finding = queries.visible_finding(row_id, request.user)
    user = require_signed_in(request.user)
    require_may_override(user, finding)
    if not finding.blocks:
        raise Conflict(_("This finding is not in the way of publication."))
    form, status = OverrideForm(), 200
    if request.method == "POST":
        form, status = OverrideForm(request.POST), 400
        if form.is_valid():
            try:
                spend("moderation", str(user.pk))
                override_check(finding, reason=form.cleaned_data["reason"], acting_user=user)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Your reason stands beside the finding."))
                return redirect("cms:budget:checks", finding.release.row_id)
    rules = rules_for(finding.release)
    rule = rules.get(finding.rule_id) if rules else None
    if rule is None:
        raise NotFound
    context = {"shown": queries.in_words(finding, rule.kind, True), "rule": rule, "form": form}
    return render(request, "cms/budget/checks_override.html", {**context, "release": finding.release}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, row_id: UUID) -> HttpResponse:
    release = budget.visible_release(row_id, request.user)
    user = require_signed_in(request.user)
    require_may_import(user)
    if release.published_at:
        raise Conflict(_("This release is public already. A correction is a new release."))
    form, status = ApprovalForm(initial={"approved_on": release.approved_on}), 200
    if request.method == "POST":
        form, status = ApprovalForm(request.POST), 400
        if form.is_valid():
            try:
                spend("moderation", str(user.pk))
                record_approval(release, approved_on=form.cleaned_data["approved_on"], acting_user=user)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The day of approval is recorded."))
                return redirect("cms:budget:checks", release.row_id)
    return render(request, "cms/budget/checks_approval.html", {"release": release, "form": form}, status=status)


@require_safe
def tables(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The nine tables of one department; without a department, the list of those that have tables."""
    reader = reader_of(request)
    release = budget.visible_release(row_id, reader)
    departments = queries.departments_with_tables(release)
    if not departments:
        raise NotFound
    chosen = next((d for d in departments if str(d.row_id) == request.GET.get("department")), None)
    if chosen is None and len(departments) == 1:
        chosen = departments[0]
    context = {
        "release": release,
        "newer": budget.newer_version_of(release, reader),
        "department": chosen,
        "tables": queries.laid_out(release, chosen) if chosen else [],
        "page_obj": Paginator(departments, DEPARTMENTS_PER_PAGE).get_page(request.GET.get("page")),
        "is_only_one": len(departments) == 1,
    }
    return render(request, "cms/budget/tables.html", context)
