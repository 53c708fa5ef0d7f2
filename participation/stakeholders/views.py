"""A person's own pages, and those of organisations."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from participation.stakeholders.actions import change_profile, register_organisation
from participation.stakeholders.credit_code import has_valid_check
from participation.stakeholders.details import PERSON_MASKS, openables_of
from participation.stakeholders.forms import OrganisationForm, ProfileForm, VerificationForm
from participation.stakeholders.identity_number import Document
from participation.stakeholders.levels.queries import checks_waiting, level_of
from participation.stakeholders.models import Organisation, Role
from participation.stakeholders.permissions import may_moderate, require_moderator, require_person
from participation.stakeholders.queries import mandates_of, organisation_for, organisations_waiting
from participation.stakeholders.registration.actions import verify_organisation
from participation.stakeholders.registration.models import RegistrationDocument
from participation.stakeholders.revealing import RevealForm
from participation.stakeholders.sealed_values import own_values
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal
from privacy.access.queries import in_words, reads_about
from privacy.history.queries import history_of

READS_SHOWN = 3


@never_cache
@login_required
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """What I said and what became of it, whom I speak for, and who read my sealed data."""
    person = require_person(request.user)
    context = {
        "person": person,
        "mandates": mandates_of(person),
        "readings": in_words(reads_about(person.row_id)[:READS_SHOWN]),
        "level": level_of(person),
        "second_factor_required": settings.REQUIRE_MFA,
        "is_privacy_officer": person.has_role(Role.PRIVACY),
        "waiting_count": organisations_waiting().count() if may_moderate(person) else 0,
        "checks_count": checks_waiting().count() if may_moderate(person) else 0,
    }
    return render(request, "participation/stakeholders/me.html", context)


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """``?show=`` names the sealed value that its owner wants to see."""
    person = require_person(request.user)
    own = own_values(person, PERSON_MASKS, shown=request.GET.get("show", ""))
    initial = {"display_name": person.display_name, "preferred_language": person.preferred_language}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial, own=own)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("account", str(person.pk))
                changes = form.changes()
                if changes.get("identity_number"):
                    spend("identity", str(person.pk))
                change_profile(
                    display_name=form.cleaned_data["display_name"],
                    preferred_language=form.cleaned_data["preferred_language"],
                    sealed=changes,
                    identity_document=form.cleaned_data["identity_document"] or Document.RESIDENT_ID,
                    acting_user=person,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Your profile is saved."))
                return redirect("participation:me")
    context = {
        "form": form,
        "contact": form.rows(["phone", "contact_address"]),
        "identity": form.rows(["real_name"]),
        "number": form.rows(["identity_number"]),
    }
    return render(request, "participation/stakeholders/profile.html", context, status=status)


@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                person = require_person(request.user)
                spend("account", str(person.pk))
                organisation = register_organisation(
                    **{name: form.cleaned_data[name] for name in ("group", "name", "name_en", "credit_code")},
                    sealed=form.changes(),
                    acting_user=person,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Registered. A moderator checks it now; you see the result on this page."))
                if not has_valid_check(organisation.credit_code):
                    messages.warning(
                        request,
                        _(
                            "The last character of the credit code does not fit the others. Please compare it with "
                            "your certificate; some codes in use are like that."
                        ),
                    )
                return redirect(organisation)
    return render(request, "participation/stakeholders/register.html", {"form": form}, status=status)


@require_GET
def organisation(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = organisation_for(request.user, row_id)
    return render(request, "participation/stakeholders/organisation.html", _about(request, found))


def _about(request: HttpRequest, found: Organisation) -> dict[str, object]:
    mandates = found.mandates.current().select_related("person")
    is_mine = request.user.is_authenticated and any(mandate.person_id == request.user.pk for mandate in mandates)
    may_see_more = is_mine or may_moderate(request.user)
    changes = history_of(found) if may_see_more else []
    return {
        "organisation": found,
        "is_mine": is_mine,
        "may_verify": may_moderate(request.user) and not is_mine and found.awaits_decision,
        "mandates": mandates if may_see_more else (),
        "changes": changes,
        "is_owner": any(mandate.is_owner and mandate.person_id == request.user.pk for mandate in mandates),
        "rejected_because": next((change.reason for change in changes if change.reason), ""),
        "has_valid_check": has_valid_check(found.credit_code),
    }


@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    """What waits for verification. For moderators."""
    require_moderator(request.user)
    return render(request, "participation/stakeholders/organisations.html", {"organisations": organisations_waiting()})


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person = require_moderator(request.user)
    found = organisation_for(person, row_id)
    form = VerificationForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                accept = form.cleaned_data["decision"] == "accept"
                verify_organisation(
                    found,
                    accept=accept,
                    reason=form.cleaned_data["reason"],
                    valid_until=form.cleaned_data["valid_until"],
                    accredited_until=form.cleaned_data["accredited_until"],
                    acting_user=person,
                )
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("Verified.") if accept else _("Rejected, with the reason."))
                return redirect("participation:stakeholders:organisations")
    context = {**_about(request, found), "form": form, "reveal_form": RevealForm()}
    if context["may_verify"]:
        owners = [mandate.person for mandate in found.mandates.current().filter(is_owner=True).select_related("person")]
        context["openables"] = openables_of(found, owners)
        context["documents"] = RegistrationDocument.objects.visible_to(person).filter(organisation=found)
    return render(request, "participation/stakeholders/verify.html", context, status=status)
