"""The page on which an editor hands in the nine tables: choose a file, look at what was read, record it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from cms.budget import queries as budget
from cms.budget.checks.actions import record_tables
from cms.budget.checks.forms import TablesForm
from cms.budget.checks.offered import MOST_BYTES, Offer, offer_of, preview_of
from cms.budget.checks.permissions import require_signed_in
from cms.budget.permissions import require_may_import
from portal.errors import Conflict, GongzhiError, Invalid
from portal.rates import spend
from portal.ui.forms import show_refusal

LAYOUT = Path(__file__).with_name("tables-layout.csv")


@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: HttpRequest, row_id: UUID) -> HttpResponse:
    release = budget.visible_release(row_id, request.user)
    user = require_signed_in(request.user)
    require_may_import(user)
    if release.published_at:
        raise Conflict(_("This release is public already. A correction is a new release."))
    form, status, offer, preview = TablesForm(), 200, None, None
    if request.method == "POST":
        form, status = TablesForm(request.POST, request.FILES), 400
        offer = Offer.unpacked(request.POST.get("kept", ""))
        if form.is_valid():
            unit = form.cleaned_data["unit"]
            try:
                spend("moderation", str(user.pk))
                if "record" in request.POST and offer:
                    recorded = record_tables(release, offer.content, unit=unit, acting_user=user)
                    messages.success(request, _recorded(len(recorded)))
                    return redirect("cms:budget:checks", release.row_id)
                offer = _chosen(form) or offer
                if offer is None:
                    raise Invalid(_("Choose the file with the tables."), field="file")
                preview = preview_of(release, offer, unit=unit, acting_user=user)
                status = 200 if preview.can_be_recorded else 400
            except GongzhiError as error:
                status = show_refusal(form, error)
    context = {
        "release": release,
        "form": form,
        "offer": offer,
        "kept": offer.packed() if offer else "",
        "preview": preview,
        "unit": form["unit"].value(),
    }
    return render(request, "cms/budget/tables_hand_in.html", context, status=status)


def _chosen(form: TablesForm) -> Offer | None:
    upload = form.cleaned_data["file"]
    if upload is None:
        return None
    offer = offer_of(upload.name or "", upload.read(MOST_BYTES + 1))
    # What could not be carried to the next page is refused before it is looked at.
    offer.packed()
    return offer


def _recorded(count: int) -> str:
    message = ngettext("%(count)d table was recorded.", "%(count)d tables were recorded.", count)
    return message % {"count": count}


@require_safe
def layout(request: HttpRequest) -> HttpResponse:
    """A made-up department's nine tables, to be filled in. Its first bytes tell spreadsheets the encoding."""
    content = LAYOUT.read_bytes()
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tables-layout.csv"'},
    )
