"""The forms of the smaller steps on the page of a task."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.moderation.models import HouseRule
from participation.rectification.ladder.models import Consequence
from participation.rectification.models import RectificationTask, Verification
from participation.rectification.panels.actions import FEWEST, MOST
from participation.rectification.plan_forms import OfficerField
from participation.rectification.tracker import officers_of
from participation.stakeholders.models import Appointment

PUBLIC = _("Everybody can read this.")
REASONS = _("Reasons")


class DeedForm(forms.Form):
    """Knows its task, and keeps its fields apart from those of the other forms on the page."""

    def __init__(self, *args: Any, task: RectificationTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = task


def _reason(label: Any = REASONS, limit: int = 2000) -> forms.CharField:
    return forms.CharField(label=label, max_length=limit, help_text=PUBLIC, widget=forms.Textarea(attrs={"rows": 3}))


class ButtonForm(DeedForm):
    """Nothing to fill in."""


class ReasonForm(DeedForm):
    reason = _reason()


class DisputeForm(DeedForm):
    stands = forms.TypedChoiceField(
        label=_("Decision"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("The task stands")), ("no", _("The task is withdrawn"))],
        widget=forms.RadioSelect,
    )
    reason = _reason()


class ReassignForm(DeedForm):
    office = OfficerField(
        label=_("Responsible department and officer"),
        queryset=Appointment.objects.none(),
        to_field_name="row_id",
        empty_label=_("Choose"),
    )
    reason = _reason()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = officers_of(self.task.department.government_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        office = cleaned.pop("office", None)
        return cleaned | ({"department": office.department, "officer": office.person} if office else {})


class TimeForm(DeedForm):
    working_days = forms.IntegerField(label=_("Working days more"), min_value=1, max_value=1000)
    reason = _reason(_("Why it takes longer"), 1000)


class TimeDecisionForm(DeedForm):
    is_approved = forms.TypedChoiceField(
        label=_("Decision"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("More time is given")), ("no", _("The deadline stays"))],
        widget=forms.RadioSelect,
    )
    reason = _reason(limit=1000)


class ReopenForm(DeedForm):
    due_on = forms.DateField(
        label=_("New deadline"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = _reason()

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day is not None and day <= timezone.localdate():
            raise forms.ValidationError(_("The deadline has to lie in the future."))
        return day


class InstructionForm(DeedForm):
    text = _reason(_("What has to be done"))


class QuestionForm(DeedForm):
    question = _reason(_("What do you want to know about the recommendation?"))


class ExplainForm(DeedForm):
    answer = _reason(_("What is meant"), 4000)
    clarified = forms.CharField(
        label=_("Clarified recommendation"),
        max_length=2000,
        required=False,
        help_text=_("Leave it as it is if the words need no change. The earlier words stay on record."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("clarified", self.task.finding.recommendation)


class PanelForm(DeedForm):
    seats = forms.TypedChoiceField(
        label=_("Seats"),
        coerce=int,
        choices=[(number, number) for number in range(FEWEST, MOST + 1, 2)],
        help_text=_("Drawn by lot from those who volunteer. An odd number, so that there is a majority."),
    )


class VoteForm(DeedForm):
    vote = forms.ChoiceField(
        label=_("Was it put right?"),
        choices=[(Verification.Outcome.VERIFIED, _("Yes")), (Verification.Outcome.RETURNED, _("No"))],
        widget=forms.RadioSelect,
    )
    reason = _reason(_("What you saw"), 1000)


class PhotoForm(DeedForm):
    caption = forms.CharField(label=_("What it shows, where and when"), max_length=300)
    attachment = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG or PNG, up to 10 MB. Where and when it was taken is removed from the file."),
    )


class PhotoDecisionForm(DeedForm):
    is_shown = forms.TypedChoiceField(
        label=_("Decision"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("Show it")), ("no", _("Do not show it"))],
        widget=forms.RadioSelect,
    )
    rule = forms.ModelChoiceField(
        label=_("House rule"), queryset=HouseRule.objects.none(), required=False, empty_label=_("Choose")
    )
    reason = forms.CharField(
        label=_("Reasons"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].queryset = HouseRule.objects.in_force()  # type: ignore[attr-defined]


class ProposeForm(DeedForm):
    kind = forms.ChoiceField(label=_("What is proposed"), choices=Consequence.Kind.choices, widget=forms.RadioSelect)


class MeasureForm(DeedForm):
    measure = forms.CharField(label=_("Measure"), max_length=200)
    reason = _reason()


class AppealDecisionForm(DeedForm):
    is_upheld = forms.TypedChoiceField(
        label=_("Decision"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("It is upheld")), ("no", _("It is lifted"))],
        widget=forms.RadioSelect,
    )
    reason = _reason()
