"""What the privacy officer adds to the record of processing, and the three questions of an impact assessment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.rights.processing.actions import TEXT_MAX
from privacy.rights.processing.models import ImpactAssessment, ProcessingDetails
from privacy.rights.processing.queries import Activity


class DetailsForm(forms.ModelForm):  # type: ignore[type-arg]
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:
        model = ProcessingDetails
        fields = ("controller", "contact", "recipients", "abroad", "security", "automated", "notes")
        widgets = {
            name: forms.Textarea(attrs={"rows": 3, "maxlength": TEXT_MAX})
            for name in ("recipients", "abroad", "security", "automated", "notes")
        }


class AssessmentForm(forms.Form):
    grounds = forms.MultipleChoiceField(
        label=_("Why it is assessed"), choices=ImpactAssessment.Ground, widget=forms.CheckboxSelectMultiple
    )
    necessity = forms.CharField(
        label=_("Are purpose and means lawful, justified and necessary?"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    risks = forms.CharField(
        label=_("What does it do to the rights of people, and which risks are there?"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    measures = forms.CharField(
        label=_("Is the protection lawful, effective and in proportion to the risk?"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    risk = forms.ChoiceField(label=_("Risk that remains"), choices=ImpactAssessment.Risk, widget=forms.RadioSelect)

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        found = activity.draft or activity.approved
        names = ("grounds", "necessity", "risks", "measures", "risk")
        given = {name: getattr(found, name) for name in names} if found else {"grounds": list(activity.grounds)}
        kwargs["initial"] = {"risk": ImpactAssessment.Risk.MEDIUM, **given}
        super().__init__(*args, **kwargs)
