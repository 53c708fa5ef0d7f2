"""What can be had of feedback besides its page: its file, a translation, a reaction with one tap, and how soon answers
come."""

from __future__ import annotations

import csv
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cms.budget.models import Line
from participation.attachments import attachment_response
from participation.consultations.queries import OPEN, consultations_covering
from participation.consultations.stages import Deed, offer
from participation.feedback import translating
from participation.feedback.actions import react_to_line
from participation.feedback.queries import feedback_found
from participation.feedback.response_times import COLUMNS, as_table, response_times
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.errors import Closed, NotFound
from portal.rates import client_address, spend
from portal.ui.spreadsheets import guarded


@require_GET
def attachment(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(feedback_found(request.user, row_id))


@require_POST
def translation(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A page of its own, so that nobody takes it for what was said."""
    feedback = feedback_found(request.user, row_id)
    spend("translation", str(request.user.pk) if isinstance(request.user, User) else client_address(request))
    text = translating.translated(feedback, to=get_language() or "en")
    return render(request, "participation/feedback/translation.html", {"feedback": feedback, "text": text})


@require_POST
def react(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """One tap on a line, for the side that the person speaks for; with several, for the first that may."""
    person = require_person(request.user)
    line = Line.objects.visible_to(person).filter(row_id=line_id).first()  # type: ignore[misc]
    if line is None:
        raise NotFound
    spend("reaction", str(person.pk))
    asking = next((found for found in consultations_covering(person, line) if found.phase == OPEN), None)
    if asking is None:
        raise Closed(_("No consultation covers this line at the moment."))
    offered = offer(person, Deed.REACT, asking.consultation)
    if offered.verdict.error is not None:
        raise offered.verdict.error
    react_to_line(
        asking.consultation,
        line=line,
        kind=request.POST.get("kind", ""),
        standing=offered.standings[0],
        acting_user=person,
    )
    return redirect(f"{line.get_absolute_url()}#reactions")


@require_GET
def times(request: HttpRequest) -> HttpResponse:
    rows = response_times()
    return render(request, "participation/feedback/response_times.html", {"rows": rows})


@require_GET
def times_file(request: HttpRequest) -> HttpResponse:
    spend("download", client_address(request))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="response-times.csv"'
    response.write("\ufeff")
    writer = csv.writer(response, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        [guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in as_table(response_times())
    )
    return response
