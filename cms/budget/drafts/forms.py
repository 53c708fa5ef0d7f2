"""The forms of the import: the file, how it is written, what its columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.budget.drafts.models import MappingProfile
from cms.budget.importing.suggesting import Column, Sniffed, Suggestion
from cms.budget.models import Phase

ENCODINGS = ("utf-8", "gb18030", "big5", "cp1252", "utf-16")
TEXT_KEYS = {
    "department_code": _("Code of the department"),
    "department": _("Department"),
    "programme_code": _("Code of the programme"),
    "programme": _("Programme"),
    "functional_code": _("Functional code"),
    "functional": _("Function"),
    "economic_code": _("Economic code"),
    "economic": _("Economic type"),
    "fund": _("Fund"),
    "note": _("Note"),
}
UNITS = (
    (1, _("1 (yuan, euro)")),
    (1000, _("1,000")),
    (10000, _("10,000 (万元)")),
    (100000000, _("100,000,000 (亿元)")),
)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Budget file"),
        help_text=_("CSV, XLSX, XLS, ODS, or a ZIP of them. Nothing is written before you have seen what was read."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods,.zip"}),
    )
    profile = forms.ModelChoiceField(
        label=_("Kept mapping"),
        queryset=MappingProfile.objects.none(),
        required=False,
        empty_label=_("None: suggest what the columns mean"),
    )
    mapping = forms.FileField(
        label=_("Mapping file (TOML)"),
        required=False,
        help_text=_("For those who have one: it says everything, and the next two steps are passed over."),
        widget=forms.FileInput(attrs={"accept": ".toml"}),
    )

    def __init__(self, *args: Any, profiles: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["profile"]
        field.queryset = profiles  # type: ignore[attr-defined]
        field.label_from_instance = lambda profile: f"{profile.government} · {profile.name}"  # type: ignore[attr-defined]


class SettingsForm(forms.Form):
    """How the file is written. ``sniffed`` tells which of the fields there are, and why each is as it is."""

    member = forms.ChoiceField(label=_("Table of the archive"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(
        label=_("Columns are parted by"),
        required=False,
        choices=((",", _("comma")), (";", _("semicolon")), ("\t", _("tab")), ("|", "|")),
    )
    header = forms.TypedChoiceField(
        label=_("Names of the columns"),
        choices=(("yes", _("The first row of the table names its columns")), ("no", _("The columns have no names"))),
        coerce=lambda value: value == "yes",
    )
    skip_rows = forms.IntegerField(label=_("Rows above the table"), min_value=0, max_value=1000)
    header_rows = forms.TypedChoiceField(
        label=_("Rows of the header"), choices=((1, "1"), (2, "2"), (3, "3")), coerce=int
    )
    decimal = forms.ChoiceField(
        label=_("Decimal mark"),
        required=False,
        choices=(("", _("find out")), (".", _("point: 1,234.50")), (",", _("comma: 1.234,50"))),
    )

    def __init__(self, *args: Any, sniffed: Sniffed, settings: dict[str, Any], **kwargs: Any) -> None:
        initial: dict[str, Any] = {}
        for key, suggestion in sniffed.settings.items():
            initial[key] = settings.get(key, suggestion.value)
        initial["header"] = "yes" if initial.get("header") else "no"
        initial["member"] = settings.get("member", "")
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        if sniffed.members:
            everything = ("", _("All of them, read the same way"))
            self._choices("member", [everything, *((name, name) for name in sniffed.members)])
        else:
            del self.fields["member"]
        if sniffed.sheets:
            self._choices("sheet", [(name, name) for name in sniffed.sheets])
            del self.fields["encoding"], self.fields["delimiter"]
        else:
            del self.fields["sheet"]
            found = str(initial.get("encoding", ""))
            self._choices("encoding", [(name, name) for name in dict.fromkeys([found, *ENCODINGS]) if name])
        for key, suggestion in sniffed.settings.items():
            if key in self.fields:
                self.fields[key].help_text = suggestion.reason

    def _choices(self, name: str, choices: Sequence[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def as_settings(self) -> dict[str, Any]:
        """Keys of [file]."""
        return {key: value for key, value in self.cleaned_data.items() if value != ""}


class ColumnsForm(forms.Form):
    """What the release is and what its columns mean."""

    # The page has the names of those that are there.
    government = forms.CharField(
        label=_("Government"), max_length=200, required=False, widget=forms.TextInput(attrs={"list": "governments"})
    )
    fiscal_year = forms.IntegerField(label=_("Fiscal year"), min_value=1900, max_value=2199, required=False)
    currency = forms.RegexField(
        r"^[A-Z]{3}$", label=_("Currency"), max_length=3, required=False, help_text=_("ISO 4217, such as CNY")
    )
    unit = forms.TypedChoiceField(label=_("Amounts are counted in"), choices=UNITS, coerce=int, required=False)
    leaf_equals = forms.CharField(
        label=_("Values of rows that are facts"),
        required=False,
        help_text=_("Several with commas between them. All other rows are kept as check values and never summed."),
    )
    profile_name = forms.CharField(
        label=_("Keep this mapping as"),
        max_length=100,
        required=False,
        help_text=_("So that the next file of this government is read the same way. Leave blank to keep nothing."),
    )
    FROM_COLUMN = ("government", "fiscal_year", "currency", "unit")

    def __init__(self, *args: Any, sniffed: Sniffed, initial: dict[str, Any], **kwargs: Any) -> None:
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.sniffed = sniffed
        for key in self.FROM_COLUMN:
            found = sniffed.release.get(key)
            is_column = found is not None and isinstance(found.value, dict)
            self._column_field(f"{key}_column", _("… or from the column"), found if is_column else None)
            if found and not is_column:
                self.fields[key].help_text = found.reason
        for key, label in TEXT_KEYS.items():
            self._column_field(key, label, sniffed.meanings.get(key))
        for phase in Phase:
            self._column_field(phase.value, phase.label, sniffed.meanings.get(phase.value))
        self._column_field("leaf_column", _("Facts and sums are told apart by"), sniffed.leaf)

    def _column_field(self, name: str, label: Any, suggestion: Suggestion | None) -> None:
        choices = [("", _("not in this file")), *((str(c.position), column_choice(c)) for c in self.sniffed.columns)]
        # As wide as the page at most, however long what stands in the columns is.
        widget = forms.Select(attrs={"class": "w-w-full"})
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False, widget=widget)
        if suggestion:
            self.fields[name].help_text = suggestion.reason

    @property
    def release_fields(self) -> list[Any]:
        return [self[name] for key in self.FROM_COLUMN for name in (key, f"{key}_column")]

    @property
    def text_fields(self) -> list[Any]:
        return [self[key] for key in TEXT_KEYS]

    @property
    def amount_fields(self) -> list[Any]:
        return [self[phase.value] for phase in Phase]

    @property
    def profile_fields(self) -> list[Any]:
        return [self["profile_name"]]

    @property
    def leaf_fields(self) -> list[Any]:
        return [self["leaf_column"], self["leaf_equals"]]


def column_choice(column: Column) -> str:
    """A column as a choice: where it is, what it is called and what stands in it."""
    samples = ", ".join(column.samples[:2])
    return f"{column.position + 1}. {column.label}" + (f" ({samples})" if samples else "")


class SignOffForm(forms.Form):
    note = forms.CharField(
        label=_("Note to the reviewer"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was compared, and what remains open. It stays with the release."),
    )
    title = forms.CharField(label=_("Title of the page"), max_length=255)
    summary = forms.CharField(
        label=_("Summary in plain language"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    confirmed = forms.BooleanField(
        label=_("I have compared the totals with the source, and answer for this import."), required=True
    )
