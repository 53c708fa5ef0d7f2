"""The pages of those who convene and lead meetings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.meetings import actions
from participation.meetings import forms as typed
from participation.meetings.minutes import actions as minutes_actions
from participation.meetings.minutes.followup import task_opener
from participation.meetings.minutes.queries import action_item_for, judged, minutes_for, recordings_of
from participation.meetings.models import AgendaItem, Meeting
from participation.meetings.permissions import require_meeting_keeper
from participation.meetings.queries import items_of, meeting_for
from participation.meetings.seats import actions as seats
from participation.meetings.seats.models import MeetingLot, MeetingRegistration
from participation.meetings.seats.queries import seats_of, warnings_for
from participation.meetings.session import actions as session
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_role
from portal.errors import GongzhiError, Invalid, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal
from privacy.access.recording import reading
from privacy.sealing import ring
from privacy.sealing.errors import Shredded

PURPOSE = "meeting"


@require_http_methods(["GET", "POST"])
def new_series(request: HttpRequest) -> HttpResponse:
    keeper = require_role(request.user, Role.MODERATOR, Role.OFFICER)
    form = typed.SeriesForm(request.POST or None, keeper=keeper)

    def start() -> Any:
        return actions.start_series(**form.cleaned_data, acting_user=keeper)

    title = _("Start a series of meetings")
    return _new(request, keeper, form, title, start, _("The series is started. Now convene its first meeting."))


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    keeper = require_role(request.user, Role.MODERATOR, Role.OFFICER)
    initial = {name: request.GET.get(name) for name in ("series", "consultation")}
    form = typed.MeetingForm(request.POST or None, keeper=keeper, initial=initial)

    def convene() -> Meeting:
        values = form.cleaned_data
        plain = ("kind", "series", "consultation", "department", "title", "purpose", "scope")
        twins = {f"{name}_en": values[f"{name}_en"] for name in actions.TEXTS}
        return actions.convene_meeting(
            **{name: values[name] for name in plain},
            **form.moments(),
            places=form.places(),
            details={**form.details(), **twins},
            acting_user=keeper,
        )

    return _new(request, keeper, form, _("Convene a meeting"), convene, _("The meeting is convened."))


def _new(
    request: HttpRequest, keeper: User, form: forms.Form, title: str, act: Callable[[], Any], done: str
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(keeper.pk))
                made = act()
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, done)
                return redirect(made)
    return render(request, "participation/meetings/new.html", {"form": form, "title": title}, status=status)


# One meeting -----------------------------------------------------------------------------------------------------


def _kept(request: HttpRequest, row_id: UUID) -> tuple[Meeting, User]:
    meeting = meeting_for(request.user, row_id)
    return meeting, require_meeting_keeper(request.user, meeting)


@never_cache
@require_GET
def keep(request: HttpRequest, row_id: UUID) -> HttpResponse:
    meeting, keeper = _kept(request, row_id)
    return _page(request, meeting, keeper)


@sensitive_variables("context")
def _page(request: HttpRequest, meeting: Meeting, keeper: User, status: int = 200, **sent: Any) -> HttpResponse:
    minutes = minutes_for(keeper, meeting)
    opens_needs = request.method == "GET" and "needs" in request.GET
    context = {
        "meeting": meeting,
        "items": items_of(meeting),
        "warnings": warnings_for(meeting),
        "lot": MeetingLot.objects.filter(meeting=meeting).first(),
        "people": _people(meeting, keeper, opens_needs=opens_needs),
        "opens_needs": opens_needs,
        "minutes": minutes,
        "judged": judged(minutes) if minutes else None,
        "actions": _actions_to_open(meeting),
        "recordings": recordings_of(meeting, keeper),
        "change_form": typed.ChangeForm(initial=typed.ChangeForm.initial_of(meeting)),
        "cancel_form": typed.ReasonForm(prefix="cancel"),
        "agenda_form": typed.AgendaForm(prefix="agenda"),
        "material_form": typed.MaterialForm(prefix="material"),
        "resolution_form": typed.ResolutionForm(meeting=meeting, prefix="resolution"),
        "action_form": typed.ActionForm(meeting=meeting, keeper=keeper, prefix="action"),
        "minutes_form": typed.MinutesForm(initial={"text": minutes.text} if minutes else {}),
        "proposal_form": typed.ProposalForm(),
        "recording_form": typed.RecordingForm(meeting=meeting, prefix="recording"),
        **sent,
    }
    return render(request, "participation/meetings/keep.html", context, status=status)


@sensitive_variables()
def _people(meeting: Meeting, keeper: User, *, opens_needs: bool) -> list[tuple[Any, str]]:
    """(seat, what the person needs). The needs are opened only when asked for, and on the record."""
    found = list(seats_of(meeting).values())
    if not opens_needs:
        return [(seat, "") for seat in found]
    ring.prefetch([seat.registration for seat in found])
    with reading(PURPOSE, acting_user=keeper):
        return [(seat, _needs(seat.registration)) for seat in found]


def _needs(registration: MeetingRegistration) -> str:
    try:
        return str(registration.needs or "")
    except Shredded:
        return ""


def _actions_to_open(meeting: Meeting) -> list[tuple[Any, Any]]:
    """Action items with the form that makes a task of them, where there is a room that keeps tasks."""
    can_open = meeting.state == "held" and task_opener() is not None
    return [
        (item, typed.TaskForm(department=item.department) if can_open and item.task_id is None else None)
        for item in meeting.action_items.select_related("department", "task")
    ]


def _item(request: HttpRequest, meeting: Meeting) -> AgendaItem:
    number = request.POST.get("number", "")
    is_number = number.isdecimal() and len(number) < 6
    found = meeting.agenda.filter(number=int(number)).first() if is_number else None
    if found is None:
        raise NotFound
    return found


def _given_id(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise Invalid from None


def _registration(request: HttpRequest, meeting: Meeting) -> MeetingRegistration:
    found = meeting.registrations.filter(row_id=_given_id(request, "registration")).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Act:
    """What a button of the page does. ``form``: made of (request, meeting, keeper), where something is typed."""

    do: Callable[[HttpRequest, Meeting, User, dict[str, Any]], Any]
    done: str | Promise
    form: Callable[[HttpRequest, Meeting, User], forms.Form] | None = None
    # Under which name the page knows a form that was refused.
    name: str = ""


def _minutes(meeting: Meeting, keeper: User) -> Any:
    found = minutes_for(keeper, meeting)
    if found is None:
        raise NotFound
    return found


def _change(request: HttpRequest, meeting: Meeting, keeper: User, given: dict[str, Any]) -> None:
    changes = {name: given[name] for name in actions.CHANGEABLE if given[name] != getattr(meeting, name)}
    places = {row.group: given[f"places_{row.group}"] for row in meeting.places_of_groups.all()}
    actions.change_meeting(meeting, reason=given["reason"], changes=changes, places=places, acting_user=keeper)


def _withdraw_recording(request: HttpRequest, meeting: Meeting, keeper: User, given: dict[str, Any]) -> None:
    wanted = recordings_of(meeting, keeper).filter(row_id=_given_id(request, "recording")).first()
    if wanted is None:
        raise NotFound
    minutes_actions.withdraw_recording(wanted, acting_user=keeper)


ACTS: dict[str, Act] = {
    "change": Act(
        _change, gettext_lazy("The meeting is changed."), lambda r, m, k: typed.ChangeForm(r.POST), "change_form"
    ),
    "cancel": Act(
        lambda r, m, k, given: actions.cancel_meeting(m, reason=given["reason"], acting_user=k),
        gettext_lazy("The meeting is cancelled."),
        lambda r, m, k: typed.ReasonForm(r.POST, prefix="cancel"),
        "cancel_form",
    ),
    "agenda": Act(
        lambda r, m, k, given: actions.add_agenda_item(m, **given, acting_user=k),
        gettext_lazy("It is on the agenda."),
        lambda r, m, k: typed.AgendaForm(r.POST, prefix="agenda"),
        "agenda_form",
    ),
    "notes": Act(
        lambda r, m, k, given: actions.change_agenda_item(_item(r, m), notes=given["notes"], acting_user=k),
        gettext_lazy("What was said is noted."),
        lambda r, m, k: typed.NotesForm(r.POST),
        "notes_form",
    ),
    "material": Act(
        lambda r, m, k, given: actions.publish_material(m, **given, acting_user=k),
        gettext_lazy("The material is published."),
        lambda r, m, k: typed.MaterialForm(r.POST, r.FILES, prefix="material"),
        "material_form",
    ),
    "close-list": Act(
        lambda r, m, k, given: seats.close_list(m, acting_user=k), gettext_lazy("The list is closed and published.")
    ),
    "draw": Act(lambda r, m, k, given: seats.draw_lot(m, acting_user=k), gettext_lazy("The lot is drawn.")),
    "open": Act(lambda r, m, k, given: session.open_meeting(m, acting_user=k), gettext_lazy("The meeting is open.")),
    "close": Act(
        lambda r, m, k, given: session.close_meeting(m, acting_user=k), gettext_lazy("The meeting is closed.")
    ),
    "check-in": Act(
        lambda r, m, k, given: seats.check_in(_registration(r, m), acting_user=k), gettext_lazy("Checked in.")
    ),
    "resolution": Act(
        lambda r, m, k, given: minutes_actions.record_resolution(m, **given, acting_user=k),
        gettext_lazy("The decision is recorded."),
        lambda r, m, k: typed.ResolutionForm(r.POST, meeting=m, prefix="resolution"),
        "resolution_form",
    ),
    "action": Act(
        lambda r, m, k, given: minutes_actions.agree_action(m, **given, acting_user=k),
        gettext_lazy("The action item is recorded."),
        lambda r, m, k: typed.ActionForm(r.POST, meeting=m, keeper=k, prefix="action"),
        "action_form",
    ),
    "draft": Act(
        lambda r, m, k, given: minutes_actions.draft_minutes(m, acting_user=k),
        gettext_lazy("The minutes are drafted."),
    ),
    "minutes": Act(
        lambda r, m, k, given: minutes_actions.change_minutes(_minutes(m, k), text=given["text"], acting_user=k),
        gettext_lazy("The minutes are changed."),
        lambda r, m, k: typed.MinutesForm(r.POST),
        "minutes_form",
    ),
    "propose": Act(
        lambda r, m, k, given: minutes_actions.propose_minutes(_minutes(m, k), **given, acting_user=k),
        gettext_lazy("The participants are asked."),
        lambda r, m, k: typed.ProposalForm(r.POST),
        "proposal_form",
    ),
    "publish": Act(
        lambda r, m, k, given: minutes_actions.publish_minutes(_minutes(m, k), acting_user=k),
        gettext_lazy("The minutes are published."),
    ),
    "recording": Act(
        lambda r, m, k, given: minutes_actions.publish_recording(m, **given, acting_user=k),
        gettext_lazy("It is published."),
        lambda r, m, k: typed.RecordingForm(r.POST, r.FILES, meeting=m, prefix="recording"),
        "recording_form",
    ),
    "withdraw-recording": Act(_withdraw_recording, gettext_lazy("It is taken down.")),
}


@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    meeting, keeper = _kept(request, row_id)
    chosen = ACTS.get(act)
    if chosen is None:
        raise NotFound
    spend("moderation", str(keeper.pk))
    if chosen.form is None:
        chosen.do(request, meeting, keeper, {})
        messages.success(request, str(chosen.done))
        return redirect("participation:meetings:keep", row_id=row_id)
    form = chosen.form(request, meeting, keeper)
    status = 400
    if form.is_valid():
        try:
            chosen.do(request, meeting, keeper, form.cleaned_data)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, str(chosen.done))
            return redirect("participation:meetings:keep", row_id=row_id)
    meeting.refresh_from_db()
    return _page(request, meeting, keeper, status, **{chosen.name: form})


@require_POST
def open_task(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Make a rectification task of an action item."""
    item = action_item_for(request.user, row_id)
    keeper = require_meeting_keeper(request.user, item.meeting)
    form = typed.TaskForm(request.POST, department=item.department)
    if not form.is_valid():
        raise Invalid(_("Please choose an officer of the department."), field="officer")
    spend("moderation", str(keeper.pk))
    task = minutes_actions.open_task_of_action(item, officer=form.cleaned_data["officer"], acting_user=keeper)
    messages.success(request, _("The task is opened."))
    return redirect(task)
