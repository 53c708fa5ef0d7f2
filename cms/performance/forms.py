"""The form by which a self-evaluation sheet is handed in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.performance.sheets.workbook import MAX_BYTES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SheetForm(forms.Form):
    file = forms.FileField(
        label=_("Self-evaluation sheet"),
        help_text=_(
            "One Excel workbook (.xlsx) of at most 1 MB. Nothing is published before you have seen what was read."
        ),
        widget=forms.FileInput(attrs={"accept": f".xlsx,{XLSX}", "data-max-bytes": str(MAX_BYTES)}),
    )
