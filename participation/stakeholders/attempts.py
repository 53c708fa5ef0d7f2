"""One try of an action by a form: what every page of this room does with a post."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.views.decorators.debug import sensitive_variables

from participation.stakeholders.permissions import require_person
from portal.errors import GongzhiError
from portal.rates import spend
from portal.ui.forms import show_refusal


@sensitive_variables()
def attempt(
    request: HttpRequest, form: forms.Form, act: Callable[[], object], *, done: str | Promise, kind: str = "account"
) -> int | None:
    """Count the try as ``kind`` of rate and ``act`` on a valid form.

    Returns None when it is done and ``done`` will be said on the next page; else the status to answer with, and the
    form says why.
    """
    if not form.is_valid():
        return 400
    try:
        spend(kind, str(require_person(request.user).pk))
        act()
    except GongzhiError as error:
        return show_refusal(form, error)
    messages.success(request, str(done))
    return None
