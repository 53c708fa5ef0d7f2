"""Pages of performance: who is on course, how scores are made, and the sheets that departments hand in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cms.budget.queries import visible_release
from cms.budget.requests import reader_of
from cms.performance import queries
from cms.performance.actions import import_sheet, keep_sheet, record_monitoring
from cms.performance.approval.queries import indicators_of, waiting_changes
from cms.performance.forms import XLSX, MonitoringForm, SheetForm
from cms.performance.funnel import funnel_of_government
from cms.performance.models import ProgrammeYear
from cms.performance.monitoring import Alert, departments_in, monitored, monitored_years, years_with_goals
from cms.performance.permissions import may_approve_goals, may_report, require_may_report, require_works_on_sheets
from cms.performance.schemes import ScoringScheme
from cms.performance.sheets.writing import write_sheet
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

ROWS_PER_PAGE = 50
YEARS = range(2000, 2101)


@require_safe
def monitoring(request: HttpRequest) -> HttpResponse:
    """Every programme of a year: how far the money and the goals have come, and what is out of step."""
    reader = reader_of(request)
    years = years_with_goals(reader)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 and int(asked) in years else next(iter(years), None)
    rows = monitored(monitored_years(reader, year), today=timezone.localdate()) if year else []
    departments = departments_in(rows)
    department = next((d for d in departments if str(d.row_id) == request.GET.get("department")), None)
    alert = next((a for a in Alert if a == request.GET.get("alert")), None)
    shown = [
        row
        for row in rows
        if (department is None or row.year.programme.department == department)
        and (alert is None or alert in row.alerts)
    ]
    context = {
        "years": years,
        "year": year,
        "departments": departments,
        "department": department,
        "alert": alert,
        "alerts": list(Alert),
        "counts": {name.value: sum(name in row.alerts for row in rows) for name in Alert},
        "page_obj": Paginator(shown, ROWS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "cms/performance/monitoring.html", context)


@require_safe
def schemes(request: HttpRequest) -> HttpResponse:
    found = ScoringScheme.objects.visible_to(reader_of(request)).with_rules()
    return render(
        request, "cms/performance/schemes.html", {"schemes": found.order_by("jurisdiction", "code", "-version")}
    )


@require_safe
def follow_up(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """How the goals of a release's year were followed up, over all departments: the disclosure funnel."""
    reader = reader_of(request)
    release = visible_release(row_id, reader)
    funnel = funnel_of_government(release.government, reader, release.fiscal_year)
    return render(request, "cms/performance/follow_up.html", {"release": release, "funnel": funnel})


@require_safe
def sheets(request: HttpRequest) -> HttpResponse:
    """What an editor or an officer has to hand in, and what waits to be taken over."""
    user = require_works_on_sheets(request.user)
    page = Paginator(queries.reportable_years(user), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "waiting": queries.waiting_uploads(user),
        "changes": waiting_changes(user) if may_approve_goals(user) else [],
    }
    return render(request, "cms/performance/sheets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def upload_sheet(request: HttpRequest, row_id: UUID, fiscal_year: int) -> HttpResponse:
    programme = queries.programme_found(row_id, request.user)
    user = require_works_on_sheets(request.user)
    require_may_report(user, programme.department)
    if fiscal_year not in YEARS:
        raise NotFound
    form, status = SheetForm(), 200
    if request.method == "POST":
        form, status = SheetForm(request.POST, request.FILES), 400
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                spend("moderation", str(user.pk))
                upload = keep_sheet(
                    programme,
                    fiscal_year=fiscal_year,
                    name=file.name,
                    content=file.read(),
                    acting_user=user,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                return redirect("cms:budget:sheet", upload.row_id)
    context = {"programme": programme, "fiscal_year": fiscal_year, "form": form}
    return render(request, "cms/performance/upload.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """What was read of an uploaded sheet, with everything that is to be said about it; a post takes it over."""
    upload = queries.upload_found(row_id, request.user)
    user = require_works_on_sheets(request.user)
    require_may_report(user, upload.programme.department)
    refusal: GongzhiError | None = None
    if request.method == "POST":
        try:
            spend("moderation", str(user.pk))
            import_sheet(upload, acting_user=user)
        except GongzhiError as error:
            refusal = error
        else:
            messages.success(request, _("The sheet was taken over. It stands on the page of the programme."))
            return redirect(upload.programme)
    context = {"upload": upload, "reading": queries.check_upload(upload), "refusal": refusal}
    return render(request, "cms/performance/sheet.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, row_id: UUID, fiscal_year: int) -> HttpResponse:
    """How far a programme has come: what was reported so far with its alerts, and the form to report again."""
    programme = queries.programme_found(row_id, request.user)
    user = require_works_on_sheets(request.user)
    require_may_report(user, programme.department)
    year = queries.year_found(programme, fiscal_year, user)
    indicators = indicators_of(year)
    form, status = MonitoringForm(indicators, year.currency), 200
    if request.method == "POST":
        form, status = MonitoringForm(indicators, year.currency, request.POST), 400
        if form.is_valid():
            try:
                spend("moderation", str(user.pk))
                record_monitoring(
                    year,
                    as_of=form.cleaned_data["as_of"],
                    executed=form.executed_minor(),
                    readings=form.readings(),
                    acting_user=user,
                    **form.notes(),
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The report is published. Alerts are computed from it at once."))
                return redirect("cms:budget:report", row_id, fiscal_year)
    context = {
        "programme": programme,
        "year": year,
        "form": form,
        "latest": monitored(ProgrammeYear.objects.filter(pk=year.pk), today=timezone.localdate())[0],
        "records": year.monitoring.order_by("-as_of").prefetch_related("readings__indicator"),
    }
    return render(request, "cms/performance/report.html", context, status=status)


@require_safe
def sheet_file(request: HttpRequest, row_id: UUID, fiscal_year: int) -> HttpResponse:
    """A year as a sheet for everybody who may read it; the form to fill in for those who hand it in."""
    reader = reader_of(request)
    programme = queries.programme_found(row_id, reader)
    try:
        year = queries.year_found(programme, fiscal_year, reader)
    except NotFound:
        if fiscal_year not in YEARS or not may_report(reader, programme.department):
            raise
        year = ProgrammeYear(programme=programme, fiscal_year=fiscal_year)
    response = HttpResponse(write_sheet(queries.sheet_of_year(year)), content_type=XLSX)
    name = programme.code if programme.code.isascii() and programme.code.isalnum() else str(programme.row_id)
    response["Content-Disposition"] = f'attachment; filename="self-evaluation-{name}-{fiscal_year}.xlsx"'
    return response
