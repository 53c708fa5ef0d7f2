"""What I agreed to, taking it back with one click, and the receipts; the notices are for everybody."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from privacy.log.shown_key import short_form
from privacy.rights.consent.actions import decline_consent, give_consent, withdraw_consent
from privacy.rights.consent.models import Consent, ConsentPurpose, NoticeVersion
from privacy.rights.consent.queries import history_of_consents, standings_of
from privacy.rights.consent.receipts import receipt_of
from privacy.rights.refusals import Refused

PROGRAM = Path(__file__).with_name("verify_consent.py")


@never_cache
@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "standings": standings_of(request.user),
        "history": history_of_consents(request.user),
        "key": short_form(),
    }
    return render(request, "privacy/rights/consent/index.html", context)


@login_required
@require_POST
def decide(request: HttpRequest, purpose: str) -> HttpResponse:
    if purpose not in ConsentPurpose.values:
        raise Http404
    try:
        if "give" in request.POST:
            give_consent(purpose, notice_sha256=request.POST["give"], acting_user=request.user)
            messages.success(request, _("You agreed. The receipt stands below; you can take this back at any time."))
        elif "decline" in request.POST:
            decline_consent(purpose, acting_user=request.user)
            messages.success(request, _("You did not agree. Nothing else changes for you."))
        else:
            withdraw_consent(purpose, acting_user=request.user)
            messages.success(request, after_withdrawal(purpose))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("privacy:consent:index")


def after_withdrawal(purpose: str) -> str:
    """What the withdrawal did, and what it cannot do."""
    if purpose == ConsentPurpose.PUBLISH_NAME:
        return _(
            "Taken back. From now on “A citizen” stands on this site wherever your name stood, also beside what you "
            "published before. What others have downloaded, printed or copied, and reports that were handed out "
            "already, cannot be called back."
        )
    if purpose == ConsentPurpose.NOTIFICATIONS:
        return _("Taken back. No more e-mails about what you follow are sent; the news still stands on your page.")
    return _(
        "Taken back. Nothing is passed on from now on. Whoever received something before is asked to erase it; of "
        "every copy we cannot be sure."
    )


@never_cache
@login_required
@require_safe
def receipt(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found: Consent = get_object_or_404(Consent.objects.visible_to(request.user).select_related("notice"), row_id=row_id)
    text = json.dumps(receipt_of(found), ensure_ascii=False, indent=2)
    response = HttpResponse(text + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="consent-{row_id}.json"'
    return response


@require_safe
def program(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(PROGRAM.open("rb"), as_attachment=True, filename=PROGRAM.name, content_type="text/x-python")


@require_safe
def notice(request: HttpRequest, purpose: str, version: int) -> HttpResponse:
    found = get_object_or_404(NoticeVersion.objects.visible_to(request.user), purpose=purpose, version=version)
    versions = NoticeVersion.objects.filter(purpose=purpose)
    context = {"notice": found, "said": found.said(), "versions": versions}
    return render(request, "privacy/rights/consent/notice.html", context)
