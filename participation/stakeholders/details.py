"""What a person and an organisation tell under seal: pages of their owners, and what a verifying moderator opens."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from participation.stakeholders.actions import change_organisation, open_organisation_values, open_owner_values
from participation.stakeholders.forms import OrganisationDetailsForm
from participation.stakeholders.models import Organisation, User
from participation.stakeholders.permissions import owns, require_moderator, require_person
from participation.stakeholders.queries import organisation_for
from participation.stakeholders.revealing import Openable, Opened, revealed
from participation.stakeholders.sealed_values import CLOSED, Mask, ends_of, holds, own_values
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal
from privacy.access.recording import reading

PERSON_MASKS: dict[str, Mask | None] = {
    "phone": lambda text: ends_of(text, last=4),
    "contact_address": lambda text: ends_of(text, first=6),
    "real_name": lambda text: ends_of(text, first=1) if len(text) > 1 else ends_of(text),
    "identity_number": CLOSED,
}
ORGANISATION_MASKS: dict[str, Mask | None] = dict.fromkeys(OrganisationDetailsForm.sealed, CLOSED)
# What a moderator opens together, under one purpose.
BANK = "bank"
ORGANISATION_VALUES: dict[str, tuple[str, ...]] = {
    "legal_representative": ("legal_representative",),
    BANK: ("bank_name", "bank_account"),
}
OWNER_VALUES = ("real_name", "identity_number", "phone")


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def organisation_details(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """For owners, to read and to change; ``?show=`` names the value to show."""
    person = require_person(request.user)
    organisation = organisation_for(person, row_id)
    if not owns(person, organisation):
        raise NotFound
    with reading(_("Shown to an owner of the organisation")):
        own = own_values(organisation, ORGANISATION_MASKS, shown=request.GET.get("show", ""))
    form = OrganisationDetailsForm(request.POST if request.method == "POST" else None, own=own)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("account", str(person.pk))
                change_organisation(organisation, sealed=form.changes(), acting_user=person)
            except GongzhiError as error:
                status = show_refusal(form, error)
            else:
                messages.success(request, _("The details are saved."))
                return redirect(organisation)
    context = {"organisation": organisation, "form": form, "rows": form.rows(form.sealed)}
    return render(request, "participation/stakeholders/details.html", context, status=status)


def openables_of(organisation: Organisation, owners: Iterable[User]) -> list[Openable]:
    """What a verifying moderator may open: of the organisation, and of each person who registered or owns it."""
    titles = {"legal_representative": _("Open the name of the legal representative"), BANK: _("Open the bank account")}
    found = [
        Openable(title, reverse("participation:stakeholders:open_organisation", args=[organisation.row_id, name]))
        for name, title in titles.items()
        if any(holds(organisation, field) for field in ORGANISATION_VALUES[name])
    ]
    for owner in owners:
        found += [
            Openable(
                _title_of(owner, name),
                reverse("participation:stakeholders:open_owner", args=[organisation.row_id, owner.row_id, name]),
            )
            for name in OWNER_VALUES
            if holds(owner, name)
        ]
    return found


def _title_of(owner: User, name: str) -> str:
    words = {"real_name": _("Open the real name of %(owner)s"), "phone": _("Open the telephone number of %(owner)s")}
    return words.get(name, _("Open the identity number of %(owner)s")) % {"owner": owner.display_name}


@require_POST
def open_organisation(request: HttpRequest, row_id: UUID, name: str) -> HttpResponse:
    require_moderator(request.user)
    organisation = organisation_for(request.user, row_id)
    if name not in ORGANISATION_VALUES:
        raise NotFound

    def open_them(purpose: str, moderator: User) -> list[Opened]:
        return open_organisation_values(organisation, ORGANISATION_VALUES[name], purpose=purpose, acting_user=moderator)

    title = _("Bank account") if name == BANK else _("Legal representative")
    return revealed(
        request, title=title, about=organisation.name, back=_verification_of(organisation), open_them=open_them
    )


@require_POST
def open_owner(request: HttpRequest, row_id: UUID, person_id: UUID, name: str) -> HttpResponse:
    # First: what else is answered depends on who owns the organisation.
    require_moderator(request.user)
    organisation = organisation_for(request.user, row_id)
    mandate = organisation.mandates.current().filter(person__row_id=person_id, is_owner=True).first()
    if name not in OWNER_VALUES or mandate is None:
        raise NotFound

    def open_them(purpose: str, moderator: User) -> list[Opened]:
        return open_owner_values(mandate, [name], purpose=purpose, acting_user=moderator)

    return revealed(
        request,
        title=mandate.person.display_name,
        about=organisation.name,
        back=_verification_of(organisation),
        open_them=open_them,
    )


def _verification_of(organisation: Organisation) -> str:
    return reverse("participation:stakeholders:verify_organisation", args=[organisation.row_id])
