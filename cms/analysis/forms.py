"""The form by which a table of prices or of population is entered: first looked at, then taken over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cms.analysis.models import StatisticsImport
from cms.analysis.statistics_tables import CHARACTERS_AT_MOST, Table, Unit, read_table
from cms.budget.models import Government


class StatisticsForm(forms.Form):
    series = forms.ChoiceField(label=_("What the table tells"), choices=StatisticsImport.Series.choices)
    unit = forms.ChoiceField(
        label=_("How prices are written"),
        choices=[
            (Unit.INDEX.value, _("as an index, previous year = 100")),
            (Unit.CHANGE.value, _("as a change in per cent")),
        ],
        required=False,
    )
    government = forms.ModelChoiceField(
        Government.objects.order_by("pk"),
        label=_("Government"),
        required=False,
        empty_label=_("all governments"),
        help_text=_("Population always belongs to one government; prices may hold for all of them."),
    )
    table = forms.CharField(
        label=_("Table"),
        required=False,
        max_length=CHARACTERS_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("A year and a number in each line, as copied from a spreadsheet or a CSV file."),
    )
    file = forms.FileField(
        label=_("or a CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv", "data-max-bytes": str(CHARACTERS_AT_MOST)}),
    )
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("Who published it, in which document, with its address.")
    )
    published_on = forms.DateField(label=_("Published on"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file is not None:
            if file.size > CHARACTERS_AT_MOST:
                self.add_error("file", _now("This file is too large for a table of years."))
            else:
                cleaned["table"] = _decoded(file.read())
        elif not (cleaned.get("table") or "").strip():
            self.add_error("table", _now("Paste a table, or choose a file."))
        population = StatisticsImport.Series.POPULATION
        if cleaned.get("series") == population and not cleaned.get("government") and "government" not in self.errors:
            self.add_error("government", _now("Say whose population this is."))
        return cleaned

    def read(self) -> Table:
        """Of a valid form."""
        return read_table(
            self.cleaned_data["table"],
            series=StatisticsImport.Series(self.cleaned_data["series"]),
            unit=Unit(self.cleaned_data["unit"] or Unit.INDEX),
            government=self.cleaned_data["government"],
        )

    def holding(self) -> StatisticsForm:
        """The same form with the text of the file in its field: a browser sends a chosen file only once."""
        sent = {name: self.data.get(name) for name in self.fields if name != "file"}
        return StatisticsForm(data={**sent, "table": self.cleaned_data["table"]})


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
