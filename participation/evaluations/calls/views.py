"""The faces of calls for evaluations: the public list, one call, and what applicants and commissioners do there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.consultations.queries import consultation_for
from participation.evaluations.calls import actions, queries
from participation.evaluations.calls.forms import ApplyForm, CallForm, InterestForm, InviteForm, ReasonForm
from participation.evaluations.calls.models import EvaluationAuthor, EvaluationCall, is_commissioner
from participation.evaluations.calls.permissions import may_choose, require_commissioner
from participation.evaluations.queries import public_evaluations_of_call
from participation.stakeholders.pace import spend_by
from participation.stakeholders.permissions import may_moderate, require_person
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal

CALLS_PER_PAGE = 20


@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Every call; by a programme, department or organisation where one comes from there."""
    page = Paginator(queries.calls_for(request.user), CALLS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "waiting": queries.decisions_waiting(request.user)}
    return render(request, "participation/evaluations/calls.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def new_call(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    consultation = consultation_for(request.user, consultation_id)
    person = require_commissioner(request.user)
    chosen = {"programmes": request.GET.getlist("programme")}
    form = CallForm(request.POST if request.method == "POST" else None, initial=chosen, consultation=consultation)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                made = actions.open_call(consultation, **form.cleaned_data, acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The call is public."))
                return redirect(made)
    context = {"consultation": consultation, "form": form}
    return render(request, "participation/evaluations/call_new.html", context, status=status)


@require_safe
def call(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _call_page(request, queries.call_for(request.user, row_id))


def _call_page(
    request: HttpRequest, found: EvaluationCall, forms: dict[str, Form] | None = None, status: int = 200
) -> HttpResponse:
    seats: list[Any] = found.seats_shown  # type: ignore[attr-defined]
    own = queries.own_seats(request.user, seats)
    standings = queries.applicants_among(request.user, found)
    chooses = may_choose(request.user, found)
    context = {
        "call": found,
        "seats": [seat for seat in seats if seat.is_public],
        "chosen": sum(1 for seat in seats if seat.is_seated),
        "others": [seat for seat in seats if not seat.is_public and (chooses or seat in own)],
        "own": own,
        "mine": {author.seat_id: author for author in _own_authors(request, own)},
        "chooses": chooses,
        "may_open_details": may_moderate(request.user),
        "apply_form": ApplyForm(standings=standings) if standings else None,
        "invite_form": InviteForm(call=found) if chooses else None,
        "interest_form": InterestForm(),
        "evaluations": public_evaluations_of_call(found, request.user),
        **(forms or {}),
    }
    return render(request, "participation/evaluations/call.html", context, status=status)


def _own_authors(request: HttpRequest, seats: list[Any]) -> list[EvaluationAuthor]:
    return [author for seat in seats for author in seat.authors.all() if author.person_id == request.user.pk]


def _do(
    request: HttpRequest,
    found: EvaluationCall,
    name: str,
    form: Form,
    act: Callable[[Any], object],
    *,
    said: str,
    rate: str = "evaluation",
) -> HttpResponse:
    """Do what a form of the page of a call asks for; refused, the page comes back with it."""
    person = require_person(request.user)
    status = 400
    if form.is_valid():
        try:
            if rate == "evaluation":
                spend_by(rate, person)
            else:
                spend(rate, str(person.pk))
            act(person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, said)
            return redirect(found)
    return _call_page(request, queries.call_for(person, found.row_id), {name: form, "refused": form}, status)


@require_POST
def apply(request: HttpRequest, row_id: UUID) -> HttpResponse:
    require_person(request.user)
    found = queries.call_for(request.user, row_id)
    form = ApplyForm(request.POST, standings=queries.applicants_among(request.user, found))

    def act(person: Any) -> object:
        return actions.apply_for_seat(
            found, standing=form.standing, statement=form.cleaned_data["statement"], acting_user=person
        )

    return _do(request, found, "apply_form", form, act, said=_("Your application has been received."))


@require_POST
def invite(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.call_for(request.user, row_id)
    require_commissioner(request.user)
    form = InviteForm(request.POST, call=found)

    def act(person: Any) -> object:
        return actions.invite_evaluator(found, **form.cleaned_data, acting_user=person)

    return _do(request, found, "invite_form", form, act, said=_("The organisation is asked."), rate="moderation")


@require_POST
def decide(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Choose an applicant, or not."""
    require_commissioner(request.user)
    seat = queries.seat_for(request.user, row_id)
    form = ReasonForm(request.POST)

    def act(person: Any) -> object:
        return actions.decide_application(
            seat, is_chosen="choose" in request.POST, reason=form.cleaned_data["reason"], acting_user=person
        )

    return _do(request, seat.call, "reason_form", form, act, said=_("The decision is recorded."), rate="moderation")


@require_POST
def answer(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The organisation accepts the invitation, or declines it."""
    require_person(request.user)
    seat = queries.seat_for(request.user, row_id)

    def act(person: Any) -> object:
        return actions.answer_invitation(seat, is_accepted="accept" in request.POST, acting_user=person)

    return _do(request, seat.call, "answer_form", Form(request.POST), act, said=_("Your answer is recorded."))


@sensitive_variables("form")
@sensitive_post_parameters("details")
@require_POST
def declare(request: HttpRequest, row_id: UUID) -> HttpResponse:
    require_person(request.user)
    seat = queries.seat_for(request.user, row_id)
    form = InterestForm(request.POST)

    def act(person: Any) -> object:
        return actions.declare_interest(seat, **form.cleaned_data, acting_user=person)

    return _do(request, seat.call, "interest_form", form, act, said=_("Your declaration is recorded."))


@require_POST
def decide_on_interest(request: HttpRequest, row_id: UUID) -> HttpResponse:
    require_commissioner(request.user)
    author = queries.author_for(request.user, row_id)
    form = ReasonForm(request.POST)

    def act(person: Any) -> object:
        return actions.decide_interest(
            author, is_allowed="allow" in request.POST, reason=form.cleaned_data["reason"], acting_user=person
        )

    said = _("The decision is recorded.")
    return _do(request, author.seat.call, "reason_form", form, act, said=said, rate="moderation")


@require_POST
def recuse(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Step back. A commissioner may ask it of somebody whose interest came up later."""
    person = require_person(request.user)
    author = queries.author_for(person, row_id)
    if author.person_id != person.pk and not is_commissioner(person):
        raise NotFound
    form = ReasonForm(request.POST)

    def act(person: Any) -> object:
        return actions.recuse_author(author, reason=form.cleaned_data["reason"], acting_user=person)

    return _do(request, author.seat.call, "reason_form", form, act, said=_("It is recorded."))


@require_POST
def lead(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Let another author lead."""
    require_person(request.user)
    author = queries.author_for(request.user, row_id)

    def act(person: Any) -> object:
        return actions.pass_lead(author.seat, author=author, acting_user=person)

    return _do(request, author.seat.call, "lead_form", Form(request.POST), act, said=_("Somebody else leads now."))
