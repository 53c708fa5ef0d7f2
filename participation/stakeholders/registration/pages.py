"""Pages for the owners of an organisation: its papers and its renewal, and who speaks for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from participation.attachments import as_download
from participation.stakeholders.attempts import attempt
from participation.stakeholders.models import Organisation, User
from participation.stakeholders.permissions import owns, require_person
from participation.stakeholders.queries import organisation_for
from participation.stakeholders.registration.actions import (
    ask_renewal,
    grant_mandate,
    hand_in_document,
    remove_document,
    revoke_mandate,
)
from participation.stakeholders.registration.forms import DocumentForm, MandateForm
from participation.stakeholders.registration.models import RegistrationDocument
from participation.stakeholders.revealing import RevealForm
from portal.errors import NotFound
from portal.rates import spend
from privacy.access.recording import reading
from privacy.sealing.errors import MissingFile, Shredded
from privacy.sealing.files import SealedFileResponse


def _owned(request: HttpRequest, row_id: UUID) -> tuple[User, Organisation]:
    person = require_person(request.user)
    organisation = organisation_for(person, row_id)
    if not owns(person, organisation):
        raise NotFound
    return person, organisation


@never_cache
@require_http_methods(["GET", "POST"])
def papers(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person, organisation = _owned(request, row_id)
    form = DocumentForm(request.POST, request.FILES) if request.method == "POST" else DocumentForm()
    status: int | None = 200
    if form.is_bound:
        status = attempt(
            request,
            form,
            lambda: hand_in_document(organisation, **form.cleaned_data, acting_user=person),
            done=_("The document is sealed and handed in."),
        )
        if status is None:
            return redirect("participation:stakeholders:papers", organisation.row_id)
    context = {"organisation": organisation, "form": form, "documents": organisation.documents.all()}
    return render(request, "participation/stakeholders/papers.html", context, status=status)


@require_POST
def renew(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person, organisation = _owned(request, row_id)
    spend("account", str(person.pk))
    ask_renewal(organisation, acting_user=person)
    messages.success(request, _("Asked for. A moderator looks at your papers now."))
    return redirect(organisation)


def _document_for(request: HttpRequest, row_id: UUID) -> RegistrationDocument:
    visible = RegistrationDocument.objects.visible_to(require_person(request.user))
    document = visible.select_related("organisation").filter(row_id=row_id).first()
    if document is None:
        raise NotFound
    return document


@require_POST
def remove(request: HttpRequest, row_id: UUID) -> HttpResponse:
    document = _document_for(request, row_id)
    person = require_person(request.user)
    spend("account", str(person.pk))
    remove_document(document, acting_user=person)
    messages.success(request, _("The document is removed."))
    return redirect("participation:stakeholders:papers", document.organisation.row_id)


@never_cache
@require_http_methods(["GET", "POST"])
def document_file(request: HttpRequest, row_id: UUID) -> HttpResponseBase:
    """The only way to the file. Owners fetch it; a moderator sends the purpose first."""
    document = _document_for(request, row_id)
    person = require_person(request.user)
    if owns(person, document.organisation):
        return _handed_out(document, _("Shown to an owner of the organisation"), person)
    form = RevealForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        spend("moderation", str(person.pk))
        return _handed_out(document, form.cleaned_data["purpose"], person)
    context = {
        "title": document.get_kind_display(),
        "about": document.organisation.name,
        "back": document.organisation.get_absolute_url(),
        "form": form,
        "opened": None,
    }
    status = 400 if form.is_bound else 200
    return render(request, "participation/stakeholders/opened.html", context, status=status)


@sensitive_variables()
def _handed_out(document: RegistrationDocument, purpose: str, person: User) -> HttpResponseBase:
    """As a download. That it was opened, by whom and for what, is committed before its first byte leaves."""
    try:
        with reading(purpose, typed_reason=purpose, acting_user=person) as readings:
            file: Any = document.file
            details, content = file.details, file.open()
            readings.write()
    except (MissingFile, Shredded):
        raise NotFound(_("This file is no longer there.")) from None
    response = SealedFileResponse(content, as_attachment=True, filename=details.name, content_type=details.media_type)
    add_never_cache_headers(response)
    return as_download(response)


@never_cache
@require_http_methods(["GET", "POST"])
def mandates(request: HttpRequest, row_id: UUID) -> HttpResponse:
    person, organisation = _owned(request, row_id)
    form = MandateForm(request.POST if request.method == "POST" else None)
    status: int | None = 200
    if form.is_bound:
        status = attempt(
            request,
            form,
            lambda: grant_mandate(
                organisation,
                person=form.cleaned_data["person"],
                is_owner=form.cleaned_data["is_owner"],
                expires_at=form.expires_at,
                acting_user=person,
            ),
            done=_("The mandate is granted."),
        )
        if status is None:
            return redirect("participation:stakeholders:mandates", organisation.row_id)
    held = organisation.mandates.select_related("person").order_by("revoked_at", "granted_at", "pk")
    current = {mandate.pk for mandate in organisation.mandates.current()}
    context = {
        "organisation": organisation,
        "form": form,
        "current": [mandate for mandate in held if mandate.pk in current],
        "ended": [mandate for mandate in held if mandate.pk not in current],
    }
    return render(request, "participation/stakeholders/mandates.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, row_id: UUID, mandate_id: UUID) -> HttpResponse:
    """By an owner, or by whoever holds the mandate."""
    person = require_person(request.user)
    organisation = organisation_for(person, row_id)
    mandate = organisation.mandates.current().filter(row_id=mandate_id).first()
    if mandate is None or not (mandate.person_id == person.pk or owns(person, organisation)):
        raise NotFound
    spend("account", str(person.pk))
    revoke_mandate(mandate, acting_user=person)
    messages.success(request, _("The mandate has ended. What was said under it stays."))
    if mandate.person_id == person.pk:
        return redirect("participation:me")
    return redirect("participation:stakeholders:mandates", organisation.row_id)
