"""The forms beside the second opinion: official scores, the public's own, and the lot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.consultations.forms import LongText, StandingField, standings_shown
from participation.consultations.stages import Offer
from participation.evaluations.opinions.models import OfficialScore, PublicScore, Reevaluation


class Lot(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class OfficialScoreForm(forms.Form):
    fiscal_year = forms.IntegerField(label=_("Fiscal year"), min_value=2000, max_value=2100)
    kind = forms.ChoiceField(label=_("Whose evaluation"), choices=OfficialScore.Kind.choices)
    score = forms.DecimalField(
        label=_("Score out of 100"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    summary = LongText(label=_("What was found"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    reevaluation = Lot(
        label=_("Drawn by lot"),
        queryset=Reevaluation.objects.none(),
        to_field_name="row_id",
        required=False,
        empty_label=_("Not drawn"),
    )

    def __init__(self, *args: Any, programme: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lots = Reevaluation.objects.filter(drawn__programme=programme).distinct()
        self.fields["reevaluation"].queryset = lots  # type: ignore[attr-defined]


class PublicScoreForm(forms.Form):
    points = forms.TypedChoiceField(
        label=_("How satisfied are you with it?"),
        choices=PublicScore.Level.choices,
        coerce=int,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"] = StandingField(standings_shown(offer))


class LotForm(forms.Form):
    fiscal_year = forms.IntegerField(label=_("Fiscal year"), min_value=2000, max_value=2100)
    count = forms.IntegerField(label=_("How many are drawn"), min_value=1, max_value=500)
    reason = LongText(label=_("Why, and what is looked at"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fiscal_year"].initial = timezone.localdate().year - 1
