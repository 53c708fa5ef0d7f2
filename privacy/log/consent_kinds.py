"""Leaves of consents, of requests about one's own data and of the record of processing: a part of the vocabulary in
``kinds``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import DAY, DIGEST, NUMBER, WORD, Optional

CONSENT_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.LEGAL_RULE_ENTERED: _shape(
        _("A period for personal data, set by a law or by this portal, was entered."), "rule", valid_from=DAY
    ),
    LeafKind.NOTICE_PUBLISHED: _shape(
        _("It was published what people are asked to agree to."), purpose=WORD, version=NUMBER, notice_sha256=DIGEST
    ),
    LeafKind.CONSENT_RECORDED: _shape(
        _("Somebody agreed to something, declined it or took the agreement back."),
        "person",
        purpose=WORD,
        state=WORD,
        notice_sha256=DIGEST,
    ),
    LeafKind.DATA_REQUEST_RECEIVED: _shape(
        _("Somebody asked for a right over their own data."), "words", request_kind=WORD
    ),
    LeafKind.DATA_REQUEST_MOVED: _shape(
        _("A request about somebody's own data came to another state: identity proven, answered, refused, withdrawn."),
        "words",
        state=WORD,
        due_on=Optional(DAY),
    ),
    LeafKind.DATA_REQUEST_EXTENDED: _shape(
        _("The answer to a request about somebody's own data takes longer, once and with a reason."),
        "words",
        due_on=DAY,
    ),
    LeafKind.PROCESSING_COMPLETED: _shape(
        _("A privacy officer completed what is on record about one use of personal data."),
        "content",
        activity=WORD,
        version=NUMBER,
    ),
    LeafKind.PROCESSING_PUBLISHED: _shape(
        _("A version of the record of processing was fixed."), version=NUMBER, content_sha256=DIGEST
    ),
    LeafKind.IMPACT_ASSESSED: _shape(
        _("An assessment of what a use of personal data does to people was written or approved."),
        "content",
        activity=WORD,
        version=NUMBER,
        state=WORD,
    ),
}
