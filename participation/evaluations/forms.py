"""The form for a third-party evaluation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Programme
from participation.consultations.forms import LongText, StandingField, standings_shown
from participation.consultations.models import Consultation
from participation.consultations.stages import Offer
from participation.evaluations.actions import REASONING_MAX_CHARS
from participation.evaluations.queries import programmes_in_scope
from participation.stakeholders.confidential_pages import add_confidential_fields
from portal.ui.furniture import local


class ProgrammeField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{local(obj.department, 'name')} · {local(obj, 'name')}"


class EvaluationForm(forms.Form):
    programme = ProgrammeField(
        label=_("Programme"),
        queryset=Programme.objects.none(),
        to_field_name="row_id",
        empty_label=_("Choose the programme that you evaluated"),
    )
    score = forms.DecimalField(
        label=_("Score out of 100"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    reasoning = LongText(
        label=_("How you came to this score"),
        max_length=REASONING_MAX_CHARS,
        help_text=_("What you looked at, whom you asked, what you found. Name your sample and your method."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    attachment = forms.FileField(
        label=_("Report or data"),
        required=False,
        help_text=_("One PDF, PNG, JPEG, Word, Excel, CSV or text file. It will be public."),
    )

    def __init__(self, *args: Any, draft_key: str, offer: Offer, consultation: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes_in_scope(consultation)  # type: ignore[attr-defined]
        self.fields["organisation"] = StandingField(standings_shown(offer))
        add_confidential_fields(self, offer.standings)
        self.fields["reasoning"].widget.attrs["data-draft-key"] = draft_key
        self.fields["attachment"].widget.attrs["data-max-bytes"] = str(settings.ATTACHMENT_MAX_BYTES)


class CorrectForm(forms.Form):
    score = forms.DecimalField(
        label=_("Score out of 100"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    reasoning = LongText(
        label=_("How you came to this score"),
        max_length=REASONING_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    reason = forms.CharField(label=_("Why it is corrected, which is public"), max_length=1000)
