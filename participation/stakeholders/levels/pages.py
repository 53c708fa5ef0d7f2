"""How well the operator knows a person: their own page, the desk of the officers, the rosters of residents."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participation.stakeholders.attempts import attempt
from participation.stakeholders.levels import sms
from participation.stakeholders.levels.actions import (
    ask_resident_check,
    check_against_roster,
    confirm_phone,
    decide_resident_check,
    discard_roster,
    load_roster,
    open_resident_values,
    send_phone_code,
    use_roster,
)
from participation.stakeholders.levels.forms import AskForm, CheckForm, CodeForm, RosterForm
from participation.stakeholders.levels.models import ResidentCheck, Roster
from participation.stakeholders.levels.queries import (
    checks_waiting,
    is_roster_under_earlier_root,
    latest_check,
    level_of,
    rosters,
)
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person, require_privacy_officer, require_right
from participation.stakeholders.revealing import Openable, Opened, RevealForm, revealed
from participation.stakeholders.sealed_values import holds
from portal.charter.matrix import Act
from portal.errors import NotFound

PAGE = "participation:stakeholders:levels"
ROSTERS = "participation:stakeholders:rosters"
OPENED = ("real_name", "identity_number")


def _page(
    request: HttpRequest,
    *,
    code_form: CodeForm | None = None,
    ask_form: AskForm | None = None,
    status: int | None = 200,
) -> HttpResponse:
    person = require_person(request.user)
    bound = next((form for form in (code_form, ask_form) if form is not None), None)
    context = {
        "person": User.objects.get(pk=person.pk),
        "level": level_of(person),
        "has_number": holds(person, "identity_number"),
        "check": latest_check(person),
        "can_send": sms.is_configured(),
        "code_form": code_form or CodeForm(),
        "ask_form": ask_form or AskForm(),
        "form": bound,
        "has_roster": Roster.objects.filter(status=Roster.Status.IN_USE).exists(),
    }
    return render(request, "participation/stakeholders/levels.html", context, status=status)


@never_cache
@login_required
@require_GET
def levels(request: HttpRequest) -> HttpResponse:
    return _page(request)


@login_required
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    form = CodeForm({})
    form.fields.clear()
    person = require_person(request.user)
    done = _("A code was sent to your telephone. It is valid for 10 minutes.")
    status = attempt(request, form, partial(send_phone_code, acting_user=person), done=done)
    return redirect(PAGE) if status is None else _page(request, code_form=form, status=status)


@sensitive_variables()
@sensitive_post_parameters()
@login_required
@require_POST
def enter_code(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.POST)
    person = require_person(request.user)
    done = _("Your telephone number is confirmed.")
    status = attempt(request, form, lambda: confirm_phone(form.cleaned_data["code"], acting_user=person), done=done)
    return redirect(PAGE) if status is None else _page(request, code_form=form, status=status)


@login_required
@require_POST
def ask_check(request: HttpRequest) -> HttpResponse:
    """``way=roster`` compares at once; otherwise an officer does it."""
    form = AskForm(request.POST)
    person = require_person(request.user)
    if request.POST.get("way") == "roster":
        done = _("Found in the roster: your residence is confirmed.")
        status = attempt(request, form, partial(check_against_roster, acting_user=person), done=done)
    else:
        done = _("Asked for. An officer compares your papers and you see the result here.")
        status = attempt(
            request, form, lambda: ask_resident_check(note=form.cleaned_data["note"], acting_user=person), done=done
        )
    return redirect(PAGE) if status is None else _page(request, ask_form=form, status=status)


# The desk ---------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def residents(request: HttpRequest) -> HttpResponse:
    """Who waits for a check of residence."""
    require_right(request.user, Act.CHECK_RESIDENCE)
    return render(request, "participation/stakeholders/residents.html", {"checks": checks_waiting()})


def _check_for(request: HttpRequest, row_id: UUID) -> ResidentCheck:
    officer = require_right(request.user, Act.CHECK_RESIDENCE)
    check = ResidentCheck.objects.visible_to(officer).select_related("person").filter(row_id=row_id).first()
    if check is None:
        raise NotFound
    return check


@never_cache
@require_http_methods(["GET", "POST"])
def resident(request: HttpRequest, row_id: UUID) -> HttpResponse:
    check = _check_for(request, row_id)
    officer = require_person(request.user)
    form = CheckForm(request.POST if request.method == "POST" else None)
    status: int | None = 200
    if form.is_bound:
        status = attempt(
            request,
            form,
            lambda: decide_resident_check(
                check,
                accept=form.cleaned_data["decision"] == "accept",
                reason=form.cleaned_data["reason"],
                acting_user=officer,
            ),
            done=_("The decision is recorded."),
            kind="moderation",
        )
        if status is None:
            return redirect("participation:stakeholders:residents")
    waits = check.status == ResidentCheck.Status.ASKED and check.person_id != officer.pk
    context = {
        "check": check,
        "form": form,
        "reveal_form": RevealForm(),
        "openables": _openables(check) if waits else [],
        "may_decide": waits or check.status == ResidentCheck.Status.CONFIRMED,
    }
    return render(request, "participation/stakeholders/resident.html", context, status=status)


def _openables(check: ResidentCheck) -> list[Openable]:
    titles = {"real_name": _("Open the real name"), "identity_number": _("Open the identity number")}
    return [
        Openable(titles[name], reverse("participation:stakeholders:open_resident", args=[check.row_id, name]))
        for name in OPENED
        if holds(check.person, name)
    ]


@require_POST
def open_resident(request: HttpRequest, row_id: UUID, name: str) -> HttpResponse:
    check = _check_for(request, row_id)
    if name not in OPENED:
        raise NotFound

    def open_them(purpose: str, officer: User) -> list[Opened]:
        return open_resident_values(check, name, purpose=purpose, acting_user=officer)

    return revealed(
        request,
        title=_("Check of residence"),
        about=check.person.display_name,
        back=reverse("participation:stakeholders:resident", args=[check.row_id]),
        open_them=open_them,
    )


# Rosters ----------------------------------------------------------------------------------------------------


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "POST"])
def roster_list(request: HttpRequest) -> HttpResponse:
    officer = require_privacy_officer(request.user)
    form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
    status: int | None = 200
    if form.is_bound:
        status = attempt(
            request,
            form,
            lambda: load_roster(
                form.cleaned_data["file"],
                title=form.cleaned_data["title"],
                source=form.cleaned_data["source"],
                acting_user=officer,
            ),
            done=_("The roster was read. Please look at what was found before it is used."),
        )
        if status is None:
            return redirect(ROSTERS)
    context = {"form": form, "rosters": rosters(), "is_outdated": is_roster_under_earlier_root()}
    return render(request, "participation/stakeholders/rosters.html", context, status=status)


@require_POST
def roster_decide(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """``decision``: use or discard."""
    officer = require_privacy_officer(request.user)
    roster = Roster.objects.filter(row_id=row_id).first()
    if roster is None:
        raise NotFound
    if request.POST.get("decision") == "use":
        use_roster(roster, acting_user=officer)
        messages.success(request, _("The roster is in use."))
    else:
        discard_roster(roster, acting_user=officer)
        messages.success(request, _("The roster was thrown away."))
    return redirect(ROSTERS)
