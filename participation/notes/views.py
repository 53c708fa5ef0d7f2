"""The page of the private notes on one thing that somebody said. For moderators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from participation.moderation.items import (
    address_of,
    item_found,
    kind_of,
    place_name_of,
    place_of,
    reference_of,
    text_of,
)
from participation.notes.actions import add_note, remove_note
from participation.notes.forms import NoteForm, RemovalForm
from participation.notes.models import Noted
from participation.notes.permissions import require_note_taker
from participation.notes.queries import note_found, opened_notes
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, kind: str, row_id: UUID) -> HttpResponse:
    moderator = require_moderator(request.user)
    noted = item_found(moderator, kind, row_id)
    require_note_taker(moderator, noted)
    form = NoteForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                add_note(noted, text=form.cleaned_data["text"], acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The note is kept, sealed."))
                return redirect("participation:notes:page", kind=kind, row_id=row_id)
    return _page(request, moderator, noted, {"form": form, "note_form": form}, status)


@never_cache
@sensitive_post_parameters()
@require_POST
def remove(request: HttpRequest, row_id: UUID) -> HttpResponse:
    moderator = require_moderator(request.user)
    note = note_found(moderator, row_id)
    form = RemovalForm(request.POST, auto_id=f"id_{note.row_id}_%s")
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(moderator.pk))
            remove_note(note, reason=form.cleaned_data["reason"], acting_user=moderator)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("The note is removed."))
            return redirect("participation:notes:page", kind=kind_of(note.noted), row_id=note.noted.row_id)
    context = {"form": form, "note_form": NoteForm(), "refused": {note.row_id: form}}
    return _page(request, moderator, note.noted, context, status)


@sensitive_variables()
def _page(request: HttpRequest, moderator: User, noted: Noted, more: dict[str, Any], status: int = 200) -> HttpResponse:
    refused: dict[UUID, RemovalForm] = more.pop("refused", {})
    rows = [
        (note, text, reason, refused.get(note.row_id) or RemovalForm(auto_id=f"id_{note.row_id}_%s"))
        for note, text, reason in opened_notes(moderator, noted)
    ]
    context = {
        "noted": noted,
        "rows": rows,
        "place": place_of(noted),
        "place_name": place_name_of(noted),
        "said": text_of(noted),
        "noted_url": address_of(noted),
        "noted_name": reference_of(noted),
        "kind": kind_of(noted),
        **more,
    }
    return render(request, "participation/notes/page.html", context, status=status)
