"""The page of one piece of feedback, and what a moderator opens, accepts or hides there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from participation.consultations import moderating
from participation.consultations.stages import Deed, may
from participation.feedback import actions, translating
from participation.feedback.forms import MergeForm
from participation.feedback.models import Feedback
from participation.feedback.queries import feedback_found, merged_into, public_author, public_history
from participation.feedback.similar import similar_to
from participation.stakeholders.confidential_pages import confidential_context
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator
from participation.stakeholders.revealing import Openable, Opened, RevealForm, revealed
from participation.stakeholders.sealed_values import holds


@require_GET
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    feedback = feedback_found(request.user, row_id)
    return show_page(request, feedback, {"just_sent": "sent" in request.GET})


@require_GET
def card(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The fragment that open pages fetch when they hear of it."""
    feedback = feedback_found(request.user, row_id)
    return render(request, "participation/feedback/card_alone.html", {"feedback": feedback})


def _similar(request: HttpRequest, feedback: Feedback, shown: dict[str, Any]) -> list[Feedback]:
    """For moderators, who may bring them together, and for whoever has just sent it."""
    if not shown.get("may_moderate") and not (shown.get("is_mine") and shown.get("just_sent")):
        return []
    return similar_to(request.user, feedback.consultation, feedback.body, besides=feedback)


def show_page(
    request: HttpRequest, feedback: Feedback, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    offered = moderating.moderation_context(request, feedback)
    context = {
        "feedback": feedback,
        "author": public_author(feedback),
        "changes": public_history(feedback),
        **offered,
        **confidential_context(request, feedback),
        "merged": merged_into(feedback, request.user),
        "similar": _similar(request, feedback, offered | (more or {})),
        "may_merge": offered["may_moderate"] and may(request.user, Deed.MERGE, feedback.consultation).allowed,
        "merge_form": MergeForm(),
        "may_translate": translating.is_configured() and not feedback.is_hidden,
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


def _openables(feedback: Feedback) -> list[Openable]:
    found = []
    if feedback.has_sealed_passage:
        address = reverse("participation:feedback:reveal_passage", args=[feedback.row_id])
        found.append(Openable(_("Open the passage for the moderators"), address))
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
def reveal_passage(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _reveal(request, row_id, _("For the moderators only"), actions.reveal_passage)


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
