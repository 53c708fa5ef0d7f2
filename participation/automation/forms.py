from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.automation.models import AutomationDeed
from participation.automation.options import OPTIONS
from participation.rectification.models import Finding
from participation.stakeholders.models import Appointment, Role, User


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class RuleForm(forms.Form):
    valid_from = forms.DateField(
        label=_("In force from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, does: str, options: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate()
        self.options = OPTIONS[does]
        for option in self.options:
            value = options.get(option.name, option.default)
            label = str(option.label)
            self.fields[f"option_{option.name}"] = (
                forms.BooleanField(label=label, required=False, initial=bool(value))
                if option.is_choice
                else forms.IntegerField(label=label, min_value=option.least, max_value=option.most, initial=value)
            )

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "valid_from": data["valid_from"],
            "options": {option.name: int(data[f"option_{option.name}"]) for option in self.options},
        }


class OfficerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: User) -> str:
        return obj.display_name


class TaskProposalForm(forms.Form):
    finding = forms.CharField(
        label=_("What has to be put right"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    severity = forms.ChoiceField(
        label=_("How serious it is"), choices=Finding.Severity.choices, widget=forms.RadioSelect
    )
    title = forms.CharField(
        label=_("What will be done"),
        max_length=200,
        help_text=_("In Chinese, in one sentence that can be checked later."),
    )
    title_en = forms.CharField(label=_("What will be done, in English"), max_length=200, required=False)
    officer = OfficerField(
        label=_("Responsible officer"), queryset=User.objects.none(), to_field_name="row_id", empty_label=None
    )
    working_days = forms.IntegerField(label=_("Working days"), min_value=1, max_value=250)

    def __init__(self, *args: Any, deed: AutomationDeed, **kwargs: Any) -> None:
        options = deed.rule.options
        kwargs["initial"] = {
            "finding": deed.text,
            "severity": Finding.Severity.MAJOR,
            "working_days": options.get("working_days", 20),
        }
        super().__init__(*args, **kwargs)
        holders = Appointment.objects.current().filter(role=Role.OFFICER, department=deed.department_id)
        self.fields["officer"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            pk__in=holders.values("person"), is_active=True
        ).order_by("display_name", "pk")


class ParagraphForm(forms.Form):
    text = forms.CharField(
        label=_("The paragraph"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Drafted from the figures. Check every number, and say what they leave out."),
    )
    text_en = forms.CharField(
        label=_("The paragraph in English"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )


class EvaluationProposalForm(forms.Form):
    reason = forms.CharField(
        label=_("Remark"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
