"""Forms by which goals are approved, and a change of them is asked for and decided."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.performance.models import Indicator
from cms.performance.queries import without_trailing_zeros
from portal.ui.furniture import local

REASON_MAX = 1000


class ApprovalForm(forms.Form):
    note = forms.CharField(label=_("Note"), required=False, max_length=REASON_MAX, widget=forms.Textarea)


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=(("approve", _("Approve the change")), ("refuse", _("Refuse it"))),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), help_text=_("It is published."), max_length=REASON_MAX, widget=forms.Textarea
    )


class ChangeForm(forms.Form):
    """Target and weight of every indicator, filled in with what is approved: only what is changed is proposed."""

    def __init__(self, indicators: list[Indicator], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = indicators
        for indicator in indicators:
            name = local(indicator, "name")
            if indicator.operator == Indicator.Operator.QUALITATIVE:
                self.fields[f"target_text_{indicator.pk}"] = forms.CharField(
                    label=_("%(name)s: target in words") % {"name": name},
                    initial=indicator.target_text,
                    max_length=300,
                    required=False,
                )
            else:
                self.fields[f"target_{indicator.pk}"] = forms.DecimalField(
                    label=_("%(name)s: target (%(operator)s, %(unit)s)")
                    % {"name": name, "operator": indicator.get_operator_display(), "unit": indicator.unit or "—"},
                    initial=None if indicator.target is None else without_trailing_zeros(indicator.target),
                    max_digits=18,
                    decimal_places=4,
                )
            self.fields[f"weight_{indicator.pk}"] = forms.DecimalField(
                label=_("%(name)s: weight") % {"name": name},
                initial=without_trailing_zeros(indicator.weight),
                max_digits=5,
                decimal_places=2,
            )
        self.fields["reason"] = forms.CharField(
            label=_("Why the goals have to change"),
            help_text=_("It is published with the change."),
            max_length=REASON_MAX,
            widget=forms.Textarea,
        )

    def wanted(self) -> dict[Indicator, dict[str, Decimal | str]]:
        """For each indicator the fields as they were entered."""
        names = ("target", "target_text", "weight")
        return {
            indicator: {
                name: self.cleaned_data[f"{name}_{indicator.pk}"]
                for name in names
                if f"{name}_{indicator.pk}" in self.fields
            }
            for indicator in self.indicators
        }
