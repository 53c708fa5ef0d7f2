from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.budget.models import Department, Line, Programme
from participation.balance.forms import DepartmentField
from participation.balance.models import Answer
from participation.evaluations.models import EvaluationFinding
from participation.rectification.models import (
    BudgetLinkage,
    Finding,
    RectificationTask,
    Verification,
    WantedEvidence,
)
from participation.rectification.results.ladder import graded, rule_for
from participation.rectification.tracker import Stage, TaskFilter, View, later_lines, lines_offered, officers_of
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


class OfficerField(forms.ModelChoiceField):
    """An officer of a department. Who is chosen says which department is responsible as well."""

    def label_from_instance(self, obj: Appointment) -> str:
        return f"{local(obj.department, 'name')} · {obj.person.display_name}"


class PlanForm(forms.Form):
    """What every new task says: the finding, who puts it right, by when, and how one will see it."""

    finding = forms.CharField(
        label=gettext_lazy("What has to be put right"),
        max_length=2000,
        help_text=gettext_lazy("The problem as the answer admits it. Everybody can read it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("How serious it is"), choices=Finding.Severity.choices, widget=forms.RadioSelect
    )
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
        label=gettext_lazy("Deadline"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    working_days = forms.IntegerField(
        label=gettext_lazy("Or a number of working days from today"), required=False, min_value=1, max_value=1000
    )
    recommendation = forms.CharField(
        label=gettext_lazy("Recommendation"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    supervisor = OfficerField(
        label=gettext_lazy("Supervising leader"),
        queryset=Appointment.objects.none(),
        to_field_name="row_id",
        required=False,
        empty_label=gettext_lazy("Nobody"),
    )
    co_departments = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Departments that help"),
        queryset=Department.objects.none(),
        to_field_name="row_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    wanted = forms.CharField(
        label=gettext_lazy("Expected evidence"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("One to a line; a weight may follow after a star, such as “Photo of each lift * 2”."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    money = forms.DecimalField(
        label=gettext_lazy("Money at stake, in yuan"), required=False, min_value=0, max_digits=15, decimal_places=2
    )

    def __init__(self, *args: Any, government_id: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offices = officers_of(government_id)
        self.fields["officer"].queryset = self.offices  # type: ignore[attr-defined]
        self.fields["supervisor"].queryset = self.offices  # type: ignore[attr-defined]
        departments = Department.objects.filter(government=government_id)
        self.fields["co_departments"].queryset = departments  # type: ignore[attr-defined]
        self.fields["officer"].widget.choices = _by_department(self.offices)  # type: ignore[attr-defined]
        self.fields["due_on"].widget.attrs["min"] = (timezone.localdate() + timedelta(days=1)).isoformat()

    def propose_officer_of(self, department_id: int | None) -> None:
        office = next((office for office in self.offices if office.department_id == department_id), None)
        if office is not None:
            self.initial.setdefault("officer", office.row_id)

    def planned(self) -> dict[str, Any]:
        """What the actions that open a task have in common."""
        cleaned = self.cleaned_data
        money = cleaned["money"]
        return {
            **{name: cleaned[name] for name in ("finding", "severity", "title", "title_en", "due_on")},
            "department": cleaned["officer"].department,
            "officer": cleaned["officer"].person,
            "working_days": cleaned["working_days"],
            "recommendation": cleaned["recommendation"],
            "supervisor": cleaned["supervisor"].person if cleaned["supervisor"] else None,
            "co_departments": list(cleaned["co_departments"]),
            "wanted": evidence_in(cleaned["wanted"]),
            "money": None if money is None else int(money * 100),
        }


class TaskForm(PlanForm):
    about = forms.ChoiceField(label=gettext_lazy("What it is about"), required=False)
    field_order = ("finding", "severity", "about", "title", "title_en", "officer", "due_on", "working_days")

    def __init__(self, *args: Any, answer: Answer, **kwargs: Any) -> None:
        super().__init__(*args, government_id=answer.consultation.government_id, **kwargs)
        self.fields["finding"].widget.attrs["data-draft-key"] = f"finding-{answer.row_id}"
        self.subjects = subjects_of(answer)
        self.fields["about"].choices = [  # type: ignore[attr-defined]
            ("", _("The answer as a whole")),
            *((key, label) for key, (label, _subject) in self.subjects.items()),
        ]
        lines = [(key, subject) for key, (_label, subject) in self.subjects.items()]
        if lines and not self.is_bound:
            key, subject = lines[0]
            self.initial.setdefault("about", key)
            self.propose_officer_of(_department_id(subject))

    def values(self) -> dict[str, Any]:
        """What ``open_task`` asks for."""
        chosen = self.cleaned_data["about"]
        subject = self.subjects[chosen][1] if chosen else None
        line = subject if isinstance(subject, Line) else None
        return {**self.planned(), "line": line, "programme": line.programme if line else subject}


class EvaluatedForm(PlanForm):
    """A task for a finding that an evaluation published."""

    def __init__(self, *args: Any, evaluated: EvaluationFinding, **kwargs: Any) -> None:
        self.evaluated = evaluated
        department = evaluated.programme.department
        super().__init__(*args, government_id=department.government_id, **kwargs)
        self.initial.setdefault("finding", evaluated.title)
        self.initial.setdefault("severity", evaluated.severity)
        self.initial.setdefault("recommendation", evaluated.recommendation)
        self.propose_officer_of(department.pk)

    def values(self) -> dict[str, Any]:
        """What ``open_task_from`` asks for."""
        evaluated = self.evaluated
        return {
            **self.planned(),
            "source": Finding.Source.EVALUATION,
            "source_name": evaluated.evaluation.reference,
            "source_url": evaluated.get_absolute_url(),
            "cause": f"evaluation finding {evaluated.row_id}",
            "evaluation_finding": evaluated,
            "programme": evaluated.programme,
            "line": evaluated.line,
            "drafted": False,
        }


def evidence_in(text: str) -> list[tuple[str, int]]:
    """(evidence, weight) for each line of a text; a weight that is no number is part of the words."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        words, star, weight = line.rpartition("*")
        is_weighted = bool(star) and weight.strip().isdecimal() and bool(words.strip())
        found.append((words.strip(), int(weight)) if is_weighted else (line, 1))
    return found


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
        self.rule = rule_for(self.grade) if self.grade else None
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
