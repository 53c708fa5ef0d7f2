"""The form for feedback: its search, its draft, what others said, and sending it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from cms.budget.models import Line, Programme
from cms.performance.models import Indicator, ProgrammeYear
from participation.consultations.models import Consultation
from participation.consultations.queries import consultation_for, scope_lines
from participation.consultations.returning import forget_draft, keep_draft, kept_draft
from participation.consultations.stages import Deed, offer
from participation.feedback import actions
from participation.feedback.forms import FeedbackForm
from participation.feedback.models import Feedback
from participation.feedback.queries import draft_of, find_lines, line_of, task_found
from participation.feedback.similar import similar_to
from participation.stakeholders.confidential_pages import confidential_from
from participation.stakeholders.models import User
from participation.stakeholders.pace import spend_by
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, Invalid, NotFound, SignInRequired
from portal.rates import client_address, spend
from portal.ui.forms import show_refusal

KEPT_BY_BUTTONS = (
    "body",
    "kind",
    "q",
    "line",
    "callback_phone",
    "sealed_passage",
    "confidential_passage",
    "confidential_ground",
    "confidential_justification",
)
# The buttons of the form that do not send it: nothing that was typed is lost by them.
BUTTONS = ("find", "similar", "save")


@dataclass(frozen=True)
class About:
    """What the reader came to speak about, where it is no budget line; all None for a line or the whole."""

    programme: Programme | None = None
    indicator: Indicator | None = None
    task: Any = None

    @property
    def subject(self) -> Any:
        return self.programme or self.indicator or self.task

    @property
    def parameters(self) -> dict[str, str]:
        return {name: str(found.row_id) for name, found in vars(self).items() if found is not None}


def about_of(request: HttpRequest, consultation: Consultation, asked: Any) -> About:
    """Raises ``NotFound`` for what the consultation is not about, or what the reader may not see."""

    def wanted(name: str) -> UUID | None:
        try:
            return UUID(asked[name]) if asked.get(name) else None
        except ValueError:
            raise NotFound from None

    years = ProgrammeYear.objects.visible_to(request.user).filter(programme__lines__in=scope_lines(consultation))
    programmes = Programme.objects.filter(lines__in=scope_lines(consultation)).distinct()
    try:
        if number := wanted("programme"):
            return About(programme=programmes.get(row_id=number))
        if number := wanted("indicator"):
            return About(indicator=Indicator.objects.distinct().get(row_id=number, goal__programme_year__in=years))
    except (Programme.DoesNotExist, Indicator.DoesNotExist):
        raise NotFound from None
    if number := wanted("task"):
        task = task_found(request.user, number)
        if task.consultation != consultation:
            raise NotFound
        return About(task=task)
    return About()


@sensitive_post_parameters("callback_phone", "sealed_passage", "confidential_passage")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The form. Its search is a button of the same form, so that finding a line loses nothing that was typed."""
    consultation = consultation_for(request.user, consultation_id)
    asked = request.POST if request.method == "POST" else request.GET
    saved = draft_of(request.user, consultation) if request.method == "GET" else {}
    about = about_of(request, consultation, asked if asked else saved)
    offered = offer(request.user, Deed.SPEAK_ON_TASK if about.task else Deed.GIVE_FEEDBACK, consultation)
    draft_key = f"feedback-{consultation.row_id}"
    chosen = asked.get("line", "") or ("" if about.subject else saved.get("line", ""))
    lines = _lines_to_choose_from(consultation, asked.get("q", ""), chosen)
    pressed = next((name for name in BUTTONS if name in asked), "")
    # The way back from signing in, to the same line and the same kind.
    kept = {name: asked[name][:40] for name in ("line", "kind", "is_anonymous") if asked.get(name)} | about.parameters
    there = f"{request.path}?{urlencode(kept)}" if kept else request.path
    given: dict[str, Any] = {"draft_key": draft_key, "offer": offered, "lines": lines}
    if request.method == "POST" and not pressed:
        form = FeedbackForm(request.POST, request.FILES, **given)
    else:
        typed = {name: asked.get(name, "") or saved.get(name, "") for name in KEPT_BY_BUTTONS} | about.parameters
        typed["body"] = typed["body"] or kept_draft(request, draft_key)
        typed["line"] = chosen or (str(lines[0].row_id) if len(lines) == 1 else "")
        anonymous = bool(asked.get("is_anonymous"))
        form = FeedbackForm(initial={**typed, "is_anonymous": anonymous}, **given)
        if asked.get("organisation"):
            form.initial["organisation"] = asked["organisation"]
    status = 200
    if request.method == "POST" and pressed == "save":
        person = require_person(request.user)
        spend("feedback", str(person.pk))
        actions.save_draft(consultation, typed=request.POST.dict(), acting_user=person)
        messages.success(request, _("Your draft is kept here, sealed. Nobody else reads it."))
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                feedback = _submit(request, consultation, about, form.cleaned_data)
            except GongzhiError as error:
                status = show_refusal(form, error)
                if isinstance(error, SignInRequired):
                    keep_draft(request, draft_key, form.cleaned_data.get("body", ""), there)
            else:
                forget_draft(request, draft_key)
                messages.success(request, _words_of_receipt(feedback))
                return redirect(f"{feedback.get_absolute_url()}?sent=1")
    context = {
        "consultation": consultation,
        "form": form,
        "offer": offered,
        "searched": asked.get("q", "").strip(),
        "lines": lines,
        "about": about,
        "there": there,
        "is_saved": bool(saved),
        "asked_for_similar": pressed == "similar",
        "similar": _similar(request, consultation, asked.get("body", "")) if pressed == "similar" else (),
    }
    return render(request, "participation/feedback/new.html", context, status=status)


def _words_of_receipt(feedback: Feedback) -> str:
    words = {"reference": feedback.reference, "day": date_format(feedback.answer_due_on)}
    return _("Received, with the number %(reference)s. You get an answer by %(day)s at the latest.") % words


def _lines_to_choose_from(consultation: Consultation, text: str, chosen: str) -> list[Line]:
    """The line that the reader came with or has chosen, then what the search finds."""
    lines = find_lines(consultation, text[:100].replace("\x00", ""))
    try:
        first = line_of(consultation, UUID(chosen))
    except (ValueError, NotFound):
        return lines
    return [first, *(line for line in lines if line != first)]


def _similar(request: HttpRequest, consultation: Consultation, text: str) -> list[Feedback]:
    spend("similar", str(request.user.pk) if isinstance(request.user, User) else client_address(request))
    return similar_to(request.user, consultation, text[:4000].replace("\x00", ""))


@require_POST
def similar(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The fragment that is fetched while somebody writes."""
    consultation = consultation_for(request.user, consultation_id)
    context = {"similar": _similar(request, consultation, request.POST.get("body", "")), "asked_for_similar": False}
    return render(request, "participation/feedback/similar.html", context)


@require_POST
def remove_draft(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    person = require_person(request.user)
    consultation = consultation_for(person, consultation_id)
    actions.remove_draft(consultation, acting_user=person)
    messages.success(request, _("The draft is gone."))
    return redirect("participation:me")


@sensitive_variables()
def _submit(request: HttpRequest, consultation: Consultation, about: About, given: dict[str, Any]) -> Feedback:
    person = require_person(request.user)
    spend_by("feedback", person)
    line = None
    if given["line"] and not about.subject:
        line = Line.objects.visible_to(person).filter(row_id=given["line"]).first()  # type: ignore[misc]
        if line is None:
            raise Invalid(_("That line is not part of this budget. Please search for it again."), field="line")
    return actions.submit_feedback(
        consultation,
        line=line,
        **vars(about),
        kind=given["kind"],
        body=given["body"],
        standing=given["organisation"],
        is_anonymous=given["is_anonymous"],
        callback_phone=given["callback_phone"],
        sealed_passage=given["sealed_passage"],
        attachment=given["attachment"],
        confidential=confidential_from(given),
        client_id=given["cid"],
        acting_user=person,
    )
