"""What leaves about opinion maps look like; part of the vocabulary in ``kinds.py``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import DIGEST, NUMBER, REFERENCE, WORD, PublicType

_COUNTED: dict[str, PublicType] = {"participants": NUMBER, "votes": NUMBER}

DELIBERATION_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.CONVERSATION_OPENED: _shape(
        _("A question was put, whose answers are drawn as an opinion map."), "title", "purpose", consultation=REFERENCE
    ),
    LeafKind.STATEMENT_SUBMITTED: _shape(
        _("A statement was put to the vote, or handed in to be looked at first."),
        "body",
        conversation=REFERENCE,
        number=NUMBER,
        stakeholder_group=WORD,
        state=WORD,
    ),
    LeafKind.STATEMENT_HIDDEN: _shape(
        _("A moderator refused or hid a statement, with a reason."), "reason", rule=NUMBER
    ),
    LeafKind.STATEMENT_RESTORED: _shape(
        _("A statement was put to the vote after it was looked at, or again."), "reason"
    ),
    LeafKind.CONVERSATION_BANNED: _shape(
        _("Somebody was excluded from an opinion map, with a reason."), "reason", conversation=REFERENCE
    ),
    LeafKind.CONVERSATION_BAN_LIFTED: _shape(
        _("An exclusion from an opinion map was lifted, with a reason."), "reason", conversation=REFERENCE
    ),
    LeafKind.CONVERSATION_CLOSED: _shape(_("An opinion map was closed, with a reason."), "reason", **_COUNTED),
    LeafKind.OPINION_MAP_PUBLISHED: _shape(
        _("The result of an opinion map was published: the hashes of the answers and of the map drawn of them."),
        conversation=REFERENCE,
        votes_sha256=DIGEST,
        result_sha256=DIGEST,
        **_COUNTED,
    ),
}
