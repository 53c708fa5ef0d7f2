from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.budget.models import Department, Line
from participation.balance.forms import DepartmentField
from participation.rectification.models import (
    BudgetLinkage,
    Finding,
    RectificationTask,
    Verification,
    WantedEvidence,
)
from participation.rectification.periods import jurisdiction_of
from participation.rectification.results.ladder import graded, rule_for
from participation.rectification.tracker import Stage, TaskFilter, View, later_lines, lines_offered
from portal.ui.furniture import local


class FilterForm(forms.Form):
    """The filters of the tracker. A value that makes no sense counts as not given."""

    q = forms.CharField(
        label=gettext_lazy("Words or reference"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", gettext_lazy("Any status")), *Stage.choices[1:]],
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Where it comes from"),
        required=False,
        choices=[("", gettext_lazy("From anywhere")), *Finding.Source.choices],
    )
    view = forms.ChoiceField(required=False, choices=View.choices, widget=forms.HiddenInput)
    department = DepartmentField(
        label=gettext_lazy("Responsible department"),
        required=False,
        queryset=Department.objects.none(),
        to_field_name="row_id",
        empty_label=gettext_lazy("All departments"),
    )
    overdue = forms.BooleanField(label=gettext_lazy("Only overdue"), required=False)
    linked = forms.BooleanField(required=False, widget=forms.HiddenInput)
    listed = forms.BooleanField(required=False, widget=forms.HiddenInput)
    release = forms.UUIDField(required=False, widget=forms.HiddenInput)
    line = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> TaskFilter:
        self.is_valid()
        values = dict(self.cleaned_data)
        department = values.get("department")
        return TaskFilter(**{**values, "department": department.row_id if department else None})


class ProgressForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What was done"),
        max_length=4000,
        help_text=gettext_lazy("Everybody can read this. Say what changed, where, and since when."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    proves = forms.ModelChoiceField(
        label=gettext_lazy("What it shows"),
        queryset=WantedEvidence.objects.none(),
        to_field_name="row_id",
        required=False,
        empty_label=gettext_lazy("The task as a whole"),
    )
    done_percent = forms.IntegerField(
        label=gettext_lazy("How much of it is done, in per cent"), required=False, min_value=0, max_value=100
    )
    attachment = forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=gettext_lazy(
            "PDF, PNG, JPEG, Word, Excel, CSV or text, up to 10 MB. It is public: remove personal data first."
        ),
    )

    def __init__(self, *args: Any, task: RectificationTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["proves"].queryset = task.wanted_evidence.all()  # type: ignore[attr-defined]
        # The number changes with each report, so that a draft that was sent is not offered again.
        key = f"progress-{task.row_id}-{len(task.progress_reports.all())}"
        self.fields["text"].widget.attrs["data-draft-key"] = key

    def clean_done_percent(self) -> int:
        return self.cleaned_data["done_percent"] or 0


class CheckForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Was it put right?"),
        choices=[
            (Verification.Outcome.VERIFIED, gettext_lazy("Yes, verified")),
            (Verification.Outcome.RETURNED, gettext_lazy("No, return it for more work")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("What you checked, and what you found"),
        max_length=2000,
        help_text=gettext_lazy("Everybody can read this."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, task: RectificationTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["data-draft-key"] = f"check-{task.row_id}-{len(task.verifications.all())}"


class LinkForm(forms.Form):
    fiscal_year = forms.IntegerField(label=gettext_lazy("Fiscal year"), min_value=1990, max_value=2200)
    decision = forms.ChoiceField(
        label=gettext_lazy("What it means for the money"),
        choices=BudgetLinkage.Decision.choices,
        widget=forms.RadioSelect,
    )
    percent = forms.DecimalField(
        label=gettext_lazy("By how much, in per cent (for less or more money)"),
        required=False,
        min_value=Decimal("0.1"),
        max_value=100,
        max_digits=4,
        decimal_places=1,
    )
    line = forms.ModelChoiceField(
        label=gettext_lazy("Line in which it shows"),
        queryset=Line.objects.none(),
        to_field_name="row_id",
        required=False,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=gettext_lazy("Reasons"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, task: RectificationTask, words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["line"]
        field.queryset = later_lines(task)
        offered = lines_offered(task, words)
        sent = str(self.data.get("line", "")) if self.is_bound else ""
        if sent and sent not in {str(line.row_id) for line in offered}:
            offered += field.queryset.filter(row_id=sent) if _is_uuid(sent) else []
        field.widget.choices = [("", _("No single line")), *((line.row_id, label_of(line)) for line in offered)]
        self.initial.setdefault("fiscal_year", task.finding.fiscal_year + 1)
        # What the ladder says of the grade that the finding comes from.
        self.score, self.grade = graded(task.finding)
        self.rule = rule_for(self.grade, jurisdiction_of(task.department)) if self.grade else None
        if self.rule is not None:
            self.initial.setdefault("decision", self.rule.decision)
            if self.rule.ratio is not None:
                self.initial.setdefault("percent", self.rule.ratio * 100)
        self.fields["reason"].widget.attrs["data-draft-key"] = f"budget-{task.row_id}"

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        percent = cleaned.pop("percent", None)
        ratio = None if percent is None else percent / 100
        return {**cleaned, "ratio": ratio, "score": self.score, "grade": self.grade}


def label_of(line: Line) -> str:
    department = local(line.department, "name") if line.department else ""
    return " · ".join(
        filter(None, [str(line.release.fiscal_year), department, local(line, "title"), line.economic_name])
    )


def _is_uuid(text: str) -> bool:
    try:
        forms.UUIDField().clean(text)
    except forms.ValidationError:
        return False
    return True
