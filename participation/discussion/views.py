"""The discussion for browsers without sockets or scripts: the same events, asked for or posted by form."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from participation.consultations.forms import ModerationForm
from participation.consultations.queries import consultation_for
from participation.consultations.returning import forget_draft, keep_draft, kept_draft
from participation.consultations.stages import Deed, offer
from participation.discussion.actions import moderate_message, post_message
from participation.discussion.forms import MessageForm
from participation.discussion.models import Event
from participation.discussion.queries import REPLAY_LIMIT, frames_since, head_of, message_found
from participation.stakeholders.permissions import require_moderator, require_person
from portal.errors import GongzhiError, Invalid, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal


def draft_key(consultation_id: UUID) -> str:
    return f"message-{consultation_id}"


@never_cache
@require_GET
def events(request: HttpRequest, consultation_id: UUID) -> JsonResponse:
    """``{"head", "epoch", "recovered", "events": [frame, ...]}``: the frames of the socket after ``?since=``.

    ``limit`` asks for fewer than the most that is given. ``recovered`` is false where more was missed than that.
    """
    consultation = consultation_for(request.user, consultation_id)
    since, limit = _number(request, "since", 0), min(_number(request, "limit", REPLAY_LIMIT), REPLAY_LIMIT)
    head, room = head_of(consultation)
    frames = frames_since(request.user, consultation, since, limit=limit)
    return JsonResponse(
        {
            "head": head,
            "epoch": str(room.epoch if room else consultation.row_id),
            "recovered": head - since <= limit,
            "events": frames,
        }
    )


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    # More digits than any sequence number has would not fit into the database's integers.
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invalid
    return int(text)


@require_http_methods(["GET", "POST"])
def post(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The form without a socket. After posting the browser is sent to the message on the consultation's page."""
    consultation = consultation_for(request.user, consultation_id)
    offered = offer(request.user, Deed.POST_MESSAGE, consultation)
    key = draft_key(consultation.row_id)
    given: dict[str, Any] = {"draft_key": key, "offer": offered}
    status = 200
    if request.method == "POST":
        form = MessageForm(request.POST, **given)
        status = 400
        if form.is_valid():
            try:
                person = require_person(request.user)
                spend("message", str(person.pk))
                event, _is_duplicate = post_message(
                    consultation,
                    body=form.cleaned_data["body"],
                    client_id=form.cleaned_data["cid"],
                    standing=form.cleaned_data["organisation"],
                    acting_user=person,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
                if isinstance(error, SignInRequired):
                    keep_draft(request, key, form.cleaned_data.get("body", ""))
            else:
                forget_draft(request, key)
                return redirect(f"{consultation.get_absolute_url()}?said=1#m{event.seq}")
    else:
        form = MessageForm(initial={"cid": uuid4(), "body": kept_draft(request, key)}, **given)
    context = {"consultation": consultation, "form": form, "offer": offered}
    return render(request, "participation/discussion/post.html", context, status=status)


@require_http_methods(["GET", "POST"])
def hide(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _moderate(request, row_id, is_hiding=True)


@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _moderate(request, row_id, is_hiding=False)


def _moderate(request: HttpRequest, row_id: UUID, *, is_hiding: bool) -> HttpResponse:
    """A page of its own: a message in the list is one line, and the reason deserves room."""
    person = require_moderator(request.user)
    message = message_found(person, row_id)
    form = ModerationForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                moderate_message(message, hide=is_hiding, reason=form.cleaned_data["reason"], acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Hidden. The author sees the reason.") if is_hiding else _("Public again."))
                return redirect(_place_of(message))
    context = {"message": message, "consultation": message.room.consultation, "form": form, "is_hiding": is_hiding}
    return render(request, "participation/discussion/moderate.html", context, status=status)


def _place_of(message: Event) -> str:
    return f"{message.room.consultation.get_absolute_url()}#m{message.seq}"
