"""The forms by which somebody answers for an error, and says when a budget was approved."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.budget.checks.actions import REASON_MAX_CHARS, REASON_MIN_CHARS


class OverrideForm(forms.Form):
    reason = forms.CharField(
        label=_("Why this is published all the same"),
        help_text=_("Everybody can read this, for good, beside the finding and with your public name."),
        min_length=REASON_MIN_CHARS,
        max_length=REASON_MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class TablesForm(forms.Form):
    """``file`` may be left out where one was chosen before: it travels in the form."""

    file = forms.FileField(
        label=_("File with the tables"),
        required=False,
        help_text=_("CSV, XLSX, XLS or ODS, in the layout that you can download below."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls,.ods"}),
    )
    unit = forms.TypedChoiceField(
        label=_("Unit"),
        help_text=_("What amounts are printed in where a table does not say it."),
        choices=((10_000, _("10,000 yuan (万元)")), (1, _("yuan (元)"))),
        coerce=int,
        initial=10_000,
    )


class ApprovalForm(forms.Form):
    approved_on = forms.DateField(
        label=_("Approved on"),
        help_text=_(
            "The day on which the budget or the accounts were approved; the term for publication runs from it."
        ),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
