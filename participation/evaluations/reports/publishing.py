"""Putting a version of an evaluation before the public. Part of the action that completes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from cms.budget.models import Line
from participation.consultations.clock import answer_due
from participation.consultations.models import Contribution
from participation.consultations.notices import announce_new
from participation.evaluations.models import Evaluation, EvaluationFinding
from participation.evaluations.reports.content import content_of
from participation.evaluations.reports.models import EvaluationReport
from participation.evaluations.versions import add_version, keep_first_version
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.live import announce as announce_live
from participation.stakeholders.models import User
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

FIELDS = ("title", "explanation", "severity", "recommendation")


def publish(report: EvaluationReport, *, by: User | None) -> Evaluation:
    """The caller holds the lock of the report and has authorised ``by``; None is the clock of the service.

    An earlier evaluation of the same programme by the same organisation in the consultation becomes the first version.
    """
    seat, content = report.seat, content_of(report)
    consultation, moment = seat.call.consultation, timezone.now()
    found = (
        report.evaluation
        or Evaluation.objects.filter(
            consultation=consultation, programme=report.programme, organisation=seat.organisation
        ).first()
    )
    is_new = found is None
    if found is None:
        author = seat.lead
        if author is None:
            raise ValueError("a report has a lead")
        found = Evaluation(
            consultation=consultation,
            author=author,
            stakeholder_group=seat.organisation.group,
            organisation=seat.organisation,
            status=Contribution.Status.VISIBLE,
            created=moment,
            due_on=answer_due(moment, consultation),
            programme=report.programme,
        )
    elif not found.versions.exists():
        keep_first_version(found)
    found.score, found.reasoning = Decimal(content["score"]), content["summary"]
    with acting(by, reason=report.correction_reason):
        found.save()
    if is_new:
        append_leaf(
            LeafKind.EVALUATION_SUBMITTED,
            found,
            public={
                "consultation": str(consultation.row_id),
                "programme": str(report.programme.row_id),
                "organisation": str(seat.organisation.row_id),
                "score": content["score"],
                "attachment_sha256": None,
            },
            committed={"reasoning": found.reasoning},
        )
    number = found.versions.count() + 1
    findings = _keep_findings(report, found, content, number, by)
    add_version(found, content, reason=report.correction_reason, by=by, also=[found, *findings])
    report.evaluation, report.status = found, EvaluationReport.Status.PUBLISHED
    report.save(update_fields=["evaluation", "status"])
    if is_new:
        announce_new(found)
        announce_live(consultation.row_id, {"kind": "evaluation", "row_id": str(found.row_id)})
    else:
        announce(
            Kind.EVALUATION,
            found,
            of=[found.programme, consultation],
            words={"step": "corrected"},
            key=f"version {number}",
            acting_user=by,
        )
    return found


def _keep_findings(
    report: EvaluationReport, evaluation: Evaluation, content: dict[str, Any], number: int, by: User | None
) -> list[EvaluationFinding]:
    """Stores the findings of the version; those that it leaves out stay. Returns what was saved."""
    saved = []
    stored = {finding.row_id: finding for finding in evaluation.findings.all()}
    lines = {
        str(line.row_id): line
        for line in Line.objects.filter(programme=report.programme).filter(
            row_id__in=[finding["line"] for finding in content["findings"] if finding.get("line")]
        )
    }
    replies = {reply.finding_ref: reply for reply in report.replies.order_by("version")}
    with acting(by, reason=report.correction_reason):
        for place, told in enumerate(content["findings"], start=1):
            key = UUID(told["id"])
            finding = stored.pop(key, None) or EvaluationFinding(
                row_id=key, evaluation=evaluation, programme=report.programme
            )
            for name in FIELDS:
                setattr(finding, name, told[name])
            finding.position, finding.line, finding.dropped_in = place, lines.get(told.get("line", "")), None
            reply = told["reply"]
            finding.reply_stance, finding.reply = (reply["stance"], reply["text"]) if reply else ("", "")
            finding.replied_at = replies[key].created if reply else None
            finding.save()
            saved.append(finding)
        for finding in stored.values():
            if finding.dropped_in is None:
                finding.dropped_in = number
                finding.save()
                saved.append(finding)
    return saved
