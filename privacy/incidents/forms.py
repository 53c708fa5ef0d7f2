"""What is asked of whoever works on an incident."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.incidents.models import AuthorityReport, Containment, Incident
from privacy.incidents.scope import MOST_MADE_UP
from privacy.rights.deadlines import LegalRule
from privacy.sealing.inventory import value_columns

LONGEST = 5000
_DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))
_MOMENTS = tuple(
    kind(datetime.fromisoformat(f"{year}-01-01T00:00:00+00:00"))
    for kind, year in ((MinValueValidator, 2000), (MaxValueValidator, 3000))
)


def _words(label: Any, *, rows: int = 3, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, required=required, widget=forms.Textarea(attrs={"rows": rows}), **more
    )


def _moment(label: Any, *, required: bool = True, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        validators=_MOMENTS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        **more,
    )


def jurisdictions() -> list[tuple[str, str]]:
    """Those for which there are rules, the portal's own first."""
    own = settings.PRIVACY_JURISDICTION
    known = LegalRule.objects.order_by("jurisdiction").values_list("jurisdiction", flat=True).distinct()
    return [(code, code) for code in dict.fromkeys((own, *known))]


def people_named(text: str) -> list[UUID]:
    """Row ids of the people whose addresses or references stand in ``text``, one a line. Raises ``ValidationError``
    that names what is neither."""
    users: Any = get_user_model()
    found = []
    for word in text.replace(",", "\n").split():
        try:
            found.append(UUID(word))
            continue
        except ValueError:
            person = users.objects.filter(**{f"{users.USERNAME_FIELD}__iexact": word}).first()
        if person is None:
            raise forms.ValidationError(_("Nobody has the address or reference %(word)s.") % {"word": word[:100]})
        found.append(person.row_id)
    return list(dict.fromkeys(found))


class NewForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What kind of incident"), choices=Incident.Kind)
    what_happened = _words(gettext_lazy("What happened, as far as it is known"), rows=4)
    aware_at = _moment(
        gettext_lazy("Aware of it since"), help_text=gettext_lazy("All periods that the law sets begin here.")
    )
    jurisdiction = forms.ChoiceField(label=gettext_lazy("Whose law applies"))
    is_exercise = forms.BooleanField(
        label=gettext_lazy("This is an exercise"),
        required=False,
        help_text=gettext_lazy("With made-up people. Measures are only written down, and no letter leaves the house."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["jurisdiction"].choices = jurisdictions()  # type: ignore[attr-defined]
        self.fields["aware_at"].initial = timezone.now


class FactsForm(forms.Form):
    severity = forms.ChoiceField(
        label=gettext_lazy("How serious"), choices=Incident.Severity, required=False, initial=""
    )
    jurisdiction = forms.ChoiceField(label=gettext_lazy("Whose law applies"))
    aware_at = _moment(gettext_lazy("Aware of it since"))
    occurred_from = _moment(gettext_lazy("Data was in wrong hands from"), required=False)
    occurred_until = _moment(gettext_lazy("until"), required=False)
    what_happened = _words(gettext_lazy("What happened"), rows=4)
    harm = _words(gettext_lazy("What may follow for people"), required=False)
    measures = _words(gettext_lazy("What was done"), required=False)
    public_statement = _words(
        gettext_lazy("Statement for the public"),
        required=False,
        help_text=gettext_lazy("Stands on the public page once people have been told."),
    )
    people_not_told_because = _words(gettext_lazy("People are not told because"), rows=2, required=False)
    authority_not_told_because = _words(gettext_lazy("The authority is not told because"), rows=2, required=False)
    no_lessons_because = _words(gettext_lazy("There is nothing to learn because"), rows=2, required=False)
    reason = forms.CharField(label=gettext_lazy("Why you change it"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["jurisdiction"].choices = jurisdictions()  # type: ignore[attr-defined]


class WordsForm(forms.Form):
    words = _words(gettext_lazy("Your words"), rows=2)


class MoveForm(forms.Form):
    to = forms.ChoiceField(choices=Incident.State, widget=forms.HiddenInput)
    words = _words(gettext_lazy("Reason"), rows=2)


class TickForm(forms.Form):
    key = forms.SlugField(max_length=40)
    words = _words("", required=False)


class RefForm(forms.Form):
    ref = forms.UUIDField(widget=forms.HiddenInput)


class ContainForm(forms.Form):
    action = forms.ChoiceField(label=gettext_lazy("Measure"), choices=Containment.Action)
    people = _words(
        gettext_lazy("About whom: addresses or references, one a line"),
        rows=2,
        required=False,
        help_text=gettext_lazy("Empty: everybody. Stopping exports, read-only mode and the key concern everybody."),
    )
    concerned = forms.BooleanField(
        label=gettext_lazy("and everybody whom the incident concerns, as far as it is known"), required=False
    )
    reason = _words(gettext_lazy("Reason"), rows=2)

    def clean_people(self) -> list[UUID]:
        return people_named(self.cleaned_data["people"])


class LiftForm(RefForm):
    reason = _words(gettext_lazy("Reason for ending it"), rows=2)


class ScopeForm(forms.Form):
    SOURCES = (
        ("readings", gettext_lazy("what was opened in a span of time, and by whom")),
        ("keys", gettext_lazy("everybody whose data is under a key")),
        ("named", gettext_lazy("the people who are named below")),
    )
    MADE_UP = (("made_up", gettext_lazy("made-up people")),)

    source = forms.ChoiceField(label=gettext_lazy("Find them by"))
    since = _moment(gettext_lazy("From"), required=False)
    until = _moment(gettext_lazy("Until"), required=False)
    people = _words(
        gettext_lazy("People: addresses or references, one a line"),
        rows=2,
        required=False,
        help_text=gettext_lazy("By readings: who opened it; empty for anybody. By name: whom it concerns."),
    )
    fields_named = forms.MultipleChoiceField(
        label=gettext_lazy("With which fields"),
        required=False,
        help_text=gettext_lazy("By name only."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    kek_id = forms.CharField(
        label=gettext_lazy("Number of the key-encryption key"),
        max_length=32,
        required=False,
        help_text=gettext_lazy("By key; empty for every key."),
    )
    count = forms.IntegerField(
        label=gettext_lazy("How many made-up people"), min_value=1, max_value=MOST_MADE_UP, required=False
    )
    words = _words(gettext_lazy("What you looked at, and why that is all"), rows=2)

    def __init__(self, *args: Any, is_exercise: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = self.MADE_UP if is_exercise else self.SOURCES  # type: ignore[attr-defined]
        if is_exercise:
            for name in ("since", "until", "people", "fields_named", "kek_id"):
                del self.fields[name]
        else:
            del self.fields["count"]
            self.fields["fields_named"].choices = sealed_fields()  # type: ignore[attr-defined]

    def clean_people(self) -> list[UUID]:
        return people_named(self.cleaned_data["people"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        source = given.get("source")
        needed = {"readings": ("since", "until"), "named": ("people", "fields_named"), "made_up": ("count",)}
        for name in needed.get(source or "", ()):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in."))
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", _("This is before the beginning."))
        return given


def sealed_fields() -> list[tuple[str, str]]:
    """Every sealed column of a living model, with the names of its model and field."""
    found = []
    for column in value_columns():
        if not hasattr(column.model, "instance_type") and column.model._meta.app_label != "privacy":
            name = f"{column.model._meta.label_lower}.{column.field.name}"
            found.append((name, f"{column.model._meta.verbose_name}{_(': ')}{column.field.verbose_name}"))
    return found


class NoticeForm(forms.Form):
    message = _words(
        gettext_lazy("Further words for this notice"),
        required=False,
        help_text=gettext_lazy("In every language that people here read."),
    )
    contact = forms.CharField(label=gettext_lazy("Whom people can ask"), max_length=200)


class ReportForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Which report"), choices=AuthorityReport.Kind)
    authority = forms.CharField(label=gettext_lazy("Authority"), max_length=200)


class HandInForm(RefForm):
    handed_in_at = _moment(gettext_lazy("Handed in"))
    reference = forms.CharField(label=gettext_lazy("Their reference"), max_length=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handed_in_at"].initial = timezone.now


class LessonForm(forms.Form):
    text = _words(gettext_lazy("What has to change"), rows=2)
    responsible = forms.CharField(label=gettext_lazy("Who does it"), max_length=100)
    due_on = forms.DateField(
        label=gettext_lazy("Until"),
        validators=_DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class FinishForm(RefForm):
    result = _words(gettext_lazy("What came of it"), rows=2)


class TemplateForm(forms.Form):
    """A subject and a body in every language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            key = code.replace("-", "_")
            self.fields[f"subject_{key}"] = forms.CharField(
                label=f"{_('Subject')} ({name})", max_length=150, widget=forms.TextInput(attrs={"lang": code})
            )
            self.fields[f"body_{key}"] = forms.CharField(
                label=f"{_('Text')} ({name})",
                max_length=LONGEST,
                widget=forms.Textarea(attrs={"rows": 14, "lang": code}),
            )

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        found = {}
        for code, _name in settings.LANGUAGES:
            key = code.replace("-", "_")
            found[code] = {part: self.cleaned_data[f"{part}_{key}"] for part in ("subject", "body")}
        return found


class HoneyForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("Where it is put, and who was told"), max_length=200)
