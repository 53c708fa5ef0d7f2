"""The last step of an import: an editor signs it off, and its page goes to the reviewers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms.budget.drafts import queries
from cms.budget.drafts.actions import sign_off_release
from cms.budget.drafts.forms import SignOffForm
from cms.pages.submitting import submit_disclosure
from portal.errors import GongzhiError, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal


@require_POST
def sign_off(request: HttpRequest, row_id: UUID) -> HttpResponse:
    user: Any = request.user
    draft = queries.draft_found(row_id, user)
    if draft.release is None:
        raise NotFound
    form, status = SignOffForm(request.POST), 400
    if form.is_valid():
        data = form.cleaned_data
        try:
            spend("moderation", str(user.pk))
            with transaction.atomic():
                sign_off_release(draft.release, note=data["note"], acting_user=user)
                # Somebody may have written its page by hand, which nobody could publish until now.
                page = draft.release.pages.first() or submit_disclosure(
                    draft.release, title=data["title"], summary=data["summary"], acting_user=user
                )
        except GongzhiError as error:
            status = show_refusal(form, error)
        else:
            messages.success(request, _("Signed off. The page waits for a reviewer now."))
            return redirect("wagtailadmin_pages:edit", page.pk)
    context = {"draft": draft, "form": form, "steps": queries.steps(draft, 6)}
    return render(request, "cms/importing/sign_off.html", context, status=status)
