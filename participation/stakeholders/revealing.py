"""One way to show a sealed value to somebody who is not its owner: a typed purpose, a record, one look.

The later rooms offer their values by ``Openable`` and answer by ``revealed``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_moderator
from portal.errors import GongzhiError, Invalid
from portal.rates import spend
from portal.ui.forms import show_refusal
from privacy.access.actions import open_sealed
from privacy.sealing.errors import Shredded


class RevealForm(forms.Form):
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=200,
        help_text=_("Whoever it belongs to reads this, with your name and the time."),
    )


@dataclass(frozen=True)
class Openable:
    """A sealed value that the reader of a page may open: how its page calls it, and where it is asked for."""

    title: str
    url: str


@dataclass(frozen=True)
class Opened:
    """One opened value. ``is_erased``: its key has been destroyed, there is nothing to be seen."""

    label: str
    text: str
    is_erased: bool = False


Open = Callable[[str, User], list[Opened]]


@sensitive_variables()
def open_values(record: models.Model, names: Iterable[str], *, purpose: str, acting_user: User) -> list[Opened]:
    """Open sealed fields of ``record`` one by one, each on the record. The caller has authorised.

    Raises ``Invalid`` without a purpose. Not within a transaction: the record must stand first.
    """
    if not purpose.strip():
        raise Invalid(_("Please say what you need this for: whoever it belongs to will read it."), field="purpose")
    opened = []
    for name in names:
        label = str(getattr(record._meta.get_field(name), "verbose_name", name))
        try:
            text = str(open_sealed(record, name, purpose=purpose, acting_user=acting_user))
        except Shredded:
            opened.append(Opened(label, "", is_erased=True))
        else:
            opened.append(Opened(label, text))
    return opened


@sensitive_variables()
def revealed(request: HttpRequest, *, title: str, about: str, back: str, open_them: Open) -> HttpResponse:
    """Shows the values once, on this answer: they are kept nowhere, so there is nothing to redirect to.

    ``about``: the name of the page that the moderator came from, ``back``: its address.
    """
    moderator = require_moderator(request.user)
    form = RevealForm(request.POST)
    opened: list[Opened] | None = None
    status = 400
    if form.is_valid():
        try:
            spend("moderation", str(moderator.pk))
            opened = open_them(form.cleaned_data["purpose"], moderator)
            status = 200
        except GongzhiError as error:
            status = show_refusal(form, error)
    context: dict[str, Any] = {"title": title, "about": about, "back": back, "form": form, "opened": opened}
    response = render(request, "participation/stakeholders/opened.html", context, status=status)
    add_never_cache_headers(response)
    return response
