"""The forms of moderators' private notes."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("New note"),
        help_text=_("For moderators only, sealed. The author learns that there is a note, not what it says."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


class RemovalForm(forms.Form):
    reason = forms.CharField(label=_("Why is it removed?"), help_text=_("The other moderators read it."))
