"""The forms that plan a task: for an answer, for a published finding, and further ones for the same finding."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.budget.models import Department, Line, Programme
from cms.performance.models import Indicator, ProgrammeYear
from participation.balance.models import Answer
from participation.evaluations.models import EvaluationFinding
from participation.rectification.models import Finding, RectificationTask
from participation.rectification.opening import Plan
from participation.rectification.tracker import officers_of
from participation.stakeholders.models import Appointment
from portal.ui.furniture import local


class OfficerField(forms.ModelChoiceField):
    """An officer of a department. Who is chosen says which department is responsible as well."""

    def label_from_instance(self, obj: Appointment) -> str:
        return f"{local(obj.department, 'name')} · {obj.person.display_name}"


class IndicatorField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Indicator) -> str:
        return f"{obj.goal.programme_year.fiscal_year} · {local(obj, 'name')}"


class PlanForm(forms.Form):
    """What every new task says: what is done by whom, by when, and how one will see it."""

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
    indicator = IndicatorField(
        label=gettext_lazy("Indicator that has to move"),
        queryset=Indicator.objects.none(),
        to_field_name="row_id",
        required=False,
        empty_label=gettext_lazy("None"),
    )
    indicator_target = forms.CharField(
        label=gettext_lazy("What the indicator has to reach"), max_length=100, required=False
    )
    money = forms.DecimalField(
        label=gettext_lazy("Money at stake, in yuan"), required=False, min_value=0, max_digits=15, decimal_places=2
    )

    def __init__(
        self, *args: Any, government_id: int | None, programmes: Iterable[Programme] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # A task is public: it names no indicator of goals that are not.
        years = ProgrammeYear.objects.visible_to(AnonymousUser()).filter(programme__in=list(programmes))
        indicators = Indicator.objects.filter(goal__programme_year__in=years)
        if indicators.exists():
            indicators = indicators.select_related("goal__programme_year").order_by(
                "-goal__programme_year__fiscal_year", "pk"
            )
            self.fields["indicator"].queryset = indicators  # type: ignore[attr-defined]
        else:
            del self.fields["indicator"], self.fields["indicator_target"]
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
        """Who does what by when: the fields of a ``Plan``."""
        cleaned = self.cleaned_data
        money = cleaned["money"]
        return {
            **{name: cleaned[name] for name in ("title", "title_en", "due_on", "working_days")},
            "department": cleaned["officer"].department,
            "officer": cleaned["officer"].person,
            "indicator": cleaned.get("indicator"),
            "indicator_target": cleaned.get("indicator_target", ""),
            "supervisor": cleaned["supervisor"].person if cleaned["supervisor"] else None,
            "co_departments": list(cleaned["co_departments"]),
            "wanted": evidence_in(cleaned["wanted"]),
            "money": None if money is None else int(money * 100),
        }


class FindingForm(PlanForm):
    """A task together with the finding that it is to put right."""

    finding = forms.CharField(
        label=gettext_lazy("What has to be put right"),
        max_length=2000,
        help_text=gettext_lazy("The problem as the answer admits it. Everybody can read it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("How serious it is"), choices=Finding.Severity.choices, widget=forms.RadioSelect
    )
    recommendation = forms.CharField(
        label=gettext_lazy("Recommendation"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ("finding", "severity", "recommendation", "about", "title", "title_en", "officer", "due_on")

    def found(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("finding", "severity", "recommendation")}


class TaskForm(FindingForm):
    about = forms.ChoiceField(label=gettext_lazy("What it is about"), required=False)

    def __init__(self, *args: Any, answer: Answer, **kwargs: Any) -> None:
        self.subjects = subjects_of(answer)
        about = [subject for _label, subject in self.subjects.values()]
        named = (each if isinstance(each, Programme) else each.programme for each in about)
        programmes = [programme for programme in named if programme is not None]
        super().__init__(*args, government_id=answer.consultation.government_id, programmes=programmes, **kwargs)
        self.fields["finding"].widget.attrs["data-draft-key"] = f"finding-{answer.row_id}"
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
        return {**self.found(), **self.planned(), "line": line, "programme": line.programme if line else subject}


class EvaluatedForm(FindingForm):
    """A task for a finding that an evaluation published."""

    def __init__(self, *args: Any, evaluated: EvaluationFinding, **kwargs: Any) -> None:
        self.evaluated = evaluated
        department = evaluated.programme.department
        programmes = [evaluated.programme]
        super().__init__(*args, government_id=department.government_id, programmes=programmes, **kwargs)
        self.initial.setdefault("finding", evaluated.title)
        self.initial.setdefault("severity", evaluated.severity)
        self.initial.setdefault("recommendation", evaluated.recommendation)
        self.propose_officer_of(department.pk)

    def values(self) -> dict[str, Any]:
        """What ``open_task_from`` asks for."""
        evaluated = self.evaluated
        return {
            **self.found(),
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


class FurtherForm(PlanForm):
    """Another task for a finding that has one: beside it, or as a part of it with a weight."""

    is_part = forms.ChoiceField(
        label=gettext_lazy("How it belongs to the task"),
        choices=(("", gettext_lazy("Beside it, for the same finding")), ("part", gettext_lazy("A part of it"))),
        required=False,
        widget=forms.RadioSelect,
    )
    weight = forms.IntegerField(
        label=gettext_lazy("Weight of the part"),
        min_value=1,
        max_value=1000,
        initial=1,
        help_text=gettext_lazy("The parts of a task make up its progress by their weights."),
    )
    field_order = ("is_part", "weight")

    def __init__(self, *args: Any, task: RectificationTask, **kwargs: Any) -> None:
        self.task = task
        finding = task.finding
        programme = finding.programme or (finding.line.programme if finding.line else None)
        super().__init__(
            *args,
            government_id=task.department.government_id,
            programmes=[programme] if programme else [],
            **kwargs,
        )
        self.initial.setdefault("is_part", "")
        self.propose_officer_of(task.department_id)

    def plan(self) -> Plan:
        part = {"parent": self.task, "weight": self.cleaned_data["weight"]} if self.cleaned_data["is_part"] else {}
        return Plan(**self.planned(), **part)


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
