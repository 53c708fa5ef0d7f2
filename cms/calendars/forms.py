"""Forms of the calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cms.calendars.days_file import NOTE_MAX, Entered
from cms.calendars.models import CHINA
from cms.calendars.months import Month

BY_RULE, WORKED, FREE = "", "1", "0"


class ImportForm(forms.Form):
    """A file to look at or, once it was looked at, its days again as text."""

    jurisdiction = forms.CharField(
        label=_("Where it applies"),
        initial=CHINA,
        max_length=20,
        validators=[RegexValidator(r"^[A-Z]{2}(-[A-Z0-9]{1,6})*$")],
        help_text=_("ISO 3166, such as CN, or CN-33 for a province with days of its own."),
    )
    source = forms.CharField(
        label=_("Official notice"),
        max_length=300,
        help_text=_("Its title and number. It is shown beside the calendar."),
    )
    file = forms.FileField(
        label=_("Table of the days (CSV)"),
        required=False,
        help_text=_("Columns date, is_workday (1 or 0) and note; only the days that differ from the weekly rule."),
    )
    days = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("days"):
            self.add_error("file", _("Choose a file."))
        return cleaned

    def content(self) -> bytes:
        file = self.cleaned_data.get("file")
        return file.read() if file else self.cleaned_data["days"].encode()


class MonthForm(forms.Form):
    """Every day of a month: as the weekly rule has it, worked or free, each with a note."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Such as the notice that says so. It is shown beside the calendar."),
    )

    def __init__(self, month: Month, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.month = month
        choices = [(BY_RULE, _("weekly rule")), (WORKED, _("worked")), (FREE, _("free"))]
        for day in month.days:
            said = "" if day.entered is None else WORKED if day.entered.is_workday else FREE
            label = date_format(day.date, "SHORT_DATE_FORMAT")
            self.fields[f"d{day.date.day}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=said
            )
            self.fields[f"n{day.date.day}"] = forms.CharField(
                label=_("Note on %(day)s") % {"day": label},
                required=False,
                max_length=NOTE_MAX,
                initial=day.entered.note if day.entered else "",
            )

    def rows(self) -> list[tuple[Any, Any, Any]]:
        """(day, its choice, its note)."""
        return [(day, self[f"d{day.date.day}"], self[f"n{day.date.day}"]) for day in self.month.days]

    def changed_days(self) -> list[tuple[date, Entered | None]]:
        """The days that are to be said otherwise than they are now."""
        changed: list[tuple[date, Entered | None]] = []
        for day in self.month.days:
            said, note = self.cleaned_data[f"d{day.date.day}"], self.cleaned_data[f"n{day.date.day}"].strip()
            wanted = None if said == BY_RULE else Entered(said == WORKED, note)
            now = Entered(day.entered.is_workday, day.entered.note) if day.entered else None
            if wanted != now:
                changed.append((day.date, wanted))
        return changed


class ReckonForm(forms.Form):
    """A rule and the day on which its period begins."""

    rule = forms.ChoiceField(label=_("Rule"))
    start = forms.DateField(
        label=_("Begins on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        # From the end of time no period can be counted on.
        validators=[MinValueValidator(date(1950, 1, 1)), MaxValueValidator(date(2199, 12, 31))],
    )

    def __init__(self, rules: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = rules  # type: ignore[attr-defined]
