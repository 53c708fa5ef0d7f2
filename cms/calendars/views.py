"""The calendar of working days: read by everybody, kept by budget editors."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from cms.calendars import queries
from cms.calendars.actions import enter_calendar, set_day
from cms.calendars.clocks import Deadline, deadline
from cms.calendars.days_file import Entered, read_days, write_days
from cms.calendars.forms import ImportForm, MonthForm, ReckonForm
from cms.calendars.models import CHINA
from cms.calendars.months import month_of, months_of
from cms.calendars.permissions import may_maintain, require_may_maintain
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal
from portal.ui.navigation import is_signed_in

YEARS = range(1950, 2200)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return redirect("cms:calendars:year", CHINA, timezone.localdate().year)


@require_safe
def year(request: HttpRequest, jurisdiction: str, year: str) -> HttpResponse:
    number = _year(year)
    calendar = queries.calendar_of(jurisdiction, number)
    clocks = queries.clocks_of(jurisdiction)
    rules = {clock.rule_id: f"{clock.rule_id} · {clock.name}" for clock in clocks}
    form, reckoned = _reckon(request, list(rules.items()), jurisdiction)
    months = months_of(number, queries.days_of(jurisdiction, number))
    context = {
        "jurisdiction": jurisdiction,
        "year": number,
        "years": sorted({*queries.years_of(jurisdiction), number, timezone.localdate().year}, reverse=True),
        "calendar": calendar,
        "months": months,
        "worked": sum(month.worked for month in months),
        "special": [day for month in months for day in month.days if day.entered],
        "changes": queries.changes_of(calendar),
        "clocks": clocks,
        "reckon": form,
        "reckoned": reckoned,
        "may_maintain": may_maintain(request.user if is_signed_in(request) else AnonymousUser()),
    }
    return render(request, "cms/calendars/year.html", context)


def _reckon(
    request: HttpRequest, rules: list[tuple[str, str]], jurisdiction: str
) -> tuple[ReckonForm, Deadline | None]:
    """The form to count a period with, and what was counted where it was asked."""
    if "start" not in request.GET:
        return ReckonForm(rules), None
    form = ReckonForm(rules, request.GET)
    if not form.is_valid():
        return form, None
    return form, deadline(form.cleaned_data["rule"], form.cleaned_data["start"], jurisdiction)


@require_safe
def days_csv(request: HttpRequest, jurisdiction: str, year: str) -> HttpResponse:
    """The days that were entered, in the form that the import takes."""
    number = _year(year)
    days = {day.date: Entered(day.is_workday, day.note) for day in queries.own_days(jurisdiction, number)}
    response = HttpResponse("\ufeff" + write_days(days), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="working-days-{jurisdiction}-{number}.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def month(request: HttpRequest, jurisdiction: str, year: str, month: str) -> HttpResponse:
    """Every day of a month to be said otherwise, with a reason."""
    require_may_maintain(request.user)
    number = _year(year)
    own = {day.date: day for day in queries.own_days(jurisdiction, number)}
    shown = month_of(number, int(month), own)
    form, status = MonthForm(shown), 200
    if request.method == "POST":
        form, status = MonthForm(shown, request.POST), 400
        if form.is_valid():
            try:
                spend("moderation", str(request.user.pk))
                changed = form.changed_days()
                with transaction.atomic():
                    for day, entered in changed:
                        set_day(
                            day,
                            entered,
                            jurisdiction=jurisdiction,
                            reason=form.cleaned_data["reason"],
                            acting_user=request.user,  # type: ignore[arg-type]
                        )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                said = ngettext("%d day was changed.", "%d days were changed.", len(changed)) % len(changed)
                messages.success(request, said)
                return redirect("cms:calendars:year", jurisdiction, number)
    context = {"jurisdiction": jurisdiction, "year": number, "month": shown, "form": form}
    return render(request, "cms/calendars/month.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def import_days(request: HttpRequest) -> HttpResponse:
    """First a file, then what it would change, then the change."""
    require_may_maintain(request.user)
    form, status = ImportForm(), 200
    context: dict[str, Any] = {}
    if request.method == "POST":
        form, status = ImportForm(request.POST, request.FILES), 400
        if form.is_valid():
            values = form.cleaned_data
            try:
                spend("moderation", str(request.user.pk))
                days = read_days(form.content())
                if "confirm" in request.POST:
                    enter_calendar(
                        days,
                        jurisdiction=values["jurisdiction"],
                        source=values["source"],
                        acting_user=request.user,  # type: ignore[arg-type]
                    )
                    messages.success(request, _("The calendar was entered."))
                    return redirect(_year_url(values["jurisdiction"], max(day.year for day in days)))
                context = _preview(days, values)
                status = 200
            except GongzhiError as error:
                status = show_refusal(form, error)
    return render(request, "cms/calendars/import.html", {**context, "form": form}, status=status)


def _preview(days: dict[date, Entered], values: dict[str, Any]) -> dict[str, Any]:
    changes: list[queries.DayChange] = queries.changes_by(days, values["jurisdiction"])
    return {
        "is_preview": True,
        "changes": changes,
        "count": len(days),
        "years_read": sorted({day.year for day in days}),
        "days": write_days(days),
        "values": values,
    }


def _year(text: str) -> int:
    if int(text) not in YEARS:
        raise NotFound
    return int(text)


def _year_url(jurisdiction: str, year: int) -> str:
    return reverse("cms:calendars:year", args=[jurisdiction, year])
