from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.levels.actions import NOTE_MAX_CHARS


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the message"),
        max_length=12,
        help_text=_("The six digits that were sent to your telephone."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class AskForm(forms.Form):
    note = forms.CharField(
        label=_("What the officer should know"),
        max_length=NOTE_MAX_CHARS,
        required=False,
        help_text=_("For example where you will show your identity card. Please do not write its number here."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CheckForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("accept", _("Resident: the papers agree with what is in the profile")), ("refuse", _("Refused"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        help_text=_("What you compared. The person reads it. A refusal needs it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RosterForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    source = forms.CharField(label=_("Who issued it, and when"), max_length=200)
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "A column “identity_number” or “公民身份号码”, and if need be “document”: “resident_id” or “other”. "
            "Nothing else is read. Of each number only a mark is kept that says nothing about it."
        ),
    )
