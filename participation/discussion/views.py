"""The discussion for browsers without sockets or scripts: the same events, asked for or posted by form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.consultations.returning import forget_draft, keep_draft, kept_draft
from participation.discussion.actions import edit_message, give_opinion, post_message
from participation.discussion.forms import EditForm, MessageForm
from participation.discussion.passages import passages_of
from participation.discussion.permissions import require_author
from participation.discussion.places import may_moderate, offer_for, place_found, title_of
from participation.discussion.queries import (
    REPLAY_LIMIT,
    as_frame,
    frames_since,
    head_of,
    message_found,
    messages_for,
    opinions_of,
)
from participation.discussion.showing import draft_key, room_shown
from participation.stakeholders.pace import spend_by
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, Invalid, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal


@require_GET
def events(request: HttpRequest, row_id: UUID, kind: str = "consultation") -> HttpResponse:
    """``{"head", "epoch", "recovered", "events": [frame, ...], "counters": {...}}``: the frames of the socket after
    ``?since=``; with ``?before=`` the messages before that number, oldest first.

    ``limit`` asks for fewer than the most that is given. ``recovered`` is false where more was missed than that. The
    answer has an ETag: who has it already is answered with 304.
    """
    about = place_found(request.user, kind, row_id)
    since, limit = _number(request, "since", 0), min(_number(request, "limit", REPLAY_LIMIT), REPLAY_LIMIT)
    before = _number(request, "before", 0)
    head, room = head_of(about)
    who = request.user.pk or 0
    etag = f'"{room.epoch.hex if room else ""}-{head}-{since}-{before}-{limit}-{who}"'
    if request.headers.get("If-None-Match") == etag and not before:
        return _asked_again(HttpResponse(status=304), etag)
    if before:
        found = messages_for(request.user, about, last=limit, before=before)
    else:
        found = frames_since(request.user, about, since, limit=limit)
    answer = {
        "head": head,
        "epoch": str(room.epoch if room else about.row_id),
        "recovered": head - since <= limit,
        "events": found,
        "opinions": opinions_of(room, [frame["seq"] for frame in found]) if room else {},
    }
    return _asked_again(JsonResponse(answer), etag)


def _asked_again(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    # More digits than any sequence number has would not fit into the database's integers.
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invalid
    return int(text)


@require_GET
def room(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    """A discussion on a page of its own."""
    about = place_found(request.user, kind, row_id)
    return render(request, "participation/discussion/page.html", room_shown(request, request.user, about))


@require_http_methods(["GET", "POST"])
def post(request: HttpRequest, row_id: UUID, kind: str = "consultation") -> HttpResponse:
    """The form without a socket. After posting the browser is sent to the message on the page of the room."""
    about = place_found(request.user, kind, row_id)
    offered = offer_for(request.user, about)
    key = draft_key(about.row_id)
    given: dict[str, Any] = {
        "draft_key": key,
        "offer": offered,
        "may_moderate": may_moderate(request.user, about),
        "passages": passages_of(about),
    }
    status = 200
    if request.method == "POST":
        form = MessageForm(request.POST, **given)
        status = 400
        if form.is_valid():
            try:
                person = require_person(request.user)
                spend_by("message", person)
                event, _is_duplicate = post_message(
                    about,
                    body=form.cleaned_data["body"],
                    client_id=form.cleaned_data["cid"],
                    standing=form.cleaned_data["organisation"],
                    reply_to=form.cleaned_data["reply_to"],
                    line=form.cleaned_data["line"],
                    form=form.cleaned_data.get("form", ""),
                    passage=form.cleaned_data.get("passage", ""),
                    acting_user=person,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
                if isinstance(error, SignInRequired):
                    keep_draft(request, key, form.cleaned_data.get("body", ""))
            else:
                forget_draft(request, key)
                address = event.room.get_absolute_url()
                return redirect(f"{address}?said=1#m{event.seq}")
    else:
        initial = {
            "cid": uuid4(),
            "body": kept_draft(request, key),
            "reply_to": request.GET.get("reply_to"),
            "line": request.GET.get("line"),
        }
        form = MessageForm(initial=initial, **given)
    context = {"about": about, "kind": kind, "title": title_of(about), "form": form, "offer": offered}
    context["answered"] = _answered(request, about, form)
    return render(request, "participation/discussion/post.html", context, status=status)


def _answered(request: HttpRequest, about: Any, form: MessageForm) -> dict[str, Any] | None:
    """The message that is answered, as the reader may see it."""
    value = str(form["reply_to"].value() or "")
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        return None
    found = messages_for(request.user, about, last=1, before=int(value) + 1)
    return found[0] if found and found[0]["seq"] == int(value) else None


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, row_id: UUID) -> HttpResponse:
    message = message_found(request.user, row_id)
    author = require_author(request.user, message)
    form = EditForm(request.POST if request.method == "POST" else None, initial={"body": message.body})

    def change() -> str:
        spend_by("message", author)
        edit_message(message, body=form.cleaned_data["body"], acting_user=author)
        return _("Changed. Your former words stay in the history.")

    return answered(request, form, change, message, "participation/discussion/edit.html", {"message": message})


@require_POST
def opinion(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """One tap. Programs get the numbers that hold now, browsers the page that they came from."""
    message = message_found(request.user, row_id)
    person = require_person(request.user)
    spend("reaction", str(person.pk))
    give_opinion(message, kind=request.POST.get("kind", ""), acting_user=person)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"opinions": opinions_of(message.room, [message.seq]).get(message.seq, {})})
    return redirect(message.get_absolute_url())


def answered(
    request: HttpRequest, form: Any, change: Callable[[], str], message: Any, template: str, context: dict[str, Any]
) -> HttpResponse:
    """One form of a message: done and back to it, or shown again with what is the matter."""
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                done = change()
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, done)
                return redirect(message.get_absolute_url())
    about = message.room.about
    shown = {
        "about": about,
        "title": title_of(about),
        "frame": as_frame(message, request.user),
        "there": message.get_absolute_url(),
        "form": form,
    }
    return render(request, template, {**shown, **context}, status=status)
