"""What an auditor asks the record of readings, and what they write down about an alert."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Days beyond have no moment in every time zone.
_DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


class ReadingsForm(forms.Form):
    reader = forms.CharField(label=gettext_lazy("Reader: name or e-mail address"), max_length=100, required=False)
    record = forms.UUIDField(
        label=gettext_lazy("Reference of a record, person or organisation"),
        required=False,
        error_messages={"invalid": gettext_lazy("A reference looks like 123e4567-e89b-12d3-a456-426614174000.")},
    )
    since = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        validators=_DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        validators=_DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("This is before the first day."))
        return given


class AcknowledgeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What did you find, and what follows from it?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Please write down what you found.")},
    )
