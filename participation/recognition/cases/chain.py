"""A finished task told as a case: what was found, what was done, how it was proved, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Programme
from participation.rectification.models import RectificationTask, Verification


@dataclass(frozen=True)
class Told:
    """One step of the case. The words are those of the record, in the language in which they were written."""

    title: str
    title_en: str
    finding: str
    programme: Programme | None
    steps: tuple[Step, ...]

    def title_in(self, language: str) -> str:
        return (self.title_en or self.title) if language == "en" else self.title


@dataclass(frozen=True)
class Step:
    title: str | Promise
    text: str


def told_of(task: RectificationTask) -> Told:
    finding = task.finding
    reports = list(task.progress_reports.order_by("created", "pk"))
    proof = task.verifications.filter(outcome=Verification.Outcome.VERIFIED).order_by("-created", "-pk").first()
    linkage = getattr(task, "budget_linkage", None)
    line = finding.line
    steps = (
        Step(_("What was found"), finding.text),
        Step(_("What was done"), "\n".join(f"{timezone.localdate(each.created)}  {each.text}" for each in reports)),
        Step(_("How it was proved"), f"{timezone.localdate(proof.created)}  {proof.reason}" if proof else ""),
        Step(
            _("What came of it"),
            f"{linkage.fiscal_year}  {linkage.get_decision_display()}\n{linkage.reason}" if linkage else "",
        ),
    )
    programme = finding.programme or (line.programme if line else None)
    return Told(task.title, task.title_en, finding.text, programme, steps)
