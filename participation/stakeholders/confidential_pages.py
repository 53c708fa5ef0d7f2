"""The faces of confidential parts: fields for the forms of the later rooms, what their pages show, and the one way out.

Those who act for the organisation read its own; a moderator for a typed purpose; for everybody else nothing is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from participation.attachments import as_download
from participation.stakeholders.actions import open_confidential_passage
from participation.stakeholders.confidential import (
    JUSTIFICATION_MAX_CHARS,
    NOTHING,
    PASSAGE_MAX_CHARS,
    Confidential,
    ConfidentialPart,
)
from participation.stakeholders.models import User
from participation.stakeholders.permissions import acts_for, may_moderate, require_person
from participation.stakeholders.queries import Standing
from participation.stakeholders.revealing import Openable, Opened, RevealForm, revealed
from participation.stakeholders.sealed_values import own_text
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal
from privacy.access.recording import reading
from privacy.sealing.errors import MissingFile, Shredded
from privacy.sealing.files import SealedFileResponse

PREFIX = "confidential_"


def confidential_fields() -> dict[str, forms.Field]:
    """The fields of a part, by name. All are optional: the action says what is missing once something is given."""
    return {
        "confidential_passage": forms.CharField(
            label=gettext_lazy("Confidential passage"),
            required=False,
            max_length=PASSAGE_MAX_CHARS,
            help_text=gettext_lazy("Prices, formulas, customers: what the moderators have to know but the public not."),
            widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        ),
        "confidential_attachment": forms.FileField(
            label=gettext_lazy("Confidential file"),
            required=False,
            help_text=gettext_lazy("One PDF, PNG, JPEG, Word, Excel, CSV or text file. It is sealed, its name too."),
            widget=forms.ClearableFileInput(attrs={"data-max-bytes": str(settings.ATTACHMENT_MAX_BYTES)}),
        ),
        "confidential_ground": forms.ChoiceField(
            label=gettext_lazy("Why it is confidential"),
            required=False,
            choices=ConfidentialPart.Ground.choices,
            widget=forms.RadioSelect,
        ),
        "confidential_justification": forms.CharField(
            label=gettext_lazy("What the public reads in its place"),
            required=False,
            max_length=JUSTIFICATION_MAX_CHARS,
            help_text=gettext_lazy("One or two sentences that say why, without telling the secret."),
            widget=forms.Textarea(attrs={"rows": 2}),
        ),
    }


def add_confidential_fields(form: forms.BaseForm, standings: Iterable[Standing]) -> None:
    """Only for who may speak for an organisation: nobody else has trade secrets to hand in."""
    if any(standing.organisation for standing in standings):
        form.fields.update(confidential_fields())


@sensitive_variables()
def confidential_from(cleaned: dict[str, Any]) -> Confidential:
    if f"{PREFIX}passage" not in cleaned:
        return NOTHING
    return Confidential(
        passage=cleaned["confidential_passage"].replace("\r\n", "\n"),
        attachment=cleaned["confidential_attachment"],
        ground=cleaned["confidential_ground"],
        justification=cleaned["confidential_justification"],
    )


@sensitive_variables()
def confidential_context(request: HttpRequest, contribution: Any) -> dict[str, Any]:
    """What the page of a contribution shows of its confidential part to this reader."""
    part: ConfidentialPart | None = contribution.confidential
    if part is None:
        return {}
    is_own = acts_for(request.user, part.organisation)
    context: dict[str, Any] = {"confidential": part, "confidential_is_own": is_own}
    if is_own and request.GET.get("show") == "confidential":
        with reading(_("Read by the organisation itself"), acting_user=request.user):
            context["confidential_passage"] = own_text(part, "passage")
        context["confidential_is_shown"] = True
    if may_moderate(request.user) and not is_own:
        context["confidential_openables"] = _openables(part)
        context["confidential_reveal_form"] = RevealForm()
    return context


def _openables(part: ConfidentialPart) -> list[Openable]:
    found = []
    if part.has_passage:
        found.append(Openable(_("Open the confidential passage"), _address("open_confidential", part)))
    if part.has_attachment:
        found.append(Openable(_("Download the confidential file"), _address("confidential_attachment", part)))
    return found


def _address(name: str, part: ConfidentialPart) -> str:
    return reverse(f"participation:stakeholders:{name}", args=[part.row_id])


def _part_for(request: HttpRequest, row_id: UUID) -> ConfidentialPart:
    person = require_person(request.user)
    part = ConfidentialPart.objects.visible_to(person).select_related("organisation").filter(row_id=row_id).first()
    if part is None:
        raise NotFound
    return part


@require_POST
def open_confidential(request: HttpRequest, row_id: UUID) -> HttpResponse:
    part = _part_for(request, row_id)

    def open_them(purpose: str, moderator: User) -> list[Opened]:
        return open_confidential_passage(part, purpose=purpose, acting_user=moderator)

    record = part.handed_in_with
    return revealed(
        request,
        title=_("Confidential passage"),
        about=str(record),
        back=record.get_absolute_url(),
        open_them=open_them,
    )


@require_http_methods(["GET", "POST"])
def confidential_attachment(request: HttpRequest, row_id: UUID) -> HttpResponseBase:
    """The only way to the file. The organisation's own people fetch it; a moderator sends the purpose first."""
    part = _part_for(request, row_id)
    person = require_person(request.user)
    if acts_for(person, part.organisation):
        return _handed_out(part, _("Read by the organisation itself"), person)
    form = RevealForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                spend("moderation", str(person.pk))
                return _handed_out(part, form.cleaned_data["purpose"], person)
            except GongzhiError as error:
                status = show_refusal(form, error)
    record = part.handed_in_with
    context = {
        "title": _("Confidential file"),
        "about": str(record),
        "back": record.get_absolute_url(),
        "form": form,
        "opened": None,
    }
    return render(request, "participation/stakeholders/opened.html", context, status=status)


@sensitive_variables()
def _handed_out(part: ConfidentialPart, purpose: str, person: User) -> FileResponse:
    """The file as a download. That it was opened, by whom and for what, is committed before its first byte leaves."""
    if not part.has_attachment:
        raise NotFound
    try:
        with reading(purpose, typed_reason=purpose, acting_user=person) as readings:
            file: Any = part.attachment
            details, content = file.details, file.open()
            readings.write()
    except MissingFile:
        raise NotFound(
            _("This file is missing from our storage. Please tell the office that runs this site.")
        ) from None
    except Shredded:
        raise NotFound(_("This file has been erased.")) from None
    response = SealedFileResponse(content, as_attachment=True, filename=details.name, content_type=details.media_type)
    add_never_cache_headers(response)
    return as_download(response)
