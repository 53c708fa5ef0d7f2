"""The pages of those who prepare decisions and look after them, and of auditors who judge flagged ballots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.decisions import actions
from participation.decisions import forms as typed
from participation.decisions.carrying import actions as carrying
from participation.decisions.carrying.followup import commitment_opener
from participation.decisions.carrying.models import DecisionCommitment
from participation.decisions.models import DecisionRoom
from participation.decisions.objecting import actions as objecting
from participation.decisions.objecting.queries import objections_in, petitions_in
from participation.decisions.outcome import outcome_of
from participation.decisions.permissions import require_decision_keeper, require_judge
from participation.decisions.petitioning import actions as petitioning
from participation.decisions.queries import flagged_in, latest_round, options_in, participation_in, room_for
from participation.decisions.voting import actions as voting
from participation.decisions.voting.models import DecisionRound
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_role
from portal.errors import Conflict, GongzhiError, Invalid, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    keeper = require_role(request.user, Role.MODERATOR, Role.OFFICER)
    initial = {"consultation": request.GET.get("consultation")}
    form = typed.RoomForm(request.POST or None, keeper=keeper, initial=initial)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(keeper.pk))
                room = actions.open_room(acting_user=keeper, **form.cleaned_data)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Now add the options, and what would make each of them bearable."))
                return redirect("participation:decisions:keep", row_id=room.row_id)
    return render(request, "participation/decisions/new.html", {"form": form}, status=status)


def _kept(request: HttpRequest, row_id: UUID) -> tuple[DecisionRoom, User]:
    room = room_for(request.user, row_id)
    return room, require_decision_keeper(request.user, room.consultation)


@never_cache
@require_GET
def keep(request: HttpRequest, row_id: UUID) -> HttpResponse:
    room, keeper = _kept(request, row_id)
    return _page(request, room, keeper)


def _page(request: HttpRequest, room: DecisionRoom, keeper: User, status: int = 200, **sent: Any) -> HttpResponse:
    round_ = latest_round(room)
    can_open = commitment_opener() is not None
    context = {
        "room": room,
        "round": round_,
        "options": options_in(room),
        "seats": room.seats.select_related("organisation", "votes_with__organisation"),
        "taken": participation_in(round_) if round_ else [],
        "outcome": outcome_of(room, round_) if round_ else None,
        "objections": objections_in(room),
        "petitions": petitions_in(room, round_),
        "volunteers": room.jurors.count(),
        "reports": room.minority_reports.all(),
        "commitments": [
            (one, typed.TaskForm(department=one.department) if can_open and one.task_id is None else None)
            for one in room.commitments.select_related("department", "task")
        ],
        **{act.name: act.form(None, None, room, keeper) for act in ACTS.values() if act.form},
        **sent,
    }
    return render(request, "participation/decisions/keep.html", context, status=status)


@dataclass(frozen=True)
class Act:
    """What a button of the page does. ``form``: made of (data, files, room, keeper), where something is typed; the page
    knows it as ``name``."""

    do: Callable[[HttpRequest, DecisionRoom, User, dict[str, Any]], Any]
    done: str | Promise
    form: Callable[[Any, Any, DecisionRoom, User], forms.Form] | None = None
    name: str = ""


def _latest(room: DecisionRoom) -> DecisionRound:
    round_ = latest_round(room)
    if round_ is None:
        raise Conflict(_("Ratings have not been opened yet."))
    return round_


def _of_room(request: HttpRequest, queryset: Any, name: str) -> Any:
    try:
        found = queryset.filter(row_id=UUID(request.POST.get(name, ""))).first()
    except ValueError:
        raise Invalid from None
    if found is None:
        raise NotFound
    return found


def _change(request: HttpRequest, room: DecisionRoom, keeper: User, given: dict[str, Any]) -> None:
    option, reason = given.pop("option"), given.pop("reason")
    changes = {name: value for name, value in given.items() if value not in (None, "")}
    if not changes:
        raise Invalid(_("Please fill in what changes."))
    actions.change_option(option, reason=reason, changes=changes, acting_user=keeper)


def _withdraw(request: HttpRequest, room: DecisionRoom, keeper: User, given: dict[str, Any]) -> None:
    actions.withdraw_option(given["option"], reason=given["reason"], acting_user=keeper)


def _measure(request: HttpRequest, room: DecisionRoom, keeper: User, given: dict[str, Any]) -> None:
    option = given.pop("option")
    actions.add_measure(option, acting_user=keeper, **given)


def _package(request: HttpRequest, room: DecisionRoom, keeper: User, given: dict[str, Any]) -> None:
    share = Fraction(room.charter["more"]["compensation_share"])
    actions.make_package(given["option"], measures=list(given["measures"]), share=share, acting_user=keeper)


def _seat(request: HttpRequest, room: DecisionRoom, keeper: User, given: dict[str, Any]) -> None:
    actions.change_seat(given.pop("seat"), acting_user=keeper, **given)


ACTS: dict[str, Act] = {
    "option": Act(
        lambda r, room, keeper, given: actions.add_option(room, acting_user=keeper, **given),
        gettext_lazy("The option is on the list."),
        lambda data, files, room, keeper: typed.OptionForm(data, files, prefix="option"),
        "option_form",
    ),
    "change": Act(
        _change,
        gettext_lazy("The option is changed. What it was stays in its history."),
        lambda data, files, room, keeper: typed.ChangeForm(data, room=room, prefix="change"),
        "change_form",
    ),
    "withdraw": Act(
        _withdraw,
        gettext_lazy("The option is withdrawn."),
        lambda data, files, room, keeper: typed.WithdrawForm(data, room=room, prefix="withdraw"),
        "withdraw_form",
    ),
    "measure": Act(
        _measure,
        gettext_lazy("The measure is on the list."),
        lambda data, files, room, keeper: typed.MeasureForm(data, room=room, keeper=keeper, prefix="measure"),
        "measure_form",
    ),
    "package": Act(
        _package,
        gettext_lazy("The option with its measures is on the list, and is rated anew."),
        lambda data, files, room, keeper: typed.PackageForm(data, room=room, prefix="package"),
        "package_form",
    ),
    "seat": Act(
        _seat,
        gettext_lazy("The roster is changed."),
        lambda data, files, room, keeper: typed.SeatForm(data, room=room, prefix="seat"),
        "seat_form",
    ),
    "publish": Act(
        lambda r, room, keeper, given: actions.publish_options(room, acting_user=keeper),
        gettext_lazy("The options are public."),
    ),
    "open": Act(
        lambda r, room, keeper, given: voting.open_rating(room, acting_user=keeper, **given),
        gettext_lazy("The charter is frozen, and ratings are open."),
        lambda data, files, room, keeper: typed.EndForm(data, prefix="open"),
        "open_form",
    ),
    "extend": Act(
        lambda r, room, keeper, given: voting.extend_round(_latest(room), acting_user=keeper, **given),
        gettext_lazy("Ratings go on."),
        lambda data, files, room, keeper: typed.EndForm(data, prefix="extend"),
        "extend_form",
    ),
    "close": Act(
        lambda r, room, keeper, given: voting.close_round(_latest(room), acting_user=keeper),
        gettext_lazy("Ratings are closed, and being counted."),
    ),
    "count": Act(
        lambda r, room, keeper, given: voting.count_again(_latest(room), acting_user=keeper),
        gettext_lazy("It is counted once more."),
    ),
    "hide": Act(
        lambda r, room, keeper, given: voting.hide_words(_latest(room), acting_user=keeper, **given),
        gettext_lazy("The words are hidden."),
        lambda data, files, room, keeper: typed.HideForm(data, prefix="hide"),
        "hide_form",
    ),
    "panel": Act(
        lambda r, room, keeper, given: objecting.draw_panel(room, acting_user=keeper),
        gettext_lazy("The panel is drawn."),
    ),
    "petition": Act(
        lambda r, room, keeper, given: petitioning.integrate_petition(
            _of_room(r, room.petitions, "petition"), acting_user=keeper, **given
        ),
        gettext_lazy("The round of integration is written down."),
        lambda data, files, room, keeper: typed.WordsForm(data, prefix="petition"),
        "petition_form",
    ),
    "revise": Act(
        lambda r, room, keeper, given: actions.begin_revision(room, acting_user=keeper, **given),
        gettext_lazy("The options can be revised."),
        lambda data, files, room, keeper: typed.ReasonForm(data, prefix="revise"),
        "revise_form",
    ),
    "conclude": Act(
        lambda r, room, keeper, given: carrying.conclude_room(room, acting_user=keeper, **given),
        gettext_lazy("The decision is published."),
        lambda data, files, room, keeper: typed.ConcludeForm(data, room=room, prefix="conclude"),
        "conclude_form",
    ),
    "commit": Act(
        lambda r, room, keeper, given: carrying.add_commitment(room, acting_user=keeper, **given),
        gettext_lazy("The commitment is published."),
        lambda data, files, room, keeper: typed.CommitmentForm(data, keeper=keeper, prefix="commit"),
        "commit_form",
    ),
    "answer": Act(
        lambda r, room, keeper, given: carrying.answer_minority(
            _of_room(r, room.minority_reports, "report"), acting_user=keeper, **given
        ),
        gettext_lazy("The answer is published."),
        lambda data, files, room, keeper: typed.AnswerForm(data, prefix="answer"),
        "answer_form",
    ),
    "resume": Act(
        lambda r, room, keeper, given: carrying.resume_room(room, acting_user=keeper, **given),
        gettext_lazy("The decision is carried out again."),
        lambda data, files, room, keeper: typed.ReasonForm(data, prefix="resume"),
        "resume_form",
    ),
}


@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    room, keeper = _kept(request, row_id)
    chosen = ACTS.get(act)
    if chosen is None:
        raise NotFound
    spend("moderation", str(keeper.pk))
    if chosen.form is None:
        chosen.do(request, room, keeper, {})
        messages.success(request, str(chosen.done))
        return redirect("participation:decisions:keep", row_id=row_id)
    form = chosen.form(request.POST, request.FILES, room, keeper)
    status = 400
    if form.is_valid():
        try:
            chosen.do(request, room, keeper, dict(form.cleaned_data))
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, str(chosen.done))
            return redirect("participation:decisions:keep", row_id=row_id)
    room.refresh_from_db()
    return _page(request, room, keeper, status, **{chosen.name: form})


@require_POST
def open_task(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Make a rectification task of a commitment."""
    commitment: DecisionCommitment | None = (
        DecisionCommitment.objects.visible_to(request.user)
        .select_related("room__consultation", "department")
        .filter(row_id=row_id)
        .first()
    )
    if commitment is None:
        raise NotFound
    keeper = require_decision_keeper(request.user, commitment.room.consultation)
    form = typed.TaskForm(request.POST, department=commitment.department)
    if not form.is_valid():
        raise Invalid(_("Please choose an officer of the department."), field="officer")
    spend("moderation", str(keeper.pk))
    task = carrying.open_task_of_commitment(commitment, officer=form.cleaned_data["officer"], acting_user=keeper)
    messages.success(request, _("The task is opened."))
    return redirect(task)


# Flagged ballots --------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """What was flagged and why, never what is in it."""
    room = room_for(request.user, row_id)
    auditor = require_judge(request.user)
    round_ = latest_round(room)
    if round_ is None:
        raise NotFound
    form = typed.JudgeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        ballot = _of_room(request, flagged_in(round_), "ballot")
        if form.is_valid():
            try:
                spend("moderation", str(auditor.pk))
                voting.judge_ballot(ballot, acting_user=auditor, **form.cleaned_data)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("It is written down."))
                return redirect("participation:decisions:judge", row_id=row_id)
    flagged = [
        (ballot, not any(one.auditor_id == auditor.pk for one in ballot.judgements.all()))
        for ballot in flagged_in(round_)
    ]
    context = {"room": room, "round": round_, "flagged": flagged, "form": form}
    return render(request, "participation/decisions/judge.html", context, status=status)
