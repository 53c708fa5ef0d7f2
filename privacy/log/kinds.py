"""The closed, typed vocabulary of the log.

A kind is never renamed or reused, and its fields never change their meaning: old entries keep them for good.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import (
    AMOUNT,
    DAY,
    DIGEST,
    FIELD,
    INSTITUTION,
    LANGUAGE,
    MOMENT,
    NUMBER,
    REFERENCE,
    WORD,
    ListOf,
    MapOf,
    Optional,
    PublicType,
    Row,
)


class LeafKind(models.TextChoices):
    RELEASE_IMPORTED = "release.imported", _("Budget release imported")
    RELEASE_SIGNED_OFF = "release.signed_off", _("Budget release signed off")
    RELEASE_PUBLISHED = "release.published", _("Budget release published")
    TABLES_RECORDED = "tables.recorded", _("Disclosure tables recorded")
    RELEASE_APPROVED = "release.approved", _("Day of approval recorded")
    RELEASE_CHECKED = "release.checked", _("Budget release checked")
    CHECK_OVERRIDDEN = "check.overridden", _("Error of a check overridden")
    GOALS_RECORDED = "goals.recorded", _("Performance goals recorded")
    SCHEME_PUBLISHED = "scheme.published", _("Scoring scheme published")
    SELF_EVALUATION_IMPORTED = "self_evaluation.imported", _("Self-evaluation imported")
    MONITORING_RECORDED = "monitoring.recorded", _("Monitoring of a programme recorded")
    GOALS_APPROVED = "goals.approved", _("Performance goals approved")
    GOAL_CHANGE_PROPOSED = "goal_change.proposed", _("Change of approved goals proposed")
    GOAL_CHANGE_DECIDED = "goal_change.decided", _("Change of approved goals decided")
    CERTIFICATE_ISSUED = "certificate.issued", _("Certificate of a course issued")
    CLASSIFICATION_LOADED = "classification.loaded", _("Classification loaded")
    CLASSIFICATION_CORRECTED = "classification.corrected", _("Code of a classification corrected")
    ALIAS_DECLARED = "alias.declared", _("Other name declared")
    MERGER_DECLARED = "merger.declared", _("Merger or split of departments declared")
    DECLARATION_WITHDRAWN = "declaration.withdrawn", _("Other name, merger or split withdrawn")
    CALENDAR_CHANGED = "calendar.changed", _("Calendar of working days changed")
    CLOCK_ENTERED = "clock.entered", _("Statutory period entered")
    STATISTICS_ENTERED = "statistics.entered", _("Prices or population entered")
    PAGE_PUBLISHED = "page.published", _("Page published")
    PAGE_UNPUBLISHED = "page.unpublished", _("Page withdrawn")
    CONSULTATION_OPENED = "consultation.opened", _("Consultation opened")
    FEEDBACK_SUBMITTED = "feedback.submitted", _("Feedback submitted")
    FEEDBACK_ACCEPTED = "feedback.accepted", _("Feedback accepted for handling")
    FEEDBACK_HIDDEN = "feedback.hidden", _("Feedback hidden")
    FEEDBACK_RESTORED = "feedback.restored", _("Feedback restored")
    MESSAGE_POSTED = "message.posted", _("Message posted")
    MESSAGE_HIDDEN = "message.hidden", _("Message hidden")
    MESSAGE_RESTORED = "message.restored", _("Message restored")
    EVALUATION_SUBMITTED = "evaluation.submitted", _("Evaluation submitted")
    EVALUATION_ACCEPTED = "evaluation.accepted", _("Evaluation accepted for handling")
    EVALUATION_HIDDEN = "evaluation.hidden", _("Evaluation hidden")
    EVALUATION_RESTORED = "evaluation.restored", _("Evaluation restored")
    CONFIDENTIAL_SUBMITTED = "confidential.submitted", _("Confidential part handed in")
    ANSWER_PUBLISHED = "answer.published", _("Answer published")
    FINDING_RECORDED = "finding.recorded", _("Finding recorded")
    TASK_OPENED = "task.opened", _("Rectification task opened")
    TASK_ACCEPTED = "task.accepted", _("Rectification task accepted")
    TASK_PROGRESS_POSTED = "task.progress_posted", _("Progress on a task posted")
    TASK_SUBMITTED = "task.submitted", _("Task submitted for verification")
    TASK_VERIFIED = "task.verified", _("Task verified")
    TASK_RETURNED = "task.returned", _("Task returned")
    MANDATE_GRANTED = "mandate.granted", _("Mandate granted")
    BUDGET_LINKED = "budget.linked", _("Task linked to a later budget")
    SEALED_OPENED = "sealed.opened", _("Sealed value opened")
    ALERT_RAISED = "alert.raised", _("Alert about many readings raised")
    ALERT_ACKNOWLEDGED = "alert.acknowledged", _("Alert looked into")
    ORGANISATION_VERIFIED = "organisation.verified", _("Organisation verified")
    ORGANISATION_REGISTERED = "organisation.registered", _("Organisation registered")
    ORGANISATION_CHANGED = "organisation.changed", _("Details of an organisation changed")
    APPOINTMENT_GRANTED = "appointment.granted", _("Office granted")
    APPOINTMENT_REVOKED = "appointment.revoked", _("Office revoked")
    CASE_RECEIVED = "case.received", _("Confidential report received")
    CASE_REPLIED = "case.replied", _("Confidential report replied to")
    CASE_STATE_CHANGED = "case.state_changed", _("Confidential report moved to another state")
    CASE_RECUSED = "case.recused", _("Officer stepped back from a confidential report")
    CASE_DESTROYED = "case.destroyed", _("Confidential report destroyed")
    CASES_READ = "cases.read", _("Confidential reports read")
    NOTE_ADDED = "note.added", _("Moderator's note added")
    NOTE_REMOVED = "note.removed", _("Moderator's note removed")
    KEYS_REWRAPPED = "keys.rewrapped", _("Data keys wrapped anew")
    KEYS_RESEALED = "keys.resealed", _("Values sealed anew")
    KEYS_REINDEXED = "keys.reindexed", _("Blind indexes made anew")


_RELEASE: dict[str, PublicType] = {
    "government": INSTITUTION,
    "fiscal_year": NUMBER,
    "version": NUMBER,
    "source_sha256": DIGEST,
}
_TASK: dict[str, PublicType] = {"status": WORD, "due_on": DAY}
_PAGE: dict[str, PublicType] = {"translation_key": REFERENCE, "locale": LANGUAGE, "revision": Optional(NUMBER)}
_STAGES = ListOf(Row((WORD, MOMENT, Optional(MOMENT))))
_SPOKEN_BY: dict[str, PublicType] = {"stakeholder_group": WORD}
_KEYS: dict[str, PublicType] = {"state": WORD, "keys": NUMBER, "values": NUMBER}

SHAPES: dict[LeafKind, Shape] = {
    LeafKind.RELEASE_IMPORTED: _shape(
        _("A budget file became a release that is not public yet."), "totals", **_RELEASE, lines=NUMBER
    ),
    LeafKind.RELEASE_SIGNED_OFF: _shape(
        _("An editor answers for an imported release, which may now be published."), "note", **_RELEASE
    ),
    LeafKind.RELEASE_PUBLISHED: _shape(
        _("A budget release became public."), **_RELEASE, lines_sha256=DIGEST, totals=MapOf(AMOUNT)
    ),
    LeafKind.TABLES_RECORDED: _shape(
        _("The tables of a disclosure were taken over beside the lines of its release."),
        source_sha256=DIGEST,
        tables_sha256=DIGEST,
        tables=NUMBER,
        rows=NUMBER,
    ),
    LeafKind.RELEASE_APPROVED: _shape(
        _("The day was recorded on which the budget or the accounts were approved."), approved_on=DAY
    ),
    LeafKind.RELEASE_CHECKED: _shape(
        _("The rules were applied to a release and found something else than before."),
        "findings",
        rules_sha256=DIGEST,
        findings=MapOf(NUMBER),
    ),
    LeafKind.CHECK_OVERRIDDEN: _shape(
        _("Somebody answers for publishing a release in spite of an error, with a reason."),
        "reason",
        release=REFERENCE,
    ),
    LeafKind.GOALS_RECORDED: _shape(
        _("Goals, indicators and scores of a programme in a year were recorded."),
        "goals",
        programme=REFERENCE,
        fiscal_year=NUMBER,
        indicators=NUMBER,
    ),
    LeafKind.SCHEME_PUBLISHED: _shape(
        _("The rules were published by which performance is scored."), "rules", version=NUMBER, valid_from=DAY
    ),
    LeafKind.SELF_EVALUATION_IMPORTED: _shape(
        _("The self-evaluation sheet of a programme was taken over."),
        "goals",
        programme=REFERENCE,
        fiscal_year=NUMBER,
        indicators=NUMBER,
        source_sha256=DIGEST,
    ),
    LeafKind.MONITORING_RECORDED: _shape(
        _("How far money and goals of a programme had come was recorded during the year."),
        "readings",
        programme=REFERENCE,
        fiscal_year=NUMBER,
        as_of=DAY,
    ),
    LeafKind.GOALS_APPROVED: _shape(
        _("The goals of a programme were approved with its budget."),
        "goals",
        programme=REFERENCE,
        fiscal_year=NUMBER,
        indicators=NUMBER,
    ),
    LeafKind.GOAL_CHANGE_PROPOSED: _shape(
        _("Somebody asked to change goals that had been approved, with a reason."),
        "changes",
        "reason",
        programme=REFERENCE,
        fiscal_year=NUMBER,
    ),
    LeafKind.GOAL_CHANGE_DECIDED: _shape(
        _("A change of approved goals was approved again, or refused, with a reason."),
        "changes",
        "decision_reason",
        programme=REFERENCE,
        fiscal_year=NUMBER,
        outcome=WORD,
    ),
    LeafKind.CERTIFICATE_ISSUED: _shape(
        _("Somebody passed the quiz of a course."), "code", course=REFERENCE, passed_on=DAY
    ),
    LeafKind.CLASSIFICATION_LOADED: _shape(
        _("An edition of a classification was loaded from a file."),
        scheme=WORD,
        entries=NUMBER,
        content_sha256=DIGEST,
    ),
    LeafKind.CLASSIFICATION_CORRECTED: _shape(
        _("The words of a code were corrected, with a reason."), "correction", version=REFERENCE, scheme=WORD
    ),
    LeafKind.ALIAS_DECLARED: _shape(
        _("Somebody said what a department or programme is also called in sources."),
        "names",
        of=REFERENCE,
        valid_from=Optional(NUMBER),
        valid_until=Optional(NUMBER),
    ),
    LeafKind.MERGER_DECLARED: _shape(
        _("Somebody said that one department carries on what another one did."),
        "grounds",
        predecessor=REFERENCE,
        successor=REFERENCE,
        since=DAY,
    ),
    LeafKind.DECLARATION_WITHDRAWN: _shape(
        _("Another name, a merger or a split was taken back, with a reason."), "reason"
    ),
    LeafKind.CALENDAR_CHANGED: _shape(
        _("Official working days of a year were entered or changed."), "days", year=NUMBER, days=NUMBER
    ),
    LeafKind.CLOCK_ENTERED: _shape(
        _("A period that a law sets was entered."), "rule", valid_from=DAY, days=Optional(NUMBER)
    ),
    LeafKind.STATISTICS_ENTERED: _shape(
        _("A table was entered by which amounts are told in real terms or per head."),
        "table",
        series=WORD,
        government=Optional(INSTITUTION),
        published_on=DAY,
        years=NUMBER,
        sha256=DIGEST,
    ),
    LeafKind.PAGE_PUBLISHED: _shape(_("An edition of a page became public."), "content", **_PAGE),
    LeafKind.PAGE_UNPUBLISHED: _shape(_("A page was withdrawn from the public."), **_PAGE),
    LeafKind.CONSULTATION_OPENED: _shape(
        _("A consultation was announced with its stages and limits."),
        "title",
        "purpose",
        "decided_by",
        "limits",
        release=REFERENCE,
        answer_within_days=NUMBER,
        ways_in=ListOf(Row((WORD, WORD))),
        stages=_STAGES,
    ),
    LeafKind.FEEDBACK_SUBMITTED: _shape(
        _("Somebody said something about a budget line."),
        "body",
        consultation=REFERENCE,
        line=Optional(REFERENCE),
        feedback_kind=WORD,
        **_SPOKEN_BY,
    ),
    LeafKind.FEEDBACK_ACCEPTED: _shape(_("The government took feedback up (受理).")),
    LeafKind.FEEDBACK_HIDDEN: _shape(_("A moderator hid feedback, with a reason."), "reason"),
    LeafKind.FEEDBACK_RESTORED: _shape(_("Hidden feedback was shown again."), "reason"),
    LeafKind.MESSAGE_POSTED: _shape(
        _("A message appeared in a discussion."), "body", room=REFERENCE, seq=NUMBER, **_SPOKEN_BY
    ),
    LeafKind.MESSAGE_HIDDEN: _shape(
        _("A moderator hid a message, with a reason."), "reason", seq=NUMBER, target_seq=NUMBER
    ),
    LeafKind.MESSAGE_RESTORED: _shape(_("A hidden message was shown again."), "reason", seq=NUMBER, target_seq=NUMBER),
    LeafKind.EVALUATION_SUBMITTED: _shape(
        _("A third party handed in an evaluation."),
        "reasoning",
        consultation=REFERENCE,
        programme=REFERENCE,
        organisation=REFERENCE,
        score=AMOUNT,
        attachment_sha256=Optional(DIGEST),
    ),
    LeafKind.EVALUATION_ACCEPTED: _shape(_("The government took an evaluation up (受理).")),
    LeafKind.EVALUATION_HIDDEN: _shape(_("A moderator hid an evaluation, with a reason."), "reason"),
    LeafKind.EVALUATION_RESTORED: _shape(_("A hidden evaluation was shown again."), "reason"),
    LeafKind.CONFIDENTIAL_SUBMITTED: _shape(
        _("An organisation handed in something confidential with its feedback or evaluation."),
        "justification",
        "passage",
        "attachment_sha256",
        contribution=REFERENCE,
        ground=WORD,
    ),
    LeafKind.ANSWER_PUBLISHED: _shape(
        _("The government answered: adopted, partly or not, and why."),
        "reason",
        outcome=WORD,
        inputs=ListOf(REFERENCE),
    ),
    LeafKind.FINDING_RECORDED: _shape(
        _("A problem to be put right was established."), "text", answer=REFERENCE, severity=WORD
    ),
    LeafKind.TASK_OPENED: _shape(
        _("Somebody was made responsible for putting a problem right, by a date."),
        "title",
        finding=REFERENCE,
        department=REFERENCE,
        due_on=DAY,
    ),
    LeafKind.TASK_ACCEPTED: _shape(_("The department took the task on."), **_TASK),
    LeafKind.TASK_PROGRESS_POSTED: _shape(
        _("Progress on a task was reported, with or without evidence."),
        "text",
        task=REFERENCE,
        attachment_sha256=Optional(DIGEST),
    ),
    LeafKind.TASK_SUBMITTED: _shape(_("The department says that the task is done."), **_TASK),
    LeafKind.TASK_VERIFIED: _shape(_("Somebody else confirmed that it is done."), "reason", **_TASK),
    LeafKind.TASK_RETURNED: _shape(_("Somebody else found that it is not done."), "reason", **_TASK),
    LeafKind.MANDATE_GRANTED: _shape(_("Somebody may act for an organisation."), "person", organisation=REFERENCE),
    LeafKind.BUDGET_LINKED: _shape(
        _("A later budget line was tied to the task."),
        "reason",
        task=REFERENCE,
        fiscal_year=NUMBER,
        decision=WORD,
        line=Optional(REFERENCE),
    ),
    LeafKind.SEALED_OPENED: _shape(
        _("Sealed values of somebody else were read."), "readings", fields=ListOf(FIELD), records=NUMBER
    ),
    LeafKind.ALERT_RAISED: _shape(
        _("Somebody opened more sealed records within an hour than their office should need."),
        "reader",
        records=NUMBER,
        threshold=NUMBER,
        window_start=MOMENT,
    ),
    LeafKind.ALERT_ACKNOWLEDGED: _shape(_("Somebody looked into an alert and wrote down what they found."), "reason"),
    LeafKind.ORGANISATION_VERIFIED: _shape(
        _("An organisation's identity was confirmed or not."), "reason", status=WORD
    ),
    LeafKind.ORGANISATION_REGISTERED: _shape(_("An organisation was entered."), "name", "credit_code", group=WORD),
    LeafKind.ORGANISATION_CHANGED: _shape(_("Sealed details of an organisation were replaced.")),
    LeafKind.APPOINTMENT_GRANTED: _shape(_("Somebody was given an office."), "person", role=WORD),
    LeafKind.APPOINTMENT_REVOKED: _shape(_("An office ended."), role=WORD),
    LeafKind.CASE_RECEIVED: _shape(
        _("What reporters wrote about a case on earlier days was entered."), "entries", state=WORD
    ),
    LeafKind.CASE_REPLIED: _shape(_("An integrity officer answered a reporter."), "text", state=WORD),
    LeafKind.CASE_STATE_CHANGED: _shape(
        _("An integrity officer took a case up, or closed it with an outcome."), "outcome", "text", state=WORD
    ),
    LeafKind.CASE_RECUSED: _shape(
        _("An integrity officer stepped back from a case, with a reason."), "officer", "reason", state=WORD
    ),
    LeafKind.CASE_DESTROYED: _shape(
        _("The key of a closed case was destroyed, and with it all that was written."), state=WORD
    ),
    LeafKind.CASES_READ: _shape(_("Integrity officers read confidential reports on an earlier day."), "readings"),
    LeafKind.NOTE_ADDED: _shape(_("A moderator wrote a private note."), "text", "about"),
    LeafKind.KEYS_REWRAPPED: _shape(
        _("The operator began, or finished, to wrap all data keys under a new key-encryption key."), **_KEYS
    ),
    LeafKind.KEYS_RESEALED: _shape(
        _("The operator began, or finished, to seal values anew under new data keys."), **_KEYS
    ),
    LeafKind.KEYS_REINDEXED: _shape(
        _("The operator began, or finished, to make the blind indexes anew, with or without a new root key."), **_KEYS
    ),
    LeafKind.NOTE_REMOVED: _shape(_("A moderator removed a private note, with a reason."), "reason"),
}


def leaf_kinds() -> list[tuple[str, Any]]:
    """The choices of the column, asked for when needed: a new kind is no change of the table."""
    return LeafKind.choices
