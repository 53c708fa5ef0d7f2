"""The forms of notifications."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.following.kinds import Cadence, Kind


class PreferencesForm(forms.Form):
    """One choice for each kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.ChoiceField(label=kind.label, choices=Cadence.choices)


class NotificationFilterForm(forms.Form):
    kind = forms.ChoiceField(label=_("About"), choices=[("", _("everything")), *Kind.choices], required=False)
    unread = forms.BooleanField(label=_("only what is unread"), required=False)
