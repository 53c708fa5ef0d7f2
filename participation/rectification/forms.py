from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.budget.models import Department, Line, Programme
from participation.balance.forms import DepartmentField
from participation.balance.models import Answer
from participation.rectification.models import BudgetLinkage, Finding, RectificationTask, Verification
from participation.rectification.tracker import TaskFilter, later_lines, lines_offered, officers_of
from participation.stakeholders.models import Appointment
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
        choices=[("", gettext_lazy("Any status")), *RectificationTask.Status.choices],
    )
    department = DepartmentField(
        label=gettext_lazy("Responsible department"),
        required=False,
        queryset=Department.objects.none(),
        to_field_name="row_id",
        empty_label=gettext_lazy("All departments"),
    )
    overdue = forms.BooleanField(label=gettext_lazy("Only overdue"), required=False)
    linked = forms.BooleanField(required=False, widget=forms.HiddenInput)
    release = forms.UUIDField(required=False, widget=forms.HiddenInput)
    line = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> TaskFilter:
        self.is_valid()
        values = dict(self.cleaned_data)
        department = values.get("department")
        return TaskFilter(**{**values, "department": department.row_id if department else None})


class OfficerField(forms.ModelChoiceField):
    """An officer of a department. Who is chosen says which department is responsible as well."""

    def label_from_instance(self, obj: Appointment) -> str:
        return f"{local(obj.department, 'name')} · {obj.person.display_name}"


class TaskForm(forms.Form):
    finding = forms.CharField(
        label=gettext_lazy("What has to be put right"),
        max_length=2000,
        help_text=gettext_lazy("The problem as the answer admits it. Everybody can read it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("How serious it is"), choices=Finding.Severity.choices, widget=forms.RadioSelect
    )
    about = forms.ChoiceField(label=gettext_lazy("What it is about"), required=False)
    title = forms.CharField(
        label=gettext_lazy("What will be done"),
        max_length=200,
        help_text=gettext_lazy("In Chinese, in one sentence that can be checked later."),
    )
    title_en = forms.CharField(label=gettext_lazy("What will be done, in English"), max_length=200, required=False)
    officer = OfficerField(
        label=gettext_lazy("Responsible department and officer"),
        queryset=Appointment.objects.none(),
        to_field_name="row_id",
        empty_label=gettext_lazy("Choose"),
        help_text=gettext_lazy("Only officers of this government's departments can be made responsible."),
    )
    due_on = forms.DateField(
        label=gettext_lazy("Deadline"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, answer: Answer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = officers_of(answer.consultation.government_id)
        self.fields["officer"].queryset = offices  # type: ignore[attr-defined]
        self.fields["officer"].widget.choices = _by_department(offices)  # type: ignore[attr-defined]
        self.fields["finding"].widget.attrs["data-draft-key"] = f"finding-{answer.row_id}"
        self.fields["due_on"].widget.attrs["min"] = (timezone.localdate() + timedelta(days=1)).isoformat()
        self.subjects = subjects_of(answer)
        self.fields["about"].choices = [  # type: ignore[attr-defined]
            ("", _("The answer as a whole")),
            *((key, label) for key, (label, _subject) in self.subjects.items()),
        ]
        lines = [(key, subject) for key, (_label, subject) in self.subjects.items()]
        if lines and not self.is_bound:
            key, subject = lines[0]
            self.initial.setdefault("about", key)
            department = next((office for office in offices if office.department_id == _department_id(subject)), None)
            if department is not None:
                self.initial.setdefault("officer", department.row_id)

    def values(self) -> dict[str, Any]:
        """What ``open_task`` asks for."""
        cleaned = self.cleaned_data
        subject = self.subjects[cleaned["about"]][1] if cleaned["about"] else None
        line = subject if isinstance(subject, Line) else None
        return {
            "finding": cleaned["finding"],
            "severity": cleaned["severity"],
            "title": cleaned["title"],
            "title_en": cleaned["title_en"],
            "department": cleaned["officer"].department,
            "officer": cleaned["officer"].person,
            "due_on": cleaned["due_on"],
            "line": line,
            "programme": line.programme if line else subject,
        }


def subjects_of(answer: Answer) -> dict[str, tuple[str, Line | Programme]]:
    """The lines and programmes that the answered input is about: choice -> (label, record)."""
    found: dict[str, tuple[str, Line | Programme]] = {}
    for link in answer.inputs.all():
        if link.feedback is not None and link.feedback.line is not None:
            line = link.feedback.line
            found[f"line:{line.row_id}"] = (
                _(": ").join((_("line %(number)s") % {"number": line.row_number}, local(line, "title"))),
                line,
            )
        elif link.evaluation is not None:
            programme = link.evaluation.programme
            found[f"programme:{programme.row_id}"] = (
                _(": ").join((_("Programme"), local(programme, "name"))),
                programme,
            )
    return found


def _department_id(subject: Line | Programme) -> int | None:
    return subject.department_id


def _by_department(offices: Iterable[Appointment]) -> list[Any]:
    grouped: list[Any] = [("", _("Choose"))]
    for department, people in groupby(offices, key=lambda office: office.department):
        options = [(office.row_id, office.person.display_name) for office in people]
        grouped.append((local(department, "name"), options))
    return grouped


class ProgressForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What was done"),
        max_length=4000,
        help_text=gettext_lazy("Everybody can read this. Say what changed, where, and since when."),
        widget=forms.Textarea(attrs={"rows": 5}),
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
        # The number changes with each report, so that a draft that was sent is not offered again.
        key = f"progress-{task.row_id}-{len(task.progress_reports.all())}"
        self.fields["text"].widget.attrs["data-draft-key"] = key


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
        self.initial.setdefault("fiscal_year", task.finding.answer.consultation.fiscal_year + 1)
        self.fields["reason"].widget.attrs["data-draft-key"] = f"budget-{task.row_id}"


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
