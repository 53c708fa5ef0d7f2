"""Decisions as everybody sees them, and what people do who take part."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from participation.attachments import attachment_response
from participation.consultations.stages import Offer
from participation.decisions.carrying.models import DecisionCommitment
from participation.decisions.forms import ANCHORS, SubstanceForm
from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.objecting.models import DecisionJuror
from participation.decisions.objecting.queries import objections_in, petitions_in, petitions_to_find
from participation.decisions.offers import burden_of, burdens_in
from participation.decisions.outcome import is_told, outcome_of
from participation.decisions.permissions import may_keep, voices
from participation.decisions.queries import (
    ballot_of,
    flagged_in,
    latest_round,
    option_for,
    options_in,
    participation_in,
    room_for,
    rooms_for,
    shuffled,
)
from participation.decisions.voting.actions import cast_ballot
from participation.decisions.voting.forms import BallotForm
from participation.decisions.voting.models import DecisionRound
from participation.decisions.voting.origins import origin_of
from participation.decisions.voting.receipts import receipt_text
from participation.stakeholders.models import Role, StakeholderGroup, User
from participation.stakeholders.permissions import require_person
from portal.errors import Closed, GongzhiError, NotFound, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal

PER_PAGE = 20
JSON = "application/json; charset=utf-8"
State = DecisionRoom.State


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    page = Paginator(rooms_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    may_open = isinstance(request.user, User) and request.user.has_role(Role.MODERATOR, Role.OFFICER)
    return render(request, "participation/decisions/index.html", {"page_obj": page, "may_open": may_open})


@require_safe
def burdens(request: HttpRequest) -> HttpResponse:
    """What the measures of all decisions cost for each household that is burdened."""
    options = DecisionOption.objects.visible_to(request.user).filter(
        withdrawn_at__isnull=True, households__isnull=False
    )
    found = burdens_in(options.select_related("room__consultation__release").prefetch_related("measures", "package"))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "participation/decisions/burdens.html", {"page_obj": page})


@require_safe
def detail(request: HttpRequest, row_id: UUID) -> HttpResponse:
    room = room_for(request.user, row_id)
    round_ = latest_round(room)
    own = ballot_of(request.user, round_)
    offered = voices(request.user, room) if room.state == State.RATING else None
    options, petitions = list(options_in(room)), petitions_in(room, round_)
    standing = [option for option in options if option.withdrawn_at is None]
    for option in standing:
        option.burden = burden_of(option)  # type: ignore[attr-defined]
    context = {
        "room": room,
        "round": round_,
        "rounds": room.rounds.defer("file", "whole_file", "result"),
        "options": shuffled(standing, room, request.user) if room.state == State.RATING else standing,
        "withdrawn": [option for option in options if option.withdrawn_at is not None],
        "taken": participation_in(round_) if round_ else [],
        "not_heard": (round_.result or {}).get("decision", {}).get("not_heard", []) if round_ else [],
        "outcome": outcome_of(room, round_) if round_ else None,
        "own": own,
        "offer": offered,
        "juror": DecisionJuror.objects.filter(room=room, person=request.user.pk).first(),
        "objections": objections_in(room),
        "petitions": petitions,
        "to_find": [
            (petition, SubstanceForm(auto_id=f"{petition.pk}-%s"))
            for petition in petitions_to_find(petitions, request.user)
        ],
        "commitments": room.commitments.select_related("department", "task", "measure"),
        "minority": room.minority_reports.select_related("organisation", "author", "objection"),
        "may_keep": may_keep(request.user, room),
        "may_judge": _may_judge(request.user, round_),
    }
    response = render(request, "participation/decisions/detail.html", context)
    if own is not None:
        add_never_cache_headers(response)
    return response


def _may_judge(user: Any, round_: DecisionRound | None) -> bool:
    return round_ is not None and isinstance(user, User) and user.has_role(Role.AUDITOR) and flagged_in(round_).exists()


# The ballot -------------------------------------------------------------------------------------------------------


def _round(room: DecisionRoom) -> DecisionRound:
    round_ = latest_round(room)
    if round_ is None:
        raise Closed(_("Ratings have not been opened yet."))
    return round_


@sensitive_post_parameters()
@sensitive_variables("form")
@never_cache
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The ballot. A visitor may look at it; whoever sends it has signed in."""
    room = room_for(request.user, row_id)
    round_ = _round(room)
    if request.method == "GET" and not round_.takes_ballots:
        messages.info(request, _("No more ratings are taken."))
        return redirect(room)
    rated = [option for option in options_in(room) if option.key in round_.options]
    offered = voices(request.user, room)
    parts = _parts_asked(room, offered)
    form = BallotForm(
        request.POST or None,
        options=shuffled(rated, room, request.user),
        parts=parts,
        standings=offered.standings,
        initial=_own_ratings(request.user, round_, parts),
    )
    status = 200
    if request.method == "POST":
        if not request.user.is_authenticated:
            raise SignInRequired
        status = 400
        if offered.verdict.error is not None:
            status = show_refusal(form, offered.verdict.error)
        elif form.is_valid():
            try:
                spend("ballot", str(request.user.pk))
                cast_ballot(
                    round_,
                    standing=form.standing(),
                    ratings=form.ratings(),
                    reasons=form.reasons(),
                    conditions=form.conditions(),
                    part=form.part(),
                    origin=origin_of(request),
                    acting_user=require_person(request.user),
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Your ballot is cast. You can change it until the end."))
                return redirect("participation:decisions:receipt", row_id=row_id)
    context = {"room": room, "round": round_, "form": form, "offer": offered, "anchors": ANCHORS}
    return render(request, "participation/decisions/rate.html", context, status=status)


def _parts_asked(room: DecisionRoom, offered: Offer) -> dict[str, list[str]]:
    """The parts of the population, for those who may rate as citizens and for visitors."""
    if offered.standings and not any(one.group == StakeholderGroup.CITIZEN for one in offered.standings):
        return {}
    return next((about["parts"] for about in room.charter["groups"].values() if "parts" in about), {})


def _own_ratings(user: Any, round_: DecisionRound, parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    own = ballot_of(user, round_)
    return BallotForm.initial_of(own.content, parts) if own is not None else {}


@sensitive_variables("content", "text")
@never_cache
@require_GET
def receipt(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The own ballot with its receipt, and, after the count, where it stands in the published file."""
    room = room_for(request.user, row_id)
    person = require_person(request.user)
    round_ = _round(room)
    own = ballot_of(person, round_)
    if own is None:
        raise NotFound
    content = own.content
    ratings = {key: content["ratings"][key] for key in sorted(content["ratings"])}
    options = {option.key: option for option in options_in(room)}
    context = {
        "room": room,
        "round": round_,
        "own": own,
        "ratings": [(options[key], value) for key, value in ratings.items()],
        "text": receipt_text(str(content["nonce"]), ratings),
        "receipt": own.receipt,
        "place": _place(round_, own.group, own.receipt),
        "is_added_up": own.group in round_.withheld,
    }
    return render(request, "participation/decisions/receipt.html", context)


def _place(round_: DecisionRound, group: str, found: str) -> int | None:
    """Where the receipt stands among those of its group in the published file, from 1."""
    if not is_told(round_) or not round_.file:
        return None
    receipts = json.loads(round_.file)["receipts"].get(group, [])
    return receipts.index(found) + 1 if found in receipts else None


@require_safe
def commitment(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A commitment stands on the page of its decision."""
    found = DecisionCommitment.objects.visible_to(request.user).select_related("room").filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return redirect(found)


# Files ------------------------------------------------------------------------------------------------------------


@require_safe
def ballots_file(request: HttpRequest, row_id: UUID, number: int) -> HttpResponse:
    """The ballots of a round without names, to be decided again."""
    room = room_for(request.user, row_id)
    round_ = room.rounds.filter(number=number).first()
    if round_ is None or not is_told(round_) or not round_.file:
        raise NotFound
    response = HttpResponse(round_.file, content_type=JSON)
    response["Content-Disposition"] = f'attachment; filename="decision-{number}.json"'
    return response


@require_safe
def charter_file(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The frozen charter, as it was hashed."""
    from privacy.log.canonical import canonical

    room = room_for(request.user, row_id)
    if room.frozen_at is None:
        raise NotFound
    return HttpResponse(canonical(room.charter), content_type=JSON)


@require_GET
def option_file(request: HttpRequest, row_id: UUID) -> FileResponse:
    return attachment_response(option_for(request.user, row_id))


@require_POST
def join(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Be ready to sit in the panel on objections, for the first side that one may speak for here."""
    from participation.decisions.objecting.actions import join_panel

    room = room_for(request.user, row_id)
    person = require_person(request.user)
    offered = voices(person, room)
    if offered.verdict.error is not None:
        raise offered.verdict.error
    spend("ballot", str(person.pk))
    own = ballot_of(person, latest_round(room))
    sides = [one for one in offered.standings if own is None or one.group == own.group]
    join_panel(room, standing=(sides or list(offered.standings))[-1], acting_user=person)
    messages.success(request, _("Thank you. If the lot falls on you, you are told."))
    return redirect(room)
