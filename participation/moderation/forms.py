"""The forms of moderation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participation.consultations.forms import LongText
from participation.moderation.actions import MOST_HOURS
from participation.moderation.models import Appeal, Decision, HouseRule, Report
from participation.moderation.queries import house_rules
from portal.ui.furniture import local


def reason_field(help_text: Any, *, required: bool = True) -> LongText:
    return LongText(
        label=_("Reason"),
        max_length=1000,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RuleField(forms.ModelChoiceField):
    def label_from_instance(self, obj: HouseRule) -> str:
        return f"{obj.number}. {local(obj, 'title')}"


class HideForm(forms.Form):
    """Which rule is broken, and how."""

    rule = RuleField(
        label=_("House rule"), queryset=HouseRule.objects.none(), to_field_name="row_id", empty_label=_("Please choose")
    )
    reason = reason_field(_("Say how it breaks the rule. The author reads it, and a second moderator looks at it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].queryset = house_rules()  # type: ignore[attr-defined]


class ShowForm(forms.Form):
    reason = reason_field(_("The author reads it, and it stays in the history."))


class ReleaseForm(forms.Form):
    reason = reason_field(_("May stay empty."), required=False)


class KeepForm(forms.Form):
    reason = reason_field(_("Those who reported it read why it stays."))


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Your opinion"),
        choices=[
            (Decision.Review.CONFIRMED, _("It stays hidden")),
            (Decision.Review.OVERTURNED, _("It is shown again")),
        ],
        widget=forms.RadioSelect,
    )
    reason = reason_field(_("The author reads it."))


class AppealForm(forms.Form):
    words = LongText(
        label=_("Why it should be shown"),
        max_length=2000,
        help_text=_("A moderator who had no part in the decision reads it and decides, once and with a reason."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class AppealDecisionForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), choices=Appeal.Outcome.choices, widget=forms.RadioSelect)
    reason = reason_field(_("The author reads it."))


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=Report.Reason.choices, widget=forms.RadioSelect
    )
    words = LongText(
        label=_("In your own words"),
        required=False,
        max_length=1000,
        help_text=_("Only moderators read it. The author does not learn who reported it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class LookFirstForm(forms.Form):
    hours = forms.IntegerField(
        label=_("Hours within which a moderator looks"),
        required=False,
        min_value=1,
        max_value=MOST_HOURS,
        help_text=_("Leave it empty to show input at once."),
    )
    reason = reason_field(_("It is public: it stands in the history of the consultation."))
