from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.balance.drafts import AnswerDraft
from participation.balance.models import Answer
from participation.balance.queries import (
    ALL,
    ANSWERED,
    EVALUATION_SHAPES,
    HIDDEN,
    OBJECTIONS,
    OVERDUE,
    SOON,
    UNTAGGED,
    WAITING,
    departments_of,
)
from participation.consultations.forms import LongText
from participation.consultations.models import Consultation
from participation.feedback.models import Feedback
from participation.stakeholders.models import StakeholderGroup
from portal.ui.furniture import local


class DepartmentField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Department) -> str:
        return local(obj, "name")


class DepartmentsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Department) -> str:
        return local(obj, "name")


class BoardForm(forms.Form):
    """The filters of the board. A value that makes no sense counts as not given."""

    state = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            (WAITING, _("Waiting for an answer")),
            (OVERDUE, _("Overdue")),
            (SOON, _("Due soon")),
            (OBJECTIONS, _("Unresolved objections")),
            (ANSWERED, _("Answered")),
            (HIDDEN, _("Hidden")),
            (ALL, _("Everything")),
        ],
    )
    group = forms.ChoiceField(
        label=_("Stakeholder group"), required=False, choices=[("", _("All groups")), *StakeholderGroup.choices]
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All kinds")), *Feedback.Kind.choices, (EVALUATION_SHAPES, _("Evaluation"))],
    )
    theme = forms.ChoiceField(label=_("Theme"), required=False)

    def __init__(self, *args: Any, themes: list[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(row_id), name) for row_id, name in themes]
        self.fields["theme"].choices = [  # type: ignore[attr-defined]
            ("", _("All themes")),
            *names,
            (UNTAGGED, _("Without a theme")),
        ]

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        values: dict[str, str] = self.cleaned_data
        return {
            "state": values.get("state") or WAITING,
            **{name: values.get(name) or "" for name in ("group", "kind", "theme")},
        }


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What becomes of it"), choices=Answer.Outcome.choices, widget=forms.RadioSelect)
    reason = LongText(
        label=_("Reasons"),
        max_length=4000,
        help_text=_("Published word for word. Say what will be done and by when, or why it will not be done."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    department = DepartmentField(
        label=_("Department that answers"),
        queryset=Department.objects.none(),
        to_field_name="row_id",
        required=False,
        empty_label=_("The government as a whole"),
    )
    parts_from = DepartmentsField(
        label=_("Ask departments for their part"),
        queryset=Department.objects.none(),
        to_field_name="row_id",
        required=False,
        help_text=_("Their officers write it; it is published with the answer, under the name of the department."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, consultation: Consultation, draft_key: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("department", "parts_from"):
            self.fields[name].queryset = departments_of(consultation)  # type: ignore[attr-defined]
        if draft_key:
            self.fields["reason"].widget.attrs["data-draft-key"] = draft_key


class DraftForm(AnswerForm):
    """The same once the parts have been asked for."""

    def __init__(self, *args: Any, draft: AnswerDraft, **kwargs: Any) -> None:
        values = {"outcome": draft.outcome, "reason": draft.reason}
        if draft.department is not None:
            values["department"] = str(draft.department.row_id)
        super().__init__(*args, consultation=draft.consultation, initial=values, **kwargs)
        del self.fields["parts_from"]


class CorrectionForm(AnswerForm):
    why = LongText(
        label=_("What was wrong"),
        max_length=1000,
        help_text=_("Published with the new version. The old one stays in the history."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("why", "outcome", "reason", "department", "parts_from")


class PartForm(forms.Form):
    text = LongText(
        label=_("What your department says"),
        max_length=4000,
        help_text=_("Published with the answer, under the name of the department."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class ReviewForm(forms.Form):
    is_approved = forms.TypedChoiceField(
        label=_("Your decision"),
        choices=[("yes", _("It can be published")), ("no", _("It goes back with a note"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = LongText(
        label=_("Note"),
        required=False,
        max_length=1000,
        help_text=_("Needed where it goes back. Only those who answer read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ThemeForm(forms.Form):
    name = forms.CharField(label=_("Name of the theme"), max_length=60)
