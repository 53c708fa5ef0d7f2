from __future__ import annotations

from datetime import datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import User
from participation.stakeholders.registration.models import RegistrationDocument


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of document"), choices=RegistrationDocument.Kind.choices)
    file = forms.FileField(
        label=_("File"),
        help_text=_("A scan or photo: PDF, PNG or JPEG. It is sealed before it is stored."),
    )


class MandateForm(forms.Form):
    person = forms.ModelChoiceField(
        label=_("E-mail address"),
        queryset=User.objects.filter(is_active=True),
        to_field_name="email",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Of somebody who has an account here."),
        error_messages={"invalid_choice": _("Nobody has an account with this address yet.")},
    )
    is_owner = forms.BooleanField(
        label=_("Is an owner too: grants and ends mandates, reads and changes what is sealed"), required=False
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Empty: until you end it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    @property
    def expires_at(self) -> datetime | None:
        """The end of the last day, in local time."""
        last = self.cleaned_data["expires_on"]
        return timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min)) if last else None
