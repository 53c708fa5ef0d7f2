"""Leaves of participatory allocation: a part of the vocabulary in ``kinds``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import DAY, DIGEST, MOMENT, NUMBER, REFERENCE, WORD, ListOf, Optional, PublicType, Row

_ROUND: dict[str, PublicType] = {"allocation": REFERENCE}
_PROJECT: dict[str, PublicType] = {"allocation": REFERENCE, "number": NUMBER}
_DATES: dict[str, PublicType] = {
    "proposals_from": MOMENT,
    "proposals_until": MOMENT,
    "voting_from": MOMENT,
    "voting_until": MOMENT,
}

ALLOCATION_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.ALLOCATION_RULE_ENTERED: _shape(_("Rules for allocations were entered."), "rule", valid_from=DAY),
    LeafKind.ALLOCATION_OPENED: _shape(
        _("A part of the budget was put to residents, with its rules; the hash of the secret of the lot is fixed."),
        "title",
        "purpose",
        "limits",
        consultation=Optional(REFERENCE),
        department=Optional(REFERENCE),
        amount=NUMBER,
        rule=REFERENCE,
        required_level=NUMBER,
        recommended=NUMBER,
        comparison=WORD,
        ballot=WORD,
        points=Optional(NUMBER),
        most_projects=Optional(NUMBER),
        utility=WORD,
        completion=WORD,
        stop=WORD,
        commitment=DIGEST,
        **_DATES,
    ),
    LeafKind.ALLOCATION_DATES_CHANGED: _shape(
        _("The dates of an allocation were changed, with a reason."), "reason", **_DATES
    ),
    LeafKind.PROJECT_PROPOSED: _shape(
        _("Somebody proposed a project."),
        "title",
        "place",
        "description",
        **_PROJECT,
        estimate=NUMBER,
        attachment_sha256=Optional(DIGEST),
    ),
    LeafKind.PROJECT_CHANGED: _shape(
        _("A proposer changed a project before a department looked at it."),
        "title",
        "place",
        "description",
        **_PROJECT,
        estimate=NUMBER,
        attachment_sha256=Optional(DIGEST),
    ),
    LeafKind.PROJECT_ASSIGNED: _shape(
        _("A department was asked whether a project is feasible."), **_PROJECT, department=REFERENCE
    ),
    LeafKind.PROJECT_REVIEWED: _shape(
        _("A department found a project feasible, with its cost, or not, with a reason."),
        "reason",
        **_PROJECT,
        department=REFERENCE,
        outcome=WORD,
        cost=Optional(NUMBER),
    ),
    LeafKind.PROJECT_REVIEW_ANSWERED: _shape(
        _("A proposer answered that a project was found not feasible."), "reply", **_PROJECT
    ),
    LeafKind.PROJECT_WITHDRAWN: _shape(
        _("A project was withdrawn, with a reason; votes for it are kept out of the count."),
        "reason",
        **_PROJECT,
        phase=WORD,
    ),
    LeafKind.PROJECT_HIDDEN: _shape(
        _("A moderator hid a proposed project under a house rule."), "reason", **_PROJECT, rule=NUMBER
    ),
    LeafKind.PROJECT_RESTORED: _shape(_("A proposed project is public again."), "reason", **_PROJECT),
    LeafKind.ALLOCATION_LISTED: _shape(
        _("The final list of projects was published, each with its cost."), projects=ListOf(Row((NUMBER, NUMBER)))
    ),
    LeafKind.ALLOCATION_BALLOT: _shape(
        _("Somebody cast or changed a ballot; what it says is sealed."), "receipt", **_ROUND, state=WORD
    ),
    LeafKind.ALLOCATION_CLOSE_ASKED: _shape(_("Somebody asked to close the vote; a second person has to agree.")),
    LeafKind.ALLOCATION_CLOSED: _shape(
        _("The vote was closed by two people; the file of all ballots is fixed before it is counted."),
        **_ROUND,
        ballots=NUMBER,
        erased=NUMBER,
        ballots_sha256=DIGEST,
        archived=ListOf(Row((NUMBER, NUMBER))),
    ),
    LeafKind.ALLOCATION_COUNTED: _shape(
        _("The ballots were counted; the secret of the lot is open."),
        **_ROUND,
        ballots_sha256=DIGEST,
        result_sha256=DIGEST,
        secret=DIGEST,
        decided_by=WORD,
        winners=ListOf(NUMBER),
    ),
    LeafKind.ALLOCATION_COUNT_FAILED: _shape(
        _("Ballots could not be counted, or there was none, or the count was begun again."),
        "problem",
        **_ROUND,
        state=WORD,
    ),
    LeafKind.PROJECT_ADOPTED: _shape(
        _("A project that won became a programme of the budget."), **_PROJECT, programme=REFERENCE
    ),
    LeafKind.PROJECT_TASK_OPENED: _shape(_("A project that won became a task."), **_PROJECT, task=REFERENCE),
}
