"""The forms of calls: opening one, applying, choosing, declaring interests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Programme
from cms.performance.schemes import ScoringScheme
from participation.consultations.forms import LongText
from participation.consultations.models import Consultation
from participation.evaluations.calls.models import EvaluationAuthor, EvaluationCall
from participation.evaluations.calls.queries import invitable
from participation.evaluations.queries import programmes_in_scope
from participation.stakeholders.models import Organisation
from participation.stakeholders.queries import Standing
from portal.ui.furniture import local


class NamedChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return local(obj, "name")


class NamedChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{local(obj.department, 'name')} · {local(obj, 'name')}"


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class CallForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    programmes = NamedChoices(
        label=_("Programmes"),
        queryset=Programme.objects.none(),
        to_field_name="row_id",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of one department. Each evaluator evaluates all of them."),
    )
    scheme = NamedChoice(
        label=_("Scheme"), queryset=ScoringScheme.objects.none(), to_field_name="row_id", empty_label=None
    )
    mode = forms.ChoiceField(
        label=_("How evaluators are found"),
        choices=EvaluationCall.Mode.choices,
        initial=EvaluationCall.Mode.OPEN,
        widget=forms.RadioSelect,
    )
    eligibility = LongText(label=_("Who may evaluate"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    accredited_only = forms.BooleanField(label=_("Accredited evaluators only"), required=False, initial=True)
    places = forms.IntegerField(label=_("Number of evaluators"), min_value=1, max_value=20, initial=2)
    apply_by = _day(label=_("Applications until"), required=False)
    due_on = _day(label=_("Evaluations due"))
    paid_by = forms.CharField(
        label=_("Who pays, and how much"), max_length=200, help_text=_("It stands beside each evaluation.")
    )

    def __init__(self, *args: Any, consultation: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programmes"].queryset = programmes_in_scope(consultation)  # type: ignore[attr-defined]
        schemes = ScoringScheme.objects.filter(kind=ScoringScheme.Kind.EVALUATION, indicators__isnull=False)
        self.fields["scheme"].queryset = schemes.distinct().order_by("code", "-version")  # type: ignore[attr-defined]


class ApplyForm(forms.Form):
    organisation = forms.ChoiceField(label=_("For which organisation"))
    statement = LongText(
        label=_("Why it is suited"),
        max_length=2000,
        help_text=_("Experience, people, method. The office that chooses reads it; the public does not."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, standings: list[Standing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standings = {standing.key: standing for standing in standings}
        self.fields["organisation"].choices = [(s.key, s.label) for s in standings]  # type: ignore[attr-defined]

    @property
    def standing(self) -> Standing:
        return self.standings[self.cleaned_data["organisation"]]


class InviteForm(forms.Form):
    organisation = NamedChoice(label=_("Organisation"), queryset=Organisation.objects.none(), to_field_name="row_id")
    reason = forms.CharField(label=_("Reason, which is public"), max_length=1000)

    def __init__(self, *args: Any, call: EvaluationCall, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = invitable(call)  # type: ignore[attr-defined]


class InterestForm(forms.Form):
    interest = forms.ChoiceField(
        label=_("Have you an interest in the evaluated department?"),
        choices=EvaluationAuthor.Interest.choices,
        widget=forms.RadioSelect,
    )
    details = LongText(
        label=_("What the interest is"),
        max_length=4000,
        required=False,
        help_text=_("Sealed: a moderator opens it for a purpose on record. The public reads only that there is one."),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    undertakes = forms.BooleanField(
        label=_(
            "I evaluate independently, take nothing from anybody concerned, and keep to myself what I learn and what "
            "is not public."
        ),
        required=False,
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason, which is public"), max_length=1000)
