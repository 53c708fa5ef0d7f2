"""The live room: a page that asks for its state every few seconds, or when somebody reloads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from participation.meetings.forms import PollForm
from participation.meetings.models import Meeting
from participation.meetings.permissions import may_keep, registration_of
from participation.meetings.queries import items_of, meeting_for
from participation.meetings.session.actions import (
    ask_to_speak,
    call_next,
    close_poll,
    leave_queue,
    open_poll,
    vote_in_poll,
)
from participation.meetings.session.models import MeetingPoll
from participation.meetings.session.queries import polls_in, speaking_in
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, Invalid, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal


def _state(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    own = registration_of(request.user, meeting)
    return {
        "meeting": meeting,
        "own": own,
        "is_present": own is not None and own.attended_at is not None,
        "own_turn": own.turns.filter(ended_at__isnull=True).first() if own else None,
        "speaking": speaking_in(meeting),
    }


@never_cache
@require_GET
def room(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _room(request, meeting_for(request.user, row_id), PollForm())


def _room(request: HttpRequest, meeting: Meeting, form: PollForm, status: int = 200) -> HttpResponse:
    shown = _state(request, meeting)
    own = shown["own"]
    context = {
        **shown,
        "polls": polls_in(meeting, own.pk if own else None),
        "may_keep": may_keep(request.user, meeting),
        "items": items_of(meeting),
        "poll_form": form,
    }
    return render(request, "participation/meetings/room.html", context, status=status)


@never_cache
@require_GET
def state(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The part of the room that changes."""
    return render(request, "participation/meetings/state.html", _state(request, meeting_for(request.user, row_id)))


def _poll(request: HttpRequest, meeting: Meeting) -> MeetingPoll:
    try:
        wanted = UUID(request.POST.get("poll", ""))
    except ValueError:
        raise Invalid from None
    found: MeetingPoll | None = meeting.polls.filter(row_id=wanted).first()
    if found is None:
        raise NotFound
    return found


def _leave(request: HttpRequest, meeting: Meeting, person: User) -> None:
    own = registration_of(person, meeting)
    turn = own.turns.filter(ended_at__isnull=True).first() if own else None
    if turn is not None:
        leave_queue(turn, acting_user=person)


def _next(request: HttpRequest, meeting: Meeting, person: User) -> None:
    if call_next(meeting, acting_user=person) is None:
        messages.info(request, _("Nobody waits to speak."))


def _vote(request: HttpRequest, meeting: Meeting, person: User) -> None:
    given = request.POST.get("choice", "")
    # Longer than any place in a list; Python refuses to read very long numbers.
    choice = int(given) if given.isdecimal() and len(given) < 4 else -1
    vote_in_poll(_poll(request, meeting), choice=choice, acting_user=person)


ACTS: dict[str, Callable[[HttpRequest, Meeting, User], Any]] = {
    "ask": lambda request, meeting, person: ask_to_speak(meeting, acting_user=person),
    "leave": _leave,
    "next": _next,
    "vote": _vote,
    "close-poll": lambda request, meeting, person: close_poll(_poll(request, meeting), acting_user=person),
}


@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    meeting = meeting_for(request.user, row_id)
    person = require_person(request.user)
    spend("meeting", str(person.pk))
    if act == "poll":
        return _open_poll(request, meeting, person)
    if act not in ACTS:
        raise NotFound
    ACTS[act](request, meeting, person)
    return redirect("participation:meetings:room", row_id=meeting.row_id)


def _open_poll(request: HttpRequest, meeting: Meeting, person: User) -> HttpResponse:
    form = PollForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            open_poll(meeting, **form.cleaned_data, acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            return redirect("participation:meetings:room", row_id=meeting.row_id)
    return _room(request, meeting, form, status)
