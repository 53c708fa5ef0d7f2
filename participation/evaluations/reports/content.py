"""What a draft holds, what it lacks, and what is published of it. Knows nothing of requests.

A draft is a dictionary: ``method``, ``sample`` and ``summary`` (texts), ``scores`` (code of an indicator to ``points``,
``reason`` and ``evidence``, all texts) and ``findings`` (a list, each with an ``id`` that it keeps for good).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cms.performance.assessments import grade_in
from cms.performance.schemes import SchemeIndicator
from cms.performance.scoring import Score, in_cents, total_score
from participation.evaluations.models import EvaluationFinding
from participation.evaluations.reports.models import EvaluationReport

ABOUT, FINDINGS = "about", "findings"
TEXTS = {"method": 4000, "sample": 2000, "summary": 8000}
SCORE_TEXTS = {"reason": 2000, "evidence": 1000}
FINDING_TEXTS = {"title": 200, "explanation": 4000, "recommendation": 2000}
FINDINGS_MAX = 40
DIMENSIONS: dict[str, str | Promise] = {
    "decision": pgettext_lazy("dimension", "Decision"),
    "process": pgettext_lazy("dimension", "Process"),
    "output": gettext_lazy("Output"),
    "benefit": gettext_lazy("Benefit"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "cost": gettext_lazy("Cost"),
}


def name_of_dimension(code: str) -> str:
    return str(DIMENSIONS.get(code, code))


@dataclass(frozen=True)
class Gap:
    """Something that keeps a report from being handed in, and the page on which it is mended."""

    page: str
    words: str


def number_of(text: Any) -> Decimal | None:
    """A typed number; None for nothing, and for what is none."""
    try:
        number = Decimal(str(text).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def indicators_of(report: EvaluationReport) -> list[SchemeIndicator]:
    return list(report.seat.call.scheme.indicators.all())


def dimensions_of(report: EvaluationReport) -> list[str]:
    """In the order of the scheme."""
    return list(dict.fromkeys(indicator.dimension for indicator in indicators_of(report)))


def pages_of(report: EvaluationReport) -> list[str]:
    return [ABOUT, *dimensions_of(report), FINDINGS]


def needs_reason(report: EvaluationReport, indicator: SchemeIndicator, points: Decimal) -> bool:
    """Whether a score is so low or so high that the terms of the call ask for a reason."""
    share = points / indicator.weight
    return share < report.seat.call.reason_below or share > report.seat.call.reason_above


def gaps_of(report: EvaluationReport) -> list[Gap]:
    """Everything that is still missing, page by page."""
    draft, found = report.draft, []
    for name, words in (
        ("method", _("Say how you worked.")),
        ("summary", _("Sum up what you found.")),
    ):
        if not draft.get(name, "").strip():
            found.append(Gap(ABOUT, words))
    for indicator in indicators_of(report):
        given = draft.get("scores", {}).get(indicator.code, {})
        points = number_of(given.get("points", ""))
        values = {"code": indicator.code, "most": f"{indicator.weight.normalize():f}"}
        if points is None or not 0 <= points <= indicator.weight or points != in_cents(points):
            found.append(
                Gap(indicator.dimension, _("%(code)s: give 0 to %(most)s points, two decimals at most.") % values)
            )
        elif needs_reason(report, indicator, points) and not given.get("reason", "").strip():
            found.append(Gap(indicator.dimension, _("%(code)s: say why the score is so low or so high.") % values))
    for place, finding in enumerate(draft.get("findings", []), start=1):
        if any(not finding.get(name, "").strip() for name in FINDING_TEXTS):
            words = _("Finding %(number)d needs a title, an explanation and a recommendation.")
            found.append(Gap(FINDINGS, words % {"number": place}))
        if finding.get("severity") not in EvaluationFinding.Severity.values:
            found.append(Gap(FINDINGS, _("Say how serious finding %(number)d is.") % {"number": place}))
    return found


def score_of(report: EvaluationReport) -> Score:
    """What the draft comes to so far, exactly."""
    given = report.draft.get("scores", {})
    return total_score(
        (number_of(given.get(indicator.code, {}).get("points", "")), indicator.weight)
        for indicator in indicators_of(report)
    )


def cleaned(report: EvaluationReport, page: str, typed: dict[str, Any]) -> dict[str, Any]:
    """The draft with one page of it as it was typed. Too long texts are cut where nobody could have meant them:
    the form says so before."""
    draft = dict(report.draft)
    if page == ABOUT:
        draft |= {name: _text(typed.get(name), limit) for name, limit in TEXTS.items()}
    elif page == FINDINGS:
        draft["findings"] = [_finding(entry) for entry in typed.get("findings", ())][:FINDINGS_MAX]
    else:
        scores = dict(draft.get("scores", {}))
        for indicator in indicators_of(report):
            if indicator.dimension == page and indicator.code in typed.get("scores", {}):
                entry = typed["scores"][indicator.code]
                scores[indicator.code] = {
                    "points": _text(entry.get("points"), 12),
                    **{name: _text(entry.get(name), limit) for name, limit in SCORE_TEXTS.items()},
                }
        draft["scores"] = scores
    return draft


def _finding(entry: dict[str, Any]) -> dict[str, str]:
    try:
        number = str(UUID(str(entry.get("id", ""))))
    except ValueError:
        number = str(uuid4())
    return {
        "id": number,
        **{name: _text(entry.get(name), limit) for name, limit in FINDING_TEXTS.items()},
        "severity": _text(entry.get("severity"), 8),
        "line": _text(entry.get("line"), 36),
    }


def _text(value: Any, limit: int) -> str:
    return str(value or "").replace("\x00", "").replace("\r\n", "\n").strip()[:limit]


def content_of(report: EvaluationReport) -> dict[str, Any]:
    """All that is published of a report, as the leaf commits to it. The replies are those to this version, and to
    findings that have not changed since an earlier one."""
    seat, draft, score = report.seat, report.draft, score_of(report)
    total = score.of_100 or Decimal(0)
    changed = {finding["id"] for finding in findings_to_answer(report)}
    told = {
        str(reply.finding_ref): reply.as_told()
        for reply in report.replies.order_by("version")
        if reply.version == report.version or str(reply.finding_ref) not in changed
    }
    return {
        "programme": str(report.programme.row_id),
        "organisation": str(seat.organisation.row_id),
        "fiscal_year": seat.call.consultation.fiscal_year,
        "scheme": str(seat.call.scheme),
        "paid_by": seat.call.paid_by,
        "score": str(total),
        "grade": grade_in(seat.call.scheme, total).code,
        **{name: draft.get(name, "") for name in TEXTS},
        "scores": [
            {
                "code": indicator.code,
                "dimension": indicator.dimension,
                "name": indicator.name,
                "name_en": indicator.name_en,
                "weight": str(indicator.weight),
                **draft.get("scores", {}).get(indicator.code, {}),
            }
            for indicator in indicators_of(report)
        ],
        "findings": [{**finding, "reply": told.get(finding["id"])} for finding in draft.get("findings", [])],
        "evidence": [
            {"title": each.title, "ground": each.confidential.ground}
            if each.confidential
            else {"title": each.title, "name": each.attachment_name, "sha256": each.attachment_sha256}
            for each in report.evidence.select_related("confidential")
        ],
    }


def findings_to_answer(report: EvaluationReport) -> list[dict[str, Any]]:
    """The findings that the department may reply to now: of a correction only those that are new or changed."""
    before: dict[str, dict[str, Any]] = {}
    if report.evaluation is not None:
        last = report.evaluation.versions.order_by("number").last()
        before = {found["id"]: found for found in last.content.get("findings", [])} if last else {}
    return [
        finding
        for finding in report.draft.get("findings", [])
        if _without_reply(before.get(finding["id"], {})) != _without_reply(finding)
    ]


def _without_reply(finding: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name != "reply"}
