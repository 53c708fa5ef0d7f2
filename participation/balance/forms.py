from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.balance.models import Answer
from participation.balance.queries import ALL, ANSWERED, HIDDEN, OVERDUE, WAITING, departments_of
from participation.consultations.models import Consultation
from participation.stakeholders.models import StakeholderGroup
from portal.ui.furniture import local


class DepartmentField(forms.ModelChoiceField):
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
            (ANSWERED, _("Answered")),
            (HIDDEN, _("Hidden")),
            (ALL, _("Everything")),
        ],
    )
    group = forms.ChoiceField(
        label=_("Stakeholder group"), required=False, choices=[("", _("All groups")), *StakeholderGroup.choices]
    )

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        values: dict[str, str] = self.cleaned_data
        return {"state": values.get("state") or WAITING, "group": values.get("group") or ""}


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What becomes of it"), choices=Answer.Outcome.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
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

    def __init__(self, *args: Any, consultation: Consultation, draft_key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = departments_of(consultation)  # type: ignore[attr-defined]
        self.fields["reason"].widget.attrs["data-draft-key"] = draft_key
