"""The closed, typed vocabulary of the log.

A kind is never renamed or reused, and its fields never change their meaning: old entries keep them for good.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from privacy.log.allocation_kinds import ALLOCATION_SHAPES
from privacy.log.consent_kinds import CONSENT_SHAPES
from privacy.log.decision_kinds import DECISION_SHAPES
from privacy.log.deliberation_kinds import DELIBERATION_SHAPES
from privacy.log.erasure_kinds import ERASURE_SHAPES
from privacy.log.evaluation_kinds import EVALUATION_SHAPES
from privacy.log.holding_kinds import HOLDING_SHAPES
from privacy.log.incident_kinds import INCIDENT_SHAPES
from privacy.log.kind_names import LeafKind as LeafKind
from privacy.log.meeting_kinds import MEETING_SHAPES
from privacy.log.recognition_kinds import RECOGNITION_SHAPES
from privacy.log.rectification_kinds import RECTIFICATION_SHAPES
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.stakeholder_kinds import STAKEHOLDER_SHAPES
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

_RELEASE: dict[str, PublicType] = {
    "government": INSTITUTION,
    "fiscal_year": NUMBER,
    "version": NUMBER,
    "source_sha256": DIGEST,
}
_PAGE: dict[str, PublicType] = {"translation_key": REFERENCE, "locale": LANGUAGE, "revision": Optional(NUMBER)}
_STAGES = ListOf(Row((WORD, MOMENT, Optional(MOMENT))))
_SPOKEN_BY: dict[str, PublicType] = {"stakeholder_group": WORD}
_KEYS: dict[str, PublicType] = {"state": WORD, "keys": NUMBER, "values": NUMBER}

SHAPES: dict[LeafKind, Shape] = {
    **STAKEHOLDER_SHAPES,
    **CONSENT_SHAPES,
    **MEETING_SHAPES,
    **DECISION_SHAPES,
    **ALLOCATION_SHAPES,
    **DELIBERATION_SHAPES,
    **ERASURE_SHAPES,
    **HOLDING_SHAPES,
    **INCIDENT_SHAPES,
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
    LeafKind.PROGRAMME_STARTED: _shape(
        _("A programme was started before it stands in a budget."), "name", department=REFERENCE
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
    LeafKind.JURISDICTION_CHANGED: _shape(
        _("Somebody said whose classifications, calendar, periods and checks apply to a government, with a reason."),
        "change",
        government=INSTITUTION,
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
        release=Optional(REFERENCE),
        answer_within_days=NUMBER,
        ways_in=ListOf(Row((WORD, WORD))),
        stages=_STAGES,
    ),
    LeafKind.CONSULTATION_SHORTENED: _shape(
        _("The time for input is shorter than the rule for major decisions, with a reason."),
        "short_reason",
        days=NUMBER,
    ),
    LeafKind.CONSULTATION_DATES_CHANGED: _shape(
        _("The dates of a consultation were changed, with a reason."), "reason", stages=_STAGES
    ),
    LeafKind.CONSULTATION_OUTCOME: _shape(
        _("It was published what came of a consultation."), "outcome", "outcome_links"
    ),
    LeafKind.CONSULTATION_CLOSED: _shape(
        _("A consultation with an outcome was closed before its date, with a reason."), "reason"
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
    LeafKind.FEEDBACK_HIDDEN: _shape(_("A moderator hid feedback, with a reason."), "reason", rule=NUMBER),
    LeafKind.FEEDBACK_RESTORED: _shape(_("Hidden feedback was shown again."), "reason"),
    LeafKind.FEEDBACK_MERGED: _shape(
        _("Feedback that says the same as another was tied to it, or set apart again, with a reason."),
        "reason",
        into=Optional(REFERENCE),
    ),
    LeafKind.FEEDBACK_EXTENDED: _shape(
        _("The answer to feedback takes longer, once and with a reason."), "reason", due_on=DAY
    ),
    LeafKind.FEEDBACK_DATED: _shape(
        _("Feedback from before each kept its own last day for an answer got it."), due_on=DAY
    ),
    LeafKind.MESSAGE_POSTED: _shape(
        _("A message appeared in a discussion."), "body", room=REFERENCE, seq=NUMBER, **_SPOKEN_BY
    ),
    LeafKind.MESSAGE_HIDDEN: _shape(
        _("A moderator hid a message, with a reason."), "reason", seq=NUMBER, target_seq=NUMBER, rule=NUMBER
    ),
    LeafKind.MESSAGE_RESTORED: _shape(_("A hidden message was shown again."), "reason", seq=NUMBER, target_seq=NUMBER),
    LeafKind.MESSAGE_EDITED: _shape(
        _("The author changed a message; the history keeps what it said before."),
        "body",
        seq=NUMBER,
        target_seq=NUMBER,
    ),
    LeafKind.MESSAGE_PINNED: _shape(
        _("A moderator put a message on top of a discussion, or took it from there."), seq=NUMBER, target_seq=NUMBER
    ),
    LeafKind.DISCUSSION_RULES: _shape(
        _("A moderator changed the rules of a discussion: whether it is locked, how fast people speak, what is held."),
        "reason",
        seq=NUMBER,
        state=WORD,
        slow_seconds=NUMBER,
        holds=WORD,
    ),
    LeafKind.PERSON_MUTED: _shape(
        _("Somebody may not speak in a discussion until a day, for a reason that they read."), "reason", room=REFERENCE
    ),
    LeafKind.PERSON_UNMUTED: _shape(
        _("Somebody may speak in a discussion again, with a reason."), "reason", room=REFERENCE
    ),
    LeafKind.EVALUATION_SUBMITTED: _shape(
        _("A third party handed in an evaluation."),
        "reasoning",
        consultation=REFERENCE,
        programme=REFERENCE,
        organisation=REFERENCE,
        score=AMOUNT,
        attachment_sha256=Optional(DIGEST),
    ),
    **EVALUATION_SHAPES,
    LeafKind.EVALUATION_ACCEPTED: _shape(_("The government took an evaluation up (受理).")),
    LeafKind.EVALUATION_HIDDEN: _shape(_("A moderator hid an evaluation, with a reason."), "reason", rule=NUMBER),
    LeafKind.EVALUATION_RESTORED: _shape(_("A hidden evaluation was shown again."), "reason"),
    LeafKind.EVALUATION_EXTENDED: _shape(
        _("The answer to an evaluation takes longer, once and with a reason."), "reason", due_on=DAY
    ),
    LeafKind.EVALUATION_DATED: _shape(
        _("An evaluation from before each kept its own last day for an answer got it."), due_on=DAY
    ),
    LeafKind.CONSULTATION_LOOKED_AT_FIRST: _shape(
        _("Input is looked at within some hours before it is shown, or (without hours) shown at once again."),
        "reason",
        hours=Optional(NUMBER),
    ),
    LeafKind.HOUSE_RULE_PUBLISHED: _shape(
        _("A rule of how people speak here was published."),
        "title",
        "title_en",
        "text",
        "text_en",
        number=NUMBER,
        valid_from=DAY,
    ),
    LeafKind.REPORT_FILED: _shape(_("Somebody reported something that was said."), "about", "words"),
    LeafKind.DECISION_MADE: _shape(
        _("A moderator decided about something that was said, with a reason; hiding cites a house rule."),
        "about",
        "reason",
        deed=WORD,
        rule=Optional(REFERENCE),
    ),
    LeafKind.DECISION_REVIEWED: _shape(
        _("A second moderator confirmed that something was hidden, or overturned it."), "reason", outcome=WORD
    ),
    LeafKind.APPEAL_LODGED: _shape(_("An author appealed against hiding."), "words", decision=REFERENCE),
    LeafKind.APPEAL_DECIDED: _shape(
        _("A moderator who had no part in it decided an appeal, with a reason."), "reason", outcome=WORD
    ),
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
    LeafKind.ANSWER_CORRECTED: _shape(
        _("An answer was replaced by a new version, with what was wrong."),
        "reason",
        "why",
        outcome=WORD,
        version=NUMBER,
    ),
    **RECTIFICATION_SHAPES,
    LeafKind.MANDATE_GRANTED: _shape(_("Somebody may act for an organisation."), "person", organisation=REFERENCE),
    LeafKind.MANDATE_REVOKED: _shape(_("Somebody no longer acts for an organisation."), organisation=REFERENCE),
    **RECOGNITION_SHAPES,
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
