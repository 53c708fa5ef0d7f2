"""Leaves of automation and of awards: a part of the vocabulary in ``kinds``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import AMOUNT, DAY, NUMBER, REFERENCE, WORD, ListOf, MapOf

RECOGNITION_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.AUTOMATION_RULE_SET: _shape(
        _("A rule by which the service does something by itself was put in force."),
        does=WORD,
        valid_from=DAY,
        options=MapOf(AMOUNT),
    ),
    LeafKind.AUTOMATION_RULE_STOPPED: _shape(
        _("Somebody stopped a rule of automation, with a reason."), "stop_reason", does=WORD
    ),
    LeafKind.AUTOMATION_RULE_STARTED: _shape(
        _("Somebody started a rule of automation again, with a reason."), "reason", does=WORD
    ),
    LeafKind.AUTOMATION_ACTED: _shape(
        _("A rule did, drafted or proposed something for a cause."),
        "cause",
        "text",
        does=WORD,
        state=WORD,
        rule=REFERENCE,
    ),
    LeafKind.AUTOMATION_DECIDED: _shape(
        _("Somebody confirmed or dismissed what a rule proposed."), "reason", "text", does=WORD, state=WORD
    ),
    LeafKind.AWARD_OPENED: _shape(
        _("The award of a year was announced with its dates and rules."),
        "title",
        year=NUMBER,
        nominations_until=DAY,
        voting_until=DAY,
        jury_percent=NUMBER,
    ),
    LeafKind.NOMINATION_HANDED_IN: _shape(
        _("Somebody nominated a case for an award."), "reason", award=REFERENCE, task=REFERENCE, stakeholder_group=WORD
    ),
    LeafKind.NOMINATION_ADMITTED: _shape(_("A moderator admitted a nomination."), award=REFERENCE),
    LeafKind.NOMINATION_REFUSED: _shape(
        _("A moderator did not admit a nomination, with a reason."), "reason", award=REFERENCE
    ),
    LeafKind.JUROR_NAMED: _shape(_("A member of the jury of an award was named."), "standing", award=REFERENCE),
    LeafKind.JUROR_DECLARED: _shape(
        _("A member of a jury declared in which cases there is a conflict of interest."),
        award=REFERENCE,
        conflicts=ListOf(REFERENCE),
    ),
    LeafKind.CASE_JUDGED: _shape(
        _("A member of a jury scored a case, with a reason."), "reason", nomination=REFERENCE, score=AMOUNT
    ),
    LeafKind.AWARD_DECIDED: _shape(
        _("Somebody decided on an award, on the count of that day."),
        "result",
        "decided_as",
        year=NUMBER,
        given=ListOf(REFERENCE),
    ),
    LeafKind.COMMENDATION_GIVEN: _shape(
        _("A case was given an award, with reasons."), "reasons", award=REFERENCE, place=NUMBER
    ),
    LeafKind.AWARD_APPEAL_LODGED: _shape(
        _("Somebody appealed against a commendation."), "words", commendation=REFERENCE
    ),
    LeafKind.AWARD_APPEAL_DECIDED: _shape(
        _("An appeal against a commendation was decided, with a reason."),
        "reason",
        commendation=REFERENCE,
        outcome=WORD,
    ),
}
