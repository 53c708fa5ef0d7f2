"""Forms by which a self-evaluation sheet is handed in, and progress during the year is reported."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.performance.models import Indicator
from cms.performance.sheets.workbook import MAX_BYTES
from portal.currency import minor_digits
from portal.ui.furniture import local

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetForm(forms.Form):
    file = forms.FileField(
        label=_("Self-evaluation sheet"),
        help_text=_(
            "One Excel workbook (.xlsx) of at most 1 MB. Nothing is published before you have seen what was read."
        ),
        widget=forms.FileInput(attrs={"accept": f".xlsx,{XLSX}", "data-max-bytes": str(MAX_BYTES)}),
    )


class MonitoringForm(forms.Form):
    """How far money and indicators had come on a day. An indicator that is left empty is not reported."""

    as_of = forms.DateField(
        label=_("Day"),
        help_text=_("The last day that the figures count."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    executed = forms.DecimalField(label=_("Executed since the year began"), required=False, min_value=0, max_digits=17)
    note = forms.CharField(
        label=_("Why it differs from the plan"),
        help_text=_("Needed where money or results are behind. It is published."),
        required=False,
        max_length=1000,
        widget=forms.Textarea,
    )
    note_en = forms.CharField(label=_("The same in English"), required=False, max_length=1000, widget=forms.Textarea)
    correction = forms.CharField(
        label=_("What is being put right"),
        help_text=_("Who does what, until when. It is published."),
        required=False,
        max_length=1000,
        widget=forms.Textarea,
    )
    correction_en = forms.CharField(
        label=_("The same in English"), required=False, max_length=1000, widget=forms.Textarea
    )

    def __init__(self, indicators: list[Indicator], currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators, self.digits = indicators, minor_digits(currency)
        self.fields["as_of"].initial = timezone.localdate()
        self.fields["executed"] = forms.DecimalField(
            label=_("Executed since the year began (%(currency)s)") % {"currency": currency},
            required=False,
            min_value=0,
            max_digits=17,
            decimal_places=self.digits,
        )
        readings = {f"indicator_{each.pk}": _reading_field(each) for each in indicators}
        words = {name: self.fields.pop(name) for name in ("note", "note_en", "correction", "correction_en")}
        self.fields.update(readings | words)

    def readings(self) -> dict[Indicator, Decimal | str]:
        """What was reported, without what was left empty."""
        given = ((indicator, self.cleaned_data[f"indicator_{indicator.pk}"]) for indicator in self.indicators)
        return {indicator: value for indicator, value in given if value not in (None, "")}

    def executed_minor(self) -> int | None:
        """The amount in minor units."""
        amount = self.cleaned_data["executed"]
        return None if amount is None else int(amount.scaleb(self.digits))

    def notes(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("note", "note_en", "correction", "correction_en")}


def _reading_field(indicator: Indicator) -> forms.Field:
    name = local(indicator, "name")
    if indicator.operator == Indicator.Operator.QUALITATIVE:
        return forms.ChoiceField(
            label=name,
            help_text=_("Target: %(target)s") % {"target": indicator.target_text or "—"},
            choices=[("", _("not reported")), *Indicator.Level.choices],
            required=False,
        )
    target = "" if indicator.target is None else f"{indicator.target.normalize():f}"
    told = f"{indicator.get_operator_display()} {target} {indicator.unit}".strip()
    return forms.DecimalField(
        label=f"{name} ({indicator.unit})" if indicator.unit else name,
        help_text=_("Target: %(target)s") % {"target": told},
        required=False,
        max_digits=18,
        decimal_places=4,
    )
