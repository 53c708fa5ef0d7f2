"""The faces of feedback: the form, the page of one piece, and what a moderator does to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.budget.models import Line
from participation.consultations import moderating
from participation.consultations.models import Consultation
from participation.consultations.queries import consultation_for
from participation.consultations.returning import forget_draft, keep_draft, kept_draft
from participation.consultations.stages import Deed, offer
from participation.feedback import actions
from participation.feedback.forms import FeedbackForm, RevealForm
from participation.feedback.models import Feedback
from participation.feedback.queries import feedback_found, find_lines, line_of, public_author, public_history
from participation.stakeholders.permissions import require_moderator, require_person
from portal.errors import GongzhiError, Invalid, NotFound, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal


@sensitive_post_parameters("callback_phone")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The form. Its search is a button of the same form, so that finding a line loses nothing that was typed."""
    consultation = consultation_for(request.user, consultation_id)
    offered = offer(request.user, Deed.GIVE_FEEDBACK, consultation)
    draft_key = f"feedback-{consultation.row_id}"
    asked = request.POST if request.method == "POST" else request.GET
    lines = _lines_to_choose_from(consultation, asked.get("q", ""), asked.get("line", ""))
    is_search = "find" in asked
    # The way back from signing in, to the same line and the same kind.
    kept = {name: asked[name][:40] for name in ("line", "kind", "is_anonymous") if asked.get(name)}
    there = f"{request.path}?{urlencode(kept)}" if kept else request.path
    given: dict[str, Any] = {"draft_key": draft_key, "offer": offered, "lines": lines}
    if request.method == "POST" and not is_search:
        form = FeedbackForm(request.POST, **given)
    else:
        typed = {name: asked.get(name, "") for name in ("body", "kind", "q", "line", "callback_phone")}
        typed["body"] = typed["body"] or kept_draft(request, draft_key)
        typed["line"] = typed["line"] or (str(lines[0].row_id) if len(lines) == 1 else "")
        anonymous = bool(asked.get("is_anonymous"))
        form = FeedbackForm(initial={**typed, "is_anonymous": anonymous}, **given)
        if asked.get("organisation"):
            form.initial["organisation"] = asked["organisation"]
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                feedback = _submit(request, consultation, form.cleaned_data)
            except GongzhiError as error:
                status = show_refusal(form, error)
                if isinstance(error, SignInRequired):
                    keep_draft(request, draft_key, form.cleaned_data.get("body", ""), there)
            else:
                forget_draft(request, draft_key)
                messages.success(
                    request,
                    _("Received, with the number %(reference)s. You get an answer by %(day)s at the latest.")
                    % {"reference": feedback.reference, "day": date_format(feedback.answer_due_on)},
                )
                return redirect(f"{feedback.get_absolute_url()}?sent=1")
    context = {
        "consultation": consultation,
        "form": form,
        "offer": offered,
        "searched": asked.get("q", "").strip(),
        "lines": lines,
        "there": there,
    }
    return render(request, "participation/feedback/new.html", context, status=status)


def _lines_to_choose_from(consultation: Consultation, text: str, chosen: str) -> list[Line]:
    """The line that the reader came with or has chosen, then what the search finds."""
    lines = find_lines(consultation, text[:100].replace("\x00", ""))
    try:
        first = line_of(consultation, UUID(chosen))
    except (ValueError, NotFound):
        return lines
    return [first, *(line for line in lines if line != first)]


@sensitive_variables()
def _submit(request: HttpRequest, consultation: Consultation, given: dict[str, Any]) -> Feedback:
    person = require_person(request.user)
    spend("feedback", str(person.pk))
    line = Line.objects.visible_to(person).filter(row_id=given["line"]).first() if given["line"] else None
    if given["line"] and line is None:
        raise Invalid(_("That line is not part of this budget. Please search for it again."), field="line")
    return actions.submit_feedback(
        consultation,
        line=line,
        kind=given["kind"],
        body=given["body"],
        standing=given["organisation"],
        is_anonymous=given["is_anonymous"],
        callback_phone=given["callback_phone"],
        client_id=given["cid"],
        acting_user=person,
    )


@require_GET
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    feedback = feedback_found(request.user, row_id)
    return _page(request, feedback, {"just_sent": "sent" in request.GET})


@require_GET
def card(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The fragment that open pages fetch when they hear of it."""
    feedback = feedback_found(request.user, row_id)
    return render(request, "participation/feedback/card_alone.html", {"feedback": feedback})


def _page(
    request: HttpRequest, feedback: Feedback, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    offered = moderating.moderation_context(request, feedback)
    context = {
        "feedback": feedback,
        "author": public_author(feedback),
        "changes": public_history(feedback),
        **offered,
        "reveal_form": RevealForm() if offered["may_moderate"] else None,
        **(more or {}),
    }
    return render(request, "participation/feedback/detail.html", context, status=status)


@require_POST
def accept(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.accepted(request, row_id, feedback_found)


@require_POST
def hide(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.hidden(request, row_id, feedback_found, _page)


@require_POST
def restore(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.restored(request, row_id, feedback_found, _page)


@never_cache
@require_POST
def reveal_phone(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Shows the number once, on this answer: it is kept nowhere, so there is nothing to redirect to."""
    person = require_moderator(request.user)
    feedback = feedback_found(person, row_id)
    form: forms.Form = RevealForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(person.pk))
            phone = actions.reveal_phone(feedback, purpose=form.cleaned_data["purpose"], acting_user=person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            return _page(request, feedback, {"phone": phone, "phone_opened": True})
    return _page(request, feedback, {"reveal_form": form, "form": form}, status)
