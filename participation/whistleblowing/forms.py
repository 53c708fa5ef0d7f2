"""The forms of reporters and of integrity officers. Lengths are checked by the actions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.whistleblowing.models import Case
from portal.ui.furniture import local

# Neither the browser nor a dictionary on the device is to remember what was typed here.
UNREMEMBERED = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class SeveralFiles(forms.FileField):
    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(SeveralFiles, self).clean(upload, initial) for upload in given]


class DepartmentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return local(obj, "name")


class LongText(forms.CharField):
    widget = forms.Textarea


def _files() -> SeveralFiles:
    return SeveralFiles(
        label=_("Files"),
        required=False,
        help_text=_(
            "At most three. They are kept exactly as you send them: a photograph may hold the place and time it was "
            "taken, a document the name of who wrote it. Take out what could give you away before you send it."
        ),
    )


class ReportForm(forms.Form):
    account = LongText(
        label=_("What happened?"),
        help_text=_("Who did what, how do you know it, who else knows it? Write only what you are ready to stand by."),
        widget=forms.Textarea(attrs={"rows": 8, **UNREMEMBERED}),
    )
    place_and_time = LongText(
        label=_("Where and when?"), required=False, widget=forms.Textarea(attrs={"rows": 2, **UNREMEMBERED})
    )
    department = DepartmentChoice(
        label=_("Department"),
        queryset=Department.objects.none(),
        required=False,
        to_field_name="row_id",
        empty_label=_("none, or not listed"),
    )
    item = forms.CharField(
        label=_("Programme or budget line"),
        required=False,
        help_text=_("Its name or number, or the address of its page here."),
        widget=forms.TextInput(attrs=UNREMEMBERED),
    )
    attachments = _files()
    contact = forms.CharField(
        label=_("How can we reach you?"),
        required=False,
        help_text=_(
            "Not needed: you can talk with us by the case code. What you write here is sealed like all the rest, but "
            "it says who you are."
        ),
        widget=forms.TextInput(attrs=UNREMEMBERED),
    )
    ticket = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments: Any = self.fields["department"]
        departments.queryset = Department.objects.select_related("government").order_by("code", "name")


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Case code"), widget=forms.TextInput(attrs={**UNREMEMBERED, "inputmode": "text"}))


class ReporterMessageForm(forms.Form):
    text = LongText(label=_("What you want to add"), widget=forms.Textarea(attrs={"rows": 5, **UNREMEMBERED}))
    attachments = _files()
    code = forms.CharField(widget=forms.HiddenInput)
    cid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why do you open this report?"),
        max_length=200,
        help_text=_(
            "It is on record with your name before anything is shown. Auditors read it: say nothing of the report."
        ),
    )


class ReplyForm(forms.Form):
    text = LongText(label=_("Reply to the reporter"), widget=forms.Textarea(attrs={"rows": 5, **UNREMEMBERED}))
    cid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class StateForm(forms.Form):
    """Only the states that the case can go to now."""

    state = forms.ChoiceField(label=_("New state"), widget=forms.RadioSelect)
    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=[("", _("still open")), *Case.Outcome.choices],
        required=False,
        help_text=_("Needed when you close the case."),
    )
    text = LongText(
        label=_("What the reporter reads about it"), widget=forms.Textarea(attrs={"rows": 3, **UNREMEMBERED})
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [Case.State.REVIEW, Case.State.CLOSED] if case.is_open else [Case.State.REVIEW]
        chosen: Any = self.fields["state"]
        chosen.choices = [(state.value, state.label) for state in states if state != case.state]


class RecuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why do you step back?"),
        help_text=_("For example: I work with somebody who is named. From then on you cannot open this case any more."),
        widget=forms.TextInput(attrs=UNREMEMBERED),
    )


class DestroyForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it destroyed now?"),
        max_length=200,
        help_text=_("This stays readable: name nobody and say nothing of the report."),
    )
