"""Meetings as everybody sees them, and what people who want to take part do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST, require_safe

from participation import drawing
from participation.attachments import attachment_response
from participation.meetings import feeds
from participation.meetings.forms import OpinionForm, RegistrationForm
from participation.meetings.minutes.actions import judge_minutes
from participation.meetings.minutes.queries import (
    attendance_of,
    judged,
    minutes_for,
    recording_for,
    recordings_of,
)
from participation.meetings.models import Meeting
from participation.meetings.permissions import may_keep, registration_of
from participation.meetings.queries import coming, items_of, material_for, meeting_for, past, series_for
from participation.meetings.seats.actions import change_registration, register_for_meeting, withdraw_registration
from participation.meetings.seats.models import MeetingLot, MeetingRegistration
from participation.meetings.seats.queries import counts_of, list_text, material_due_on, seat_of, warnings_for
from participation.meetings.session.queries import polls_in
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_person
from participation.stakeholders.queries import standings_of
from portal.errors import GongzhiError, NotFound, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal

PER_PAGE = 20
FEED_MOST = 200


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "coming": coming(request.user),
        "page_obj": Paginator(past(request.user), PER_PAGE).get_page(request.GET.get("page")),
        "may_convene": isinstance(request.user, User) and request.user.has_role(Role.MODERATOR, Role.OFFICER),
    }
    return render(request, "participation/meetings/index.html", context)


@require_safe
def series(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = series_for(request.user, row_id)
    context = {
        "series": found,
        "coming": coming(request.user).filter(series=found),
        "past": past(request.user).filter(series=found),
    }
    return render(request, "participation/meetings/series.html", context)


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """All meetings, or with ``series`` those of one, for calendar programs."""
    found = Meeting.objects.visible_to(request.user)
    if wanted := request.GET.get("series", ""):
        try:
            found = found.filter(series=series_for(request.user, UUID(wanted)))
        except ValueError:
            raise NotFound from None
    content = feeds.feed_of(found[:FEED_MOST], base=request.build_absolute_uri("/"), now=timezone.now())
    return _calendar_file(content, "meetings.ics")


def _calendar_file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=feeds.CONTENT_TYPE)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@require_safe
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return meeting_page(request, meeting_for(request.user, row_id))


def meeting_page(request: HttpRequest, meeting: Meeting, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a meeting, with forms that were sent and refused in ``more``."""
    own = registration_of(request.user, meeting)
    minutes = minutes_for(request.user, meeting)
    standings = standings_of(request.user) if isinstance(request.user, User) else ()
    may_register = meeting.takes_registrations() and own is None
    has_judged = own is not None and minutes is not None and _has_judged(own, minutes)
    context = {
        "meeting": meeting,
        "places": counts_of(meeting),
        "warnings": warnings_for(meeting),
        "material_due": material_due_on(meeting),
        "items": items_of(meeting),
        "lot": MeetingLot.objects.filter(meeting=meeting).first(),
        "own": own,
        "seat": seat_of(own) if own else None,
        "may_register": may_register,
        "register_form": RegistrationForm(standings=standings) if may_register else None,
        "registration_form": RegistrationForm(initial={"may_record": own.may_record}) if own else None,
        "may_keep": may_keep(request.user, meeting),
        "attendance": attendance_of(meeting) if meeting.state == "held" else None,
        "polls": polls_in(meeting, own.pk if own else None) if meeting.state == "held" else (),
        "resolutions": meeting.resolutions.select_related("item"),
        "actions": meeting.action_items.select_related("item", "department", "task"),
        "minutes": minutes,
        "judged": judged(minutes) if minutes else None,
        "may_judge": own is not None and own.attended_at is not None and minutes is not None and not has_judged,
        "opinion_form": OpinionForm(),
        "recordings": recordings_of(meeting, request.user),
        **more,
    }
    response = render(request, "participation/meetings/detail.html", context, status=status)
    if own is not None:
        add_never_cache_headers(response)
    return response


def _has_judged(own: MeetingRegistration, minutes: Any) -> bool:
    return minutes.opinions.filter(registration=own, version=minutes.version).exists()


@sensitive_post_parameters("needs")
@require_POST
def register(request: HttpRequest, row_id: UUID) -> HttpResponse:
    meeting = meeting_for(request.user, row_id)
    person = require_person(request.user)
    form = RegistrationForm(request.POST, standings=standings_of(person))
    status = 400
    if form.is_valid():
        try:
            spend("meeting", str(person.pk))
            register_for_meeting(
                meeting,
                standing=form.standing(),
                needs=form.cleaned_data["needs"],
                may_record=form.cleaned_data["may_record"],
                acting_user=person,
            )
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("You are registered."))
            return redirect(meeting)
    return meeting_page(request, meeting, status, register_form=form)


def _own(request: HttpRequest, row_id: UUID) -> tuple[Meeting, MeetingRegistration, User]:
    """The own registration. Raises ``NotFound`` for whoever has none."""
    meeting = meeting_for(request.user, row_id)
    person = require_person(request.user)
    own = registration_of(person, meeting)
    if own is None:
        raise NotFound
    return meeting, own, person


@sensitive_post_parameters("needs")
@require_POST
def registration(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Change consent or needs; an empty field keeps the needs that are there."""
    meeting, own, person = _own(request, row_id)
    form = RegistrationForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            spend("meeting", str(person.pk))
            needs, may_record = form.cleaned_data["needs"] or None, form.cleaned_data["may_record"]
            change_registration(own, needs=needs, may_record=may_record, acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("Your registration is changed."))
            return redirect(meeting)
    return meeting_page(request, meeting, status, registration_form=form)


@require_POST
def withdraw(request: HttpRequest, row_id: UUID) -> HttpResponse:
    meeting, own, person = _own(request, row_id)
    spend("meeting", str(person.pk))
    withdraw_registration(own, acting_user=person)
    messages.success(request, _("You have stepped back. The next one on the list has the place."))
    return redirect(meeting)


@never_cache
@require_GET
def invitation(request: HttpRequest, row_id: UUID) -> HttpResponse:
    meeting, own, person = _own(request, row_id)
    seat = seat_of(own)
    if seat is None or not seat.has_place:
        raise NotFound
    content = feeds.invitation_to(
        meeting,
        name=person.display_name,
        email=person.email,
        base=request.build_absolute_uri("/"),
        now=timezone.now(),
    )
    return _calendar_file(content, "invitation.ics")


@require_safe
def lot(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The lot, with all that is needed to draw it again; what the page shows is drawn anew each time."""
    meeting = meeting_for(request.user, row_id)
    found = MeetingLot.objects.filter(meeting=meeting).first()
    if found is None:
        raise NotFound
    places = {row.group: row.places for row in meeting.places_of_groups.all()}
    drawn = []
    if found.drawn_at is not None:
        secret = bytes.fromhex(found.opened)
        for group, marks in found.names.items():
            drawn.append((group, places.get(group, 0), drawing.draw(secret, marks, len(marks))))
    own = registration_of(request.user, meeting)
    context = {
        "meeting": meeting,
        "lot": found,
        "drawn": drawn,
        "own": own,
        "may_keep": may_keep(request.user, meeting),
    }
    return render(request, "participation/meetings/lot.html", context)


@require_safe
def lot_list(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The list as it was hashed."""
    found = MeetingLot.objects.filter(meeting=meeting_for(request.user, row_id), closed_at__isnull=False).first()
    if found is None:
        raise NotFound
    return HttpResponse(list_text(found.names), content_type="text/plain; charset=utf-8")


@require_GET
def material(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(material_for(request.user, row_id))


@never_cache
@require_GET
def recording(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(recording_for(request.user, row_id))


@require_POST
def judge(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Say whether the minutes are right."""
    meeting = meeting_for(request.user, row_id)
    if not request.user.is_authenticated:
        raise SignInRequired
    person = require_person(request.user)
    minutes = minutes_for(person, meeting)
    if minutes is None:
        raise NotFound
    form = OpinionForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            spend("meeting", str(person.pk))
            judge_minutes(
                minutes, agrees=form.cleaned_data["agrees"], words=form.cleaned_data["words"], acting_user=person
            )
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("Thank you. Your word stands with this version of the minutes."))
            return redirect(minutes)
    return meeting_page(request, meeting, status, opinion_form=form)
