"""The board of improvement, the people who show their badges, and everybody's own choice."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.pages.content.training import Certificate
from participation.recognition import board as boards
from participation.recognition.cases.actions import draft_case_page
from participation.recognition.facts import Period
from participation.recognition.models import OptIn
from participation.recognition.permissions import require_case_writer
from participation.recognition.shown.actions import choose_shown
from participation.recognition.shown.queries import BADGES, badges_of, people_shown, shown_by
from participation.rectification.models import RectificationTask
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import spend


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """``?year=``: that year against the one before."""
    today = timezone.localdate()
    years = boards.years_with_tasks(today)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else today.year
    period = Period.of_year(year, today)
    context = {
        "years": years,
        "year": year,
        "period": period,
        "departments": boards.department_rows(period),
        "organisations": boards.organisation_rows(period),
    }
    return render(request, "participation/recognition/board.html", context)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    return render(request, "participation/recognition/people.html", {"people": people_shown(), "badges": BADGES})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """What I have earned, and what of it others see."""
    person = require_person(request.user)
    if request.method == "POST":
        spend("account", str(person.pk))
        choose_shown(
            [value for value in OptIn.Shows.values if value in request.POST.getlist("shown")], acting_user=person
        )
        messages.success(request, _("Your choice is saved. You may take it back here at any time."))
        return redirect("participation:recognition:mine")
    context = {
        "earned": badges_of([person.pk])[person.pk],
        "badges": BADGES,
        "certificates": Certificate.objects.visible_to(person),
        "choices": OptIn.Shows.choices,
        "shown": shown_by(person),
    }
    return render(request, "participation/recognition/mine.html", context)


@require_POST
def draft_case(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Draft a page of the case library from a finished task, and go on to it in the editors' administration."""
    task = RectificationTask.objects.visible_to(request.user).filter(row_id=row_id).first()
    if task is None:
        raise NotFound
    person = require_case_writer(request.user)
    try:
        spend("moderation", str(person.pk))
        page = draft_case_page(task, acting_user=person)
    except GongzhiError as error:
        messages.error(request, str(error.message))
        return redirect(task)
    messages.success(request, _("The page is drafted. Complete it, and publish it like every page."))
    return redirect("wagtailadmin_pages:edit", page.pk)
