"""The faces of answers on their way: writing, the parts of departments, the second person, publishing in a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.budget.requests import reader_of
from participation.balance import actions, queries
from participation.balance.drafts import AnswerDraft, PartAsked
from participation.balance.forms import CorrectionForm, DraftForm, PartForm, ReviewForm
from participation.balance.permissions import require_contributor, require_second_officer
from participation.consultations.stages import Deed, may
from participation.stakeholders.models import User
from participation.stakeholders.permissions import may_moderate, require_moderator, require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

DRAFTS_AT_ONCE = 100


@never_cache
@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """Answers on their way: for moderators all of them, for officers those that their department is asked about."""
    person = require_person(request.user)
    if not person.has_role("moderator", "officer", "auditor"):
        raise NotFound
    found = queries.open_drafts(person)
    context = {
        "drafts": found,
        "approved": [each for each in found if each.state == AnswerDraft.State.APPROVED],
        "is_moderator": may_moderate(person),
    }
    return render(request, "participation/balance/drafts.html", context)


@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """All approved answers that are chosen, or none."""
    moderator = require_moderator(request.user)
    chosen = request.POST.getlist("draft")[:DRAFTS_AT_ONCE]
    try:
        spend("moderation", str(moderator.pk))
        found = [queries.draft_found(moderator, UUID(row_id)) for row_id in chosen]
        answers = actions.publish_answers(found, acting_user=moderator)
    except ValueError:
        raise NotFound from None
    except GongzhiError as error:
        messages.error(request, str(error.message))
        return redirect("participation:balance:drafts")
    count = len(answers)
    said = ngettext("%(count)d answer is published.", "%(count)d answers are published.", count) % {"count": count}
    messages.success(request, f"{said} {_('The authors are told.')}")
    return redirect(answers[0] if count == 1 else "participation:balance:drafts")


@never_cache
@require_safe
def draft(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person = require_person(request.user)
    return _page(request, person, queries.draft_found(person, row_id))


def _page(
    request: HttpRequest,
    person: User,
    found: AnswerDraft,
    refused: dict[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    is_writing = found.state == AnswerDraft.State.WRITING
    is_moderator = may_moderate(person)
    own = [part for part in found.parts.all() if is_writing and _is_let(require_contributor, person, part, found)]
    context: dict[str, Any] = {
        "draft": found,
        "inputs": queries.draft_inputs(person, found),
        "is_moderator": is_moderator,
        "verdict": may(person, Deed.ANSWER, found.consultation) if is_moderator else None,
        "edit_form": DraftForm(draft=found) if is_moderator and is_writing else None,
        "part_forms": [(part, PartForm(initial={"text": part.text}, auto_id=f"part_{part.pk}_%s")) for part in own],
        "review_form": ReviewForm(auto_id="review_%s") if _may_review(person, found) else None,
        **(refused or {}),
    }
    context["form"] = next(iter((refused or {}).values()), None)
    if isinstance(context["form"], PartForm):
        context["part_forms"] = [
            (part, context["form"] if part.pk == _part_of(request) else form) for part, form in context["part_forms"]
        ]
    return render(request, "participation/balance/draft.html", context, status=status)


def _part_of(request: HttpRequest) -> int:
    text = request.POST.get("part", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _is_let(rule: Callable[..., Any], person: User, part: PartAsked, found: AnswerDraft) -> bool:
    try:
        rule(person, part.department, found)
    except GongzhiError:
        return False
    return True


def _may_review(person: User, found: AnswerDraft) -> bool:
    if found.state != AnswerDraft.State.SUBMITTED:
        return False
    try:
        require_second_officer(person, found)
    except GongzhiError:
        return False
    return True


def _done(
    request: HttpRequest,
    row_id: UUID,
    act: Callable[[User, AnswerDraft], Any],
    done: str,
    name: str = "",
    form: forms.Form | None = None,
) -> HttpResponse:
    person = require_person(request.user)
    found = queries.draft_found(person, row_id)
    status = 400
    if form is None or form.is_valid():
        try:
            spend("moderation", str(person.pk))
            act(person, found)
        except GongzhiError as error:
            if form is None:
                messages.error(request, str(error.message))
                return redirect(found)
            status = show_refusal(form, error)
            found = queries.draft_found(person, row_id)
        else:
            messages.success(request, done)
            return redirect(found)
    return _page(request, person, found, {name: form} if form is not None else None, status)


@require_POST
def change(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.draft_found(require_moderator(request.user), row_id)
    form = DraftForm(request.POST, draft=found)
    return _done(
        request,
        row_id,
        lambda person, each: actions.change_draft(each, **form.cleaned_data, acting_user=person),
        _("Kept."),
        "edit_form",
        form,
    )


@require_POST
def submit(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _done(
        request,
        row_id,
        lambda person, each: actions.submit_draft(each, acting_user=person),
        _("Handed in. A second person looks at it before it is published."),
    )


@require_POST
def drop(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _done(
        request,
        row_id,
        lambda person, each: actions.drop_draft(each, acting_user=person),
        _("Given up. What it would have answered waits again."),
    )


@require_POST
def review(request: HttpRequest, row_id: UUID) -> HttpResponse:
    form = ReviewForm(request.POST, auto_id="review_%s")
    return _done(
        request,
        row_id,
        lambda person, each: actions.review_draft(each, **form.cleaned_data, acting_user=person),
        _("Your decision is recorded."),
        "review_form",
        form,
    )


@require_POST
def part(request: HttpRequest, row_id: UUID) -> HttpResponse:
    form = PartForm(request.POST, auto_id=f"part_{_part_of(request)}_%s")

    def contribute(person: User, found: AnswerDraft) -> None:
        asked = next((each for each in found.parts.all() if each.pk == _part_of(request)), None)
        if asked is None:
            raise NotFound
        actions.contribute_part(asked, text=form.cleaned_data["text"], acting_user=person)

    return _done(request, row_id, contribute, _("Your part is kept."), "part_form", form)


@require_POST
def without_part(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Stop waiting for the part of a department."""

    def withdraw(person: User, found: AnswerDraft) -> None:
        asked = next((each for each in found.parts.all() if each.pk == _part_of(request)), None)
        if asked is None:
            raise NotFound
        actions.withdraw_part(asked, acting_user=person)

    return _done(request, row_id, withdraw, _("That department is no longer asked."))


@never_cache
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Begin the next version of a published answer."""
    moderator = require_moderator(request.user)
    answer = queries.answer_for(reader_of(request), row_id)
    values = {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "department": answer.department.row_id if answer.department else None,
    }
    form = CorrectionForm(
        request.POST if request.method == "POST" else None, consultation=answer.consultation, initial=values
    )
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(moderator.pk))
                begun = actions.draft_correction(answer, **form.cleaned_data, acting_user=moderator)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The correction is kept. A second person looks at it next."))
                return redirect(begun)
    context = {
        "answer": answer,
        "form": form,
        "verdict": may(moderator, Deed.ANSWER, answer.consultation),
    }
    return render(request, "participation/balance/correct.html", context, status=status)
