"""Leaves of the last mile: what each of them looks like."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape, shape
from privacy.log.values import DAY, DIGEST, NUMBER, REFERENCE, WORD, Optional, PublicType

_TASK: dict[str, PublicType] = {"status": WORD, "due_on": DAY}

RECTIFICATION_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.FINDING_RECORDED: shape(
        _("A problem to be put right was established."), "text", answer=Optional(REFERENCE), severity=WORD
    ),
    LeafKind.TASK_OPENED: shape(
        _("Somebody was made responsible for putting a problem right, by a date."),
        "title",
        finding=REFERENCE,
        department=REFERENCE,
        due_on=DAY,
    ),
    LeafKind.TASK_ACCEPTED: shape(_("The department took the task on."), **_TASK),
    LeafKind.TASK_PROGRESS_POSTED: shape(
        _("Progress on a task was reported, with or without evidence."),
        "text",
        task=REFERENCE,
        attachment_sha256=Optional(DIGEST),
    ),
    LeafKind.TASK_SUBMITTED: shape(_("The department says that the task is done."), **_TASK),
    LeafKind.TASK_VERIFIED: shape(_("Somebody else confirmed that it is done."), "reason", **_TASK),
    LeafKind.TASK_RETURNED: shape(_("Somebody else found that it is not done."), "reason", **_TASK),
    LeafKind.BUDGET_LINKED: shape(
        _("A later budget line was tied to the task."),
        "reason",
        task=REFERENCE,
        fiscal_year=NUMBER,
        decision=WORD,
        line=Optional(REFERENCE),
    ),
    LeafKind.TASK_MOVED: shape(
        _("A task was assigned, disputed, decided on, given to others, closed or reopened."),
        "reason",
        step=WORD,
        status=WORD,
        due_on=DAY,
        department=REFERENCE,
    ),
    LeafKind.TASK_ESCALATED: shape(
        _("A late task came to a rung of the ladder; the clock took the step."), task=REFERENCE, deed=WORD, due_on=DAY
    ),
    LeafKind.TASK_INSTRUCTED: shape(
        _("The supervising leader of a task demanded something of those who carry it out."), "text", task=REFERENCE
    ),
    LeafKind.EXTENSION_ASKED: shape(
        _("A department asked for more time, with a reason."), "reason", task=REFERENCE, working_days=NUMBER
    ),
    LeafKind.EXTENSION_DECIDED: shape(
        _("Somebody else gave a task more time, or not."), "reason", task=REFERENCE, status=WORD, due_on=DAY
    ),
    LeafKind.PANEL_CALLED: shape(
        _("Citizens were asked to check a task; the hash of the secret of the lot is fixed."),
        task=REFERENCE,
        seats=NUMBER,
        commitment=DIGEST,
        volunteers_until=DAY,
    ),
    LeafKind.PANEL_JOINED: shape(_("Somebody volunteered for a panel, or stepped back."), panel=REFERENCE, status=WORD),
    LeafKind.PANEL_DRAWN: shape(
        _("The members of a panel were drawn from the volunteers; the secret of the lot is open."),
        task=REFERENCE,
        volunteers=NUMBER,
        secret=DIGEST,
        votes_until=DAY,
    ),
    LeafKind.PANEL_VOTED: shape(_("A member of a panel voted."), "vote", "reason", panel=REFERENCE),
    LeafKind.PANEL_ENDED: shape(
        _("A panel ended without a verdict: too few volunteered or voted."), task=REFERENCE, votes=NUMBER
    ),
    LeafKind.PHOTO_ADDED: shape(
        _("Somebody handed in a photo of the place that a task is about."),
        "caption",
        task=REFERENCE,
        attachment_sha256=DIGEST,
    ),
    LeafKind.PHOTO_DECIDED: shape(_("A moderator showed a photo of the place, or not."), "reason", status=WORD),
    LeafKind.CONSEQUENCE_RECORDED: shape(
        _("A department was held to account or commended for a task, or that was appealed against or decided on."),
        "reason",
        task=REFERENCE,
        consequence=WORD,
        status=WORD,
    ),
    LeafKind.QUESTION_ASKED: shape(
        _("A department asked what a recommendation means."), "question", task=REFERENCE, due_on=DAY
    ),
    LeafKind.QUESTION_ANSWERED: shape(
        _("The evaluator said what a recommendation means, and made it clearer or left it as it is."),
        "answer",
        "clarified",
        task=REFERENCE,
        version=NUMBER,
    ),
    LeafKind.RUNG_ENTERED: shape(
        _("A rung of the ladder for late tasks was entered, with the day from which it holds."), "rule", valid_from=DAY
    ),
    LeafKind.LINKAGE_RULE_ENTERED: shape(
        _("A rule for the use of results was entered, with the day from which it holds."), "rule", valid_from=DAY
    ),
}
