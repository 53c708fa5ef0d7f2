"""The faces of feedback: the form, the page of one piece, and what a moderator does to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cms.budget.models import Line
from participation.consultations import moderating
from participation.consultations.models import Consultation
from participation.consultations.queries import consultation_for
from participation.consultations.returning import forget_draft, keep_draft, kept_draft
from participation.consultations.stages import Deed, offer
from participation.feedback import actions
from participation.feedback.forms import FeedbackForm
from participation.feedback.models import Feedback
from participation.feedback.queries import feedback_found, find_lines, line_of, public_author, public_history
from participation.stakeholders.confidential_pages import confidential_context, confidential_from
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator, require_person
from participation.stakeholders.revealing import Openable, Opened, RevealForm, revealed
from participation.stakeholders.sealed_values import holds
from portal.errors import GongzhiError, Invalid, NotFound, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal

KEPT_BY_SEARCH = (
    "body",
    "kind",
    "q",
    "line",
    "callback_phone",
    "confidential_passage",
    "confidential_ground",
    "confidential_justification",
)


@sensitive_post_parameters("callback_phone", "confidential_passage")
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
        form = FeedbackForm(request.POST, request.FILES, **given)
    else:
        typed = {name: asked.get(name, "") for name in KEPT_BY_SEARCH}
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
        confidential=confidential_from(given),
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
        **confidential_context(request, feedback),
        "reveal_form": RevealForm() if offered["may_moderate"] else None,
        "openables": _openables(feedback) if offered["may_moderate"] else (),
        **(more or {}),
    }
    response = render(request, "participation/feedback/detail.html", context, status=status)
    if "confidential_passage" in context:
        add_never_cache_headers(response)
    return response


@require_POST
def accept(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.accepted(request, row_id, feedback_found)


@require_POST
def hide(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.hidden(request, row_id, feedback_found, _page)


@require_POST
def restore(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return moderating.restored(request, row_id, feedback_found, _page)


def _openables(feedback: Feedback) -> list[Openable]:
    found = []
    if feedback.has_callback_phone:
        address = reverse("participation:feedback:reveal_phone", args=[feedback.row_id])
        found.append(Openable(_("Open the telephone number"), address))
    if not feedback.is_anonymous and holds(feedback.author, "contact_address"):
        address = reverse("participation:feedback:reveal_address", args=[feedback.row_id])
        found.append(Openable(_("Open the address for an answer on paper"), address))
    return found


@require_POST
def reveal_phone(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _reveal(request, row_id, _("Telephone for a call back"), actions.reveal_phone)


@require_POST
def reveal_address(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _reveal(request, row_id, _("Contact address"), actions.reveal_address)


def _reveal(request: HttpRequest, row_id: UUID, title: str, open_value: Any) -> HttpResponse:
    feedback = feedback_found(require_moderator(request.user), row_id)

    def open_them(purpose: str, moderator: User) -> list[Opened]:
        opened: list[Opened] = open_value(feedback, purpose=purpose, acting_user=moderator)
        return opened

    return revealed(
        request, title=title, about=feedback.reference, back=feedback.get_absolute_url(), open_them=open_them
    )
