"""Awards for everybody: the list, one award, nominating, voting; and the pages of those who keep and decide them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cms.budget.requests import reader_of
from participation.recognition import actions, queries
from participation.recognition.facts import Facts, criteria_of
from participation.recognition.forms import (
    AwardForm,
    DecisionForm,
    JurorForm,
    NominationForm,
    RefusalForm,
    VoteForm,
)
from participation.recognition.models import Award, Nomination
from participation.recognition.permissions import juror_of, may, require_decider, require_keeper
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from participation.stakeholders.queries import standings_of
from portal.charter.matrix import Act
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal

Stage = Award.Stage


def sent(
    request: HttpRequest,
    person: User,
    form: django_forms.BaseForm,
    act: Callable[[], object],
    success: str,
    *,
    kind: str = "moderation",
) -> int:
    """Act on a valid form. 0 where it was done, else the status to show the form with again."""
    if not form.is_valid():
        return 400
    try:
        spend(kind, str(person.pk))
        act()
    except GongzhiError as error:
        return show_refusal(form, error)
    messages.success(request, success)
    return 0


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    context = {
        "awards": queries.awards(),
        "may_keep": may(reader, Act.KEEP_AWARD),
        "waiting": queries.waiting_for_moderators().count() if may(reader, Act.KEEP_AWARD) else 0,
        "appeals": queries.appeals_waiting() if may(reader, Act.DECIDE_AWARD_APPEAL) else (),
    }
    return render(request, "participation/recognition/index.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    person = require_keeper(request.user)
    form = AwardForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = sent(
            request,
            person,
            form,
            lambda: actions.open_award(**form.cleaned_data, acting_user=person),
            _("The award is announced."),
        )
        if not status:
            return redirect("participation:recognition:index")
    return render(request, "participation/recognition/new.html", {"form": form}, status=status)


@require_safe
def award(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return award_page(request, queries.award_found(row_id))


def award_page(request: HttpRequest, found: Award, *, status: int = 200, **forms: Any) -> HttpResponse:
    """An award with its cases; ``forms`` are those that come back with errors."""
    reader = reader_of(request)
    stage = found.stage
    standings = queries.standings_of(found)
    nominations = [each.nomination for each in standings]
    is_counted = stage in (Stage.DECIDING, Stage.DECIDED)
    count = queries.count_for(found) if is_counted else None
    keeps = may(reader, Act.KEEP_AWARD)
    ballot = queries.own_ballot(found, reader)
    waiting = queries.nominations_for(reader).filter(award=found, status=Nomination.Status.WAITING)
    context: dict[str, Any] = {
        "award": found,
        "stage": stage,
        "stages": Stage.choices,
        "standings": standings,
        # With nothing on record: what is asked, before anybody is nominated.
        "conditions": criteria_of(found, Facts(), Facts()),
        "count": count,
        "counted": {case.nomination: case for case in count.cases} if count else {},
        "commendations": queries.commendations_of(found) if stage == Stage.DECIDED else (),
        "opinions": queries.opinions_shown(found, reader),
        "jurors": found.jurors.select_related("person"),
        "juror": juror_of(reader, found),
        "ballot": ballot,
        "waiting": waiting,
        "keeps": keeps,
        "refusal_form": RefusalForm() if keeps else None,
        "juror_form": JurorForm() if keeps and stage in (Stage.NOMINATING, Stage.VOTING) else None,
        "may_decide": stage == Stage.DECIDING and may(reader, Act.DECIDE_AWARD),
        "vote_form": _vote_form(reader, nominations, ballot) if stage == Stage.VOTING and nominations else None,
        "form": next(iter(forms.values()), None),
        **forms,
    }
    return render(request, "participation/recognition/award.html", context, status=status)


def _vote_form(reader: Any, nominations: list[Nomination], ballot: Any, data: Any = None) -> VoteForm | None:
    if not isinstance(reader, User):
        return None
    chosen = set(ballot.nominations.values_list("row_id", flat=True)) if ballot else set()
    initial = {"nominations": [str(row_id) for row_id in chosen]}
    return VoteForm(data, standings=standings_of(reader), nominations=nominations, initial=initial)


@never_cache
@require_http_methods(["GET", "POST"])
def nominate(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """``?task=`` chooses the case."""
    found = queries.award_found(row_id)
    person = require_person(request.user)
    form = NominationForm(
        request.POST if request.method == "POST" else None,
        standings=standings_of(person),
        tasks=queries.candidate_tasks(person, found),
        initial={"task": request.GET.get("task", "")},
    )
    status = 200
    if form.is_bound:
        status = sent(
            request,
            person,
            form,
            lambda: actions.nominate_case(
                found,
                form.chosen(),
                reason=form.cleaned_data["reason"],
                standing=form.standing(),
                acting_user=person,
            ),
            _("Nominated. It is public once a moderator has looked at it."),
            kind="follow",
        )
        if not status:
            return redirect(found)
    context = {"award": found, "form": form, "is_open": found.stage == Stage.NOMINATING}
    return render(request, "participation/recognition/nominate.html", context, status=status)


@require_POST
def vote(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.award_found(row_id)
    person = require_person(request.user)
    nominations = list(queries.nominations_for(person).filter(award=found, status=Nomination.Status.ADMITTED))
    form = _vote_form(person, nominations, None, request.POST)
    assert form is not None  # noqa: S101
    status = sent(
        request,
        person,
        form,
        lambda: actions.cast_vote(found, nominations=form.chosen(), standing=form.standing(), acting_user=person),
        _("Your vote is counted. You may change it until the vote closes."),
        kind="reaction",
    )
    return award_page(request, found, status=status, vote_form=form) if status else redirect(found)


@require_POST
def look(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Admit a nomination, or refuse it with a reason."""
    found = queries.nomination_found(request.user, row_id)
    person = require_keeper(request.user)
    admits = "admit" in request.POST
    form = RefusalForm({"refusal": "-"} if admits else request.POST)
    status = sent(
        request,
        person,
        form,
        lambda: actions.look_at_nomination(
            found,
            is_admitted=admits,
            refusal="" if admits else form.cleaned_data["refusal"],
            acting_user=person,
        ),
        _("Recorded."),
    )
    if status:
        return award_page(request, queries.award_found(found.award.row_id), status=status, refusal_form=form)
    return redirect(found.award)


@require_POST
def name_juror(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.award_found(row_id)
    person = require_keeper(request.user)
    form = JurorForm(request.POST)
    status = sent(
        request,
        person,
        form,
        lambda: actions.name_juror(found, **form.cleaned_data, acting_user=person),
        _("Named. Before judging anything, they declare their interests."),
    )
    return award_page(request, found, status=status, juror_form=form) if status else redirect(found)


@never_cache
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = queries.award_found(row_id)
    person = require_decider(request.user, found)
    standings = queries.standings_of(found)
    form = DecisionForm(request.POST if request.method == "POST" else None, standings=standings)
    status = 200
    if form.is_bound:
        status = sent(
            request,
            person,
            form,
            lambda: actions.decide_award(
                found,
                choices=[actions.Choice(*chosen) for chosen in form.chosen()],
                decided_as=form.cleaned_data["decided_as"],
                acting_user=person,
            ),
            _("The award is decided and published with its reasons."),
        )
        if not status:
            return redirect(found)
    count = queries.count_for(found)
    context = {
        "award": found,
        "form": form,
        "standings": standings,
        "count": count,
        "counted": {case.nomination: case for case in count.cases},
        "is_time": found.stage == Stage.DECIDING,
    }
    return render(request, "participation/recognition/decide.html", context, status=status)
