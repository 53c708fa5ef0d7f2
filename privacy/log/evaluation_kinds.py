"""The kinds of leaf of third-party evaluations (see ``kinds.py``)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import AMOUNT, DAY, DIGEST, NUMBER, REFERENCE, WORD, ListOf, Optional

EVALUATION_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.EVALUATION_CALLED: _shape(
        _("Somebody was asked to evaluate programmes: by which scheme, until when, and who pays."),
        "terms",
        consultation=REFERENCE,
        department=REFERENCE,
        programmes=ListOf(REFERENCE),
        scheme=REFERENCE,
        places=NUMBER,
        due_on=DAY,
    ),
    LeafKind.EVALUATOR_SEAT: _shape(
        _("An organisation applied, was asked, chosen or refused, or stepped back."),
        "reason",
        call=REFERENCE,
        state=WORD,
    ),
    LeafKind.EVALUATION_INTEREST: _shape(
        _("Somebody who evaluates declared interests, or somebody decided on them."),
        "reason",
        seat=REFERENCE,
        interest=WORD,
        state=WORD,
    ),
    LeafKind.EVALUATION_HANDED_IN: _shape(
        _("An evaluation was handed in, before anybody but its authors had read it."),
        "content",
        seat=REFERENCE,
        programme=REFERENCE,
        version=NUMBER,
    ),
    LeafKind.EVALUATION_CHECKED: _shape(
        _("A moderator checked the form of an evaluation, never its content; the department may reply until a day."),
        faults=ListOf(WORD),
        version=NUMBER,
        reply_due_on=Optional(DAY),
    ),
    LeafKind.FINDING_REPLIED: _shape(
        _("The evaluated department replied to a finding before it was published."),
        "text",
        report=REFERENCE,
        finding=REFERENCE,
        version=NUMBER,
        stance=WORD,
    ),
    LeafKind.EVALUATION_PUBLISHED: _shape(
        _("A version of an evaluation became public, with the replies of the department."),
        "reason",
        evaluation=REFERENCE,
        number=NUMBER,
        score=AMOUNT,
        content_sha256=DIGEST,
        findings=NUMBER,
        replies=NUMBER,
    ),
    LeafKind.EVALUATION_REOPENED: _shape(
        _("The authors began to correct a published evaluation, for a reason."), "reason", evaluation=REFERENCE
    ),
    LeafKind.OFFICIAL_SCORE_RECORDED: _shape(
        _("The score of an official evaluation was recorded."),
        "summary",
        programme=REFERENCE,
        fiscal_year=NUMBER,
        kind=WORD,
        score=AMOUNT,
    ),
    LeafKind.REEVALUATION_ANNOUNCED: _shape(
        _("A lot was announced: some of a year's evaluations are evaluated again. The secret is committed to."),
        "reason",
        fiscal_year=NUMBER,
        count=NUMBER,
        commitment=DIGEST,
    ),
    LeafKind.REEVALUATION_DRAWN: _shape(
        _("The secret of a lot was opened, and evaluations were drawn with it."),
        secret=DIGEST,
        pool=ListOf(REFERENCE),
        drawn=ListOf(REFERENCE),
    ),
}
