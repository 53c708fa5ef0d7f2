"""The forms of an evaluation on its way."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line
from participation.consultations.forms import LongText
from participation.evaluations.models import EvaluationFinding
from participation.evaluations.reports import content as contents
from participation.evaluations.reports.actions import Fault
from participation.evaluations.reports.models import EvaluationReport, FindingReply
from participation.evaluations.reports.queries import ScoreRow, score_rows
from participation.stakeholders.confidential_pages import confidential_fields
from portal.ui.furniture import local


def _area(label: Any, limit: int, rows: int, help_text: Any = "") -> LongText:
    return LongText(
        label=label,
        max_length=limit,
        required=False,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class PageForm(forms.Form):
    """One page of a draft. Nothing is required: what is missing is said in the task list and before handing in."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def typed(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class AboutForm(PageForm):
    method = _area(_("How you worked"), contents.TEXTS["method"], 6, _("Interviews, visits, data: what, where, when."))
    sample = _area(_("Sample"), contents.TEXTS["sample"], 3, _("How many of how many, and how they were chosen."))
    summary = _area(_("Summary"), contents.TEXTS["summary"], 8, _("What everybody reads first."))


class ScoresForm(PageForm):
    """The indicators of one dimension."""

    def __init__(self, *args: Any, report: EvaluationReport, page: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {indicator.code: indicator.dimension for indicator in contents.indicators_of(report)}
        self.rows = [row for row in score_rows(report) if rows[row.code] == page]
        for row in self.rows:
            weight = f"{row.weight.normalize():f}"
            self.fields[f"points_{row.code}"] = forms.CharField(
                label=_("Points of %(most)s") % {"most": weight},
                max_length=12,
                required=False,
                initial=row.points,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8}),
            )
            self.fields[f"reason_{row.code}"] = _area(_("Reason"), contents.SCORE_TEXTS["reason"], 3)
            self.fields[f"reason_{row.code}"].initial = row.reason
            self.fields[f"evidence_{row.code}"] = _area(
                _("Evidence"), contents.SCORE_TEXTS["evidence"], 2, local(row, "evidence_wanted")
            )
            self.fields[f"evidence_{row.code}"].initial = row.evidence

    def sets(self) -> list[tuple[ScoreRow, list[Any]]]:
        """Each indicator with its three fields."""
        return [(row, [self[f"{name}_{row.code}"] for name in ("points", "reason", "evidence")]) for row in self.rows]

    def typed(self) -> dict[str, Any]:
        return {
            "scores": {
                row.code: {name: self.cleaned_data[f"{name}_{row.code}"] for name in ("points", "reason", "evidence")}
                for row in self.rows
            }
        }


class FindingsForm(PageForm):
    """Every finding, and room for one more."""

    NAMES = ("id", "title", "severity", "explanation", "recommendation", "line")

    def __init__(self, *args: Any, report: EvaluationReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [*report.draft.get("findings", []), {}]
        sent = int(self.data["count"]) if self.is_bound and str(self.data.get("count", "")).isdigit() else 0
        self.count = min(max(len(given), sent), contents.FINDINGS_MAX)
        lines = Line.objects.filter(programme=report.programme, release=report.seat.call.consultation.release_id)
        choices = [("", _("The programme as a whole")), *((str(line.row_id), str(line)) for line in lines[:200])]
        for number in range(self.count):
            finding = given[number] if number < len(given) else {}
            self._add(number, finding, choices)

    def _add(self, number: int, finding: dict[str, Any], choices: list[tuple[str, Any]]) -> None:
        limits = contents.FINDING_TEXTS
        fields: dict[str, forms.Field] = {
            "id": forms.CharField(required=False, widget=forms.HiddenInput),
            "title": forms.CharField(label=_("Finding"), max_length=limits["title"], required=False),
            "severity": forms.ChoiceField(
                label=_("How serious"),
                choices=[("", _("Please choose")), *EvaluationFinding.Severity.choices],
                required=False,
            ),
            "explanation": _area(_("Explanation"), limits["explanation"], 4),
            "recommendation": _area(_("Recommendation"), limits["recommendation"], 3),
            "line": forms.ChoiceField(label=_("About"), choices=choices, required=False),
        }
        for name, field in fields.items():
            # A new finding has its number before it is saved, so that saving twice does not make it two.
            field.initial = finding.get(name) or (str(uuid4()) if name == "id" else "")
            self.fields[f"{name}_{number}"] = field

    def sets(self) -> list[tuple[int, list[Any]]]:
        return [(number + 1, [self[f"{name}_{number}"] for name in self.NAMES]) for number in range(self.count)]

    def typed(self) -> dict[str, Any]:
        rows = [
            {name: self.cleaned_data.get(f"{name}_{number}", "") for name in self.NAMES} for number in range(self.count)
        ]
        return {"findings": [row for row in rows if row["title"] or row["explanation"] or row["recommendation"]]}


def page_form(report: EvaluationReport, page: str, data: Any = None) -> PageForm:
    initial = {"revision": report.revision}
    if page == contents.ABOUT:
        return AboutForm(data, initial={**initial, **{name: report.draft.get(name, "") for name in contents.TEXTS}})
    if page == contents.FINDINGS:
        return FindingsForm(data, initial=initial, report=report)
    return ScoresForm(data, initial=initial, report=report, page=page)


class EvidenceForm(forms.Form):
    title = forms.CharField(label=_("What it shows"), max_length=200)
    attachment = forms.FileField(
        label=_("Public file"),
        required=False,
        help_text=_("One PDF, PNG, JPEG, Word, Excel, CSV or text file. It will be public."),
        widget=forms.ClearableFileInput(attrs={"data-max-bytes": str(settings.ATTACHMENT_MAX_BYTES)}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(confidential_fields())


class WorkbookForm(forms.Form):
    file = forms.FileField(label=_("Workbook, filled in"), widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}))


class FaultsForm(forms.Form):
    faults = forms.MultipleChoiceField(
        label=_("What its form lacks"),
        choices=Fault.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: it goes to the department for its reply. What it says is not yours to judge."),
    )


class ReplyForm(forms.Form):
    finding = forms.UUIDField(widget=forms.HiddenInput)
    stance = forms.ChoiceField(
        label=_("Position of your department"), choices=FindingReply.Stance.choices, widget=forms.RadioSelect
    )
    text = LongText(label=_("Reply"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class CorrectionForm(forms.Form):
    reason = forms.CharField(label=_("Why it is corrected, which is public"), max_length=1000)
