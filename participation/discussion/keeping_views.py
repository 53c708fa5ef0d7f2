"""Pages of moderators for one room, and its transcript for everybody. Hiding has a room of its own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.discussion import keeping
from participation.discussion.forms import MuteForm, ReasonForm, RulesForm
from participation.discussion.models import Event, Mute
from participation.discussion.places import kind_of, place_found, require_moderator_of, room_of, title_of
from participation.discussion.queries import head_of, message_found, messages_for, mutes_in
from participation.discussion.showing import shown_items
from participation.discussion.transcript import COLUMNS, rows_of
from participation.discussion.views import answered
from participation.stakeholders.models import User
from portal.errors import GongzhiError, NotFound
from portal.rates import client_address, spend
from portal.ui.forms import show_refusal
from portal.ui.spreadsheets import plain

PER_PAGE = 200


def _moderated(request: HttpRequest, kind: str, row_id: UUID) -> tuple[User, Any, Any]:
    about = place_found(request.user, kind, row_id)
    moderator = require_moderator_of(request.user, about)
    room = room_of(about)
    if room is None:
        raise NotFound(_("Nobody has spoken there yet."))
    return moderator, about, room


@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    """The rules of a room, and who is silent there."""
    moderator, about, room = _moderated(request, kind, row_id)
    initial = {"is_locked": room.is_locked, "slow_seconds": room.slow_seconds, "holds": room.holds}
    form = RulesForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                keeping.change_rules(room, acting_user=moderator, **form.cleaned_data)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Changed. Everybody who has the page open sees it."))
                return redirect(request.path)
    changes = room.events.filter(kind=Event.Kind.STATE).select_related("actor").order_by("-seq")[:20]
    context = {
        "about": about,
        "kind": kind,
        "title": title_of(about),
        "room": room,
        "form": form,
        "mutes": mutes_in(room),
        "changes": changes,
    }
    return render(request, "participation/discussion/keep.html", context, status=status)


@require_POST
def pin(request: HttpRequest, row_id: UUID) -> HttpResponse:
    message = message_found(request.user, row_id)
    keeping.pin_message(message, acting_user=require_moderator_of(request.user, message.room.about))
    return redirect(message.get_absolute_url())


@require_POST
def unpin(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    moderator, _about, room = _moderated(request, kind, row_id)
    keeping.unpin_message(room, acting_user=moderator)
    return redirect(f"{room.get_absolute_url()}#discussion")


@require_http_methods(["GET", "POST"])
def mute(request: HttpRequest, row_id: UUID) -> HttpResponse:
    message = message_found(request.user, row_id)
    moderator = require_moderator_of(request.user, message.room.about)
    form = MuteForm(request.POST if request.method == "POST" else None)

    def change() -> str:
        spend("moderation", str(moderator.pk))
        keeping.mute_author(message, acting_user=moderator, **form.cleaned_data)
        return _("Done. They read the reason; nobody else does.")

    return answered(request, form, change, message, "participation/discussion/mute.html", {"message": message})


@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = Mute.objects.visible_to(request.user).filter(row_id=row_id).select_related("room").first()
    if found is None:
        raise NotFound
    moderator = require_moderator_of(request.user, found.room.about)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                keeping.lift_mute(found, reason=form.cleaned_data["reason"], acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("They may speak again."))
                return redirect("participation:discussion:keep", found.room.kind, found.room.about.row_id)
    context = {"mute": found, "form": form, "title": title_of(found.room.about), "room": found.room}
    return render(request, "participation/discussion/lift.html", context, status=status)


@require_GET
def transcript(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    about = place_found(request.user, kind, row_id)
    head, room = head_of(about)
    page = Paginator(range(1, head + 1), PER_PAGE).get_page(request.GET.get("page"))
    numbers = list(page.object_list)
    found = messages_for(request.user, about, last=PER_PAGE, before=numbers[-1] + 1) if numbers else []
    items = shown_items(request.user, room, [frame for frame in found if frame["seq"] >= numbers[0]])
    context = {"about": about, "kind": kind, "title": title_of(about), "items": items, "page_obj": page, "room": room}
    return render(request, "participation/discussion/transcript.html", context)


@require_GET
def transcript_file(request: HttpRequest, kind: str, row_id: UUID, ending: str) -> HttpResponseBase:
    """As CSV or JSON, with the hashes that ``transcript`` explains."""
    spend("download", client_address(request))
    about = place_found(request.user, kind, row_id)
    room = room_of(about)
    rows = rows_of(request.user, room) if room else iter(())
    name = f"discussion-{kind_of(about)}-{about.row_id}.{ending}"
    response: HttpResponseBase
    if ending == "csv":
        response = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    else:
        found = list(rows)
        last = found[-1]["sha256"] if found else ""
        answer = {"about": {"kind": kind, "id": str(about.row_id)}, "events": found, "sha256": last}
        response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # The mark by which spreadsheet programs know UTF-8.
    yield "\ufeff"
    yield writer.writerow([*COLUMNS, "sha256"])
    for row in rows:
        values = (row[name] for name in (*COLUMNS, "sha256"))
        yield writer.writerow(["" if value is None else plain(str(value)) for value in values])
