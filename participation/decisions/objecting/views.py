"""Objections and petitions: filing, signing, and what their authors, the panel, the legal unit and keepers do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participation.decisions import forms as typed
from participation.decisions.carrying.actions import report_minority
from participation.decisions.carrying.models import MinorityReport
from participation.decisions.models import DecisionRoom
from participation.decisions.objecting import actions
from participation.decisions.objecting.models import DecisionObjection, ObjectionVote
from participation.decisions.objecting.queries import bench_of, hearing_of, objection_for, petition_for
from participation.decisions.permissions import may_keep, voices
from participation.decisions.petitioning import actions as petitioning
from participation.decisions.queries import room_for
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError, Invalid, NotFound, SignInRequired
from portal.rates import spend
from portal.ui.forms import show_refusal


@require_http_methods(["GET", "POST"])
def new_objection(request: HttpRequest, row_id: UUID) -> HttpResponse:
    def file(room: DecisionRoom, form: Any, person: User) -> Any:
        given = form.cleaned_data
        names = ("harm", "part", "text", "is_protected", "with_ballot")
        values = {name: given[name] for name in names}
        return actions.file_objection(given["option"], standing=form.standing(), **values, acting_user=person)

    return _new(request, row_id, typed.ObjectionForm, _("File an objection"), file, "objection")


@require_http_methods(["GET", "POST"])
def new_petition(request: HttpRequest, row_id: UUID) -> HttpResponse:
    def start(room: DecisionRoom, form: Any, person: User) -> Any:
        given = form.cleaned_data
        values = {"text": given["text"], "of_area": given["of_area"], "acting_user": person}
        return petitioning.start_petition(given["option"], standing=form.standing(), **values)

    return _new(request, row_id, typed.PetitionForm, _("Start a petition of concern"), start, "petition")


def _new(
    request: HttpRequest,
    row_id: UUID,
    form_class: Any,
    title: str,
    act: Callable[[DecisionRoom, Any, User], Any],
    kind: str,
) -> HttpResponse:
    room = room_for(request.user, row_id)
    offered = voices(request.user, room)
    initial = {"option": request.GET.get("option", "")}
    form = form_class(request.POST or None, room=room, standings=offered.standings, initial=initial)
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
                made = act(room, form, require_person(request.user))
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("It is public now."))
                return redirect(made)
    context = {"room": room, "form": form, "title": title, "offer": offered, "kind": kind}
    return render(request, "participation/decisions/speak.html", context, status=status)


@require_safe
def petition(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """A petition stands on the page of its decision."""
    return redirect(petition_for(request.user, row_id))


@require_POST
def sign(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = petition_for(request.user, row_id)
    person = require_person(request.user)
    offered = voices(person, found.room)
    if offered.verdict.error is not None:
        raise offered.verdict.error
    sides = [one for one in offered.standings if one.group == found.group]
    spend("ballot", str(person.pk))
    standing = (sides or list(offered.standings))[0]
    lives_there = request.POST.get("lives_there") == "on"
    petitioning.sign_petition(found, standing=standing, lives_there=lives_there, acting_user=person)
    messages.success(request, _("You have signed."))
    return redirect(found)


@require_POST
def substance(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """What a member of the panel says of a petition beyond those of the year."""
    found = petition_for(request.user, row_id)
    person = require_person(request.user)
    form = typed.SubstanceForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Please say whether it has substance, and why."))
    spend("ballot", str(person.pk))
    petitioning.vote_on_petition(found, **form.cleaned_data, acting_user=person)
    messages.success(request, _("Your vote is cast."))
    return redirect(found)


@require_safe
def objection(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return _page(request, objection_for(request.user, row_id))


def _page(request: HttpRequest, found: DecisionObjection, status: int = 200, **sent: Any) -> HttpResponse:
    user = request.user
    unsettled = found.state in ("filed", "appealed")
    is_member = unsettled and any(juror.person_id == user.pk for juror in bench_of(found))
    has_voted = found.votes.filter(juror__person=user.pk, hearing=hearing_of(found)).exists()
    own_form = typed.OwnMoveForm(objection=found) if found.person_id == user.pk else None
    is_reviewer = isinstance(user, User) and user.has_role(Role.REVIEWER)
    may_report = own_form is not None and not MinorityReport.objects.filter(objection=found).exists()
    forms_of: dict[str, Any] = {
        "vote_form": typed.VoteForm() if is_member and not has_voted else None,
        "own_form": own_form if own_form and own_form.fields["state"].choices else None,  # type: ignore[attr-defined]
        "words_form": typed.WordsForm()
        if may_keep(user, found.room) and found.state in ("admissible", "in_integration")
        else None,
        "legal_form": typed.LegalForm() if is_reviewer and found.is_legal else None,
        "minority_form": typed.MinorityForm()
        if may_report and found.state in ("sustained", "in_integration")
        else None,
    }
    context = {
        "objection": found,
        "room": found.room,
        "votes": ObjectionVote.objects.visible_to(user).filter(objection=found).select_related("juror"),
        **forms_of,
        **sent,
    }
    return render(request, "participation/decisions/objection.html", context, status=status)


@dataclass(frozen=True)
class Act:
    """What a form of the page does, and under which name the page knows it."""

    do: Callable[[DecisionObjection, dict[str, Any], User], Any]
    form: Callable[[Any, DecisionObjection], forms.Form]
    name: str
    done: str | Promise


ACTS: dict[str, Act] = {
    "vote": Act(
        lambda o, given, who: actions.vote_on_objection(o, **given, acting_user=who),
        lambda data, o: typed.VoteForm(data),
        "vote_form",
        gettext_lazy("Your vote is cast."),
    ),
    "own": Act(
        lambda o, given, who: actions.move_own_objection(o, **given, acting_user=who),
        lambda data, o: typed.OwnMoveForm(data, objection=o),
        "own_form",
        gettext_lazy("It is written down."),
    ),
    "integrate": Act(
        lambda o, given, who: actions.integrate_objection(o, **given, acting_user=who),
        lambda data, o: typed.WordsForm(data),
        "words_form",
        gettext_lazy("The round of integration is written down."),
    ),
    "legal": Act(
        lambda o, given, who: actions.record_legal_finding(o, **given, acting_user=who),
        lambda data, o: typed.LegalForm(data),
        "legal_form",
        gettext_lazy("The finding is written down."),
    ),
    "minority": Act(
        lambda o, given, who: report_minority(o, **given, acting_user=who),
        lambda data, o: typed.MinorityForm(data),
        "minority_form",
        gettext_lazy("The minority report is published."),
    ),
}


@require_POST
def act(request: HttpRequest, row_id: UUID, act: str) -> HttpResponse:
    found = objection_for(request.user, row_id)
    person = require_person(request.user)
    chosen = ACTS.get(act)
    if chosen is None:
        raise NotFound
    form = chosen.form(request.POST, found)
    status = 400
    if form.is_valid():
        try:
            spend("ballot", str(person.pk))
            chosen.do(found, form.cleaned_data, person)
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, str(chosen.done))
            return redirect("participation:decisions:objection", row_id=row_id)
    found.refresh_from_db()
    return _page(request, found, status, **{chosen.name: form})
