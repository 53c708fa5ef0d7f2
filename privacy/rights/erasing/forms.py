"""What the person and the privacy officer type."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.log.states import subject_of
from privacy.rights.erasing.queries import record_named
from privacy.sealing.keys import Subject

BASIS_MAX_CHARS = 300
REASON_MAX_CHARS = 2000


class AskForm(forms.Form):
    understood = forms.BooleanField(
        label=gettext_lazy("I have read what goes and what stays, and want this to be erased."),
        error_messages={"required": gettext_lazy("Please confirm that you have read it.")},
    )


class RefuseForm(forms.Form):
    basis = forms.CharField(label=gettext_lazy("Legal basis"), max_length=BASIS_MAX_CHARS)
    reason = forms.CharField(
        label=gettext_lazy("Reason, which the person reads"), max_length=REASON_MAX_CHARS, widget=forms.Textarea
    )


class LiftForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is lifted"), max_length=REASON_MAX_CHARS, widget=forms.Textarea)


class StartForm(forms.Form):
    """For somebody who asked by letter or at the counter, and cannot sign in."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address of the person"),
        help_text=gettext_lazy("Make sure that it is they who ask. A letter lets them take it back."),
    )

    def clean_email(self) -> Subject:
        person = get_user_model()._default_manager.filter(email__iexact=self.cleaned_data["email"]).first()
        if person is None:
            raise forms.ValidationError(_("Nobody has an account with this address."))
        return Subject("person", person.row_id)


class HoldForm(forms.Form):
    """On a person by e-mail address, or on a record as the log names it: "app.model" and its number."""

    who = forms.CharField(
        label=gettext_lazy("E-mail address of the person, or record"),
        max_length=200,
        help_text=gettext_lazy("A record as the log names it, for example: participation.feedback 3f2b…"),
    )
    basis = forms.CharField(label=gettext_lazy("Legal basis"), max_length=BASIS_MAX_CHARS)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON_MAX_CHARS, widget=forms.Textarea)
    until = forms.DateField(
        label=gettext_lazy("Ends on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Left empty: until it is lifted."),
    )

    def clean_who(self) -> dict[str, Any]:
        text = self.cleaned_data["who"].strip()
        person = get_user_model()._default_manager.filter(email__iexact=text).first()
        if person is not None:
            return {"subject": Subject("person", person.row_id)}
        label, _blank, number = text.partition(" ")
        try:
            record = (label, UUID(number.strip()))
        except ValueError:
            record = None
        if record is None or (found := record_named(*record)) is None:
            raise forms.ValidationError(_("Nobody, and no record, is found under this."))
        subject = subject_of(found)
        # The record of a person or of an organisation stands for all that is about them.
        return {"subject": subject} if subject.ref == found.row_id else {"record": record}
