"""What leaves about meetings look like; part of the vocabulary in ``kinds.py``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import DAY, DIGEST, MOMENT, NUMBER, REFERENCE, WORD, ListOf, Optional, PublicType, Row

_DATES: dict[str, PublicType] = {
    "starts_at": MOMENT,
    "ends_at": MOMENT,
    "registration_ends_at": MOMENT,
    # Stakeholder group, number of places, and whether they are drawn ("lot") or given by the hour ("order").
    "places": ListOf(Row((WORD, NUMBER, WORD))),
}
_OF_MEETING: dict[str, PublicType] = {"meeting": REFERENCE}

MEETING_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.MEETING_SERIES_STARTED: _shape(_("A series of meetings was started."), "title", "purpose"),
    LeafKind.MEETING_CONVENED: _shape(
        _("A meeting was convened, with the places of every side."),
        "title",
        "purpose",
        "scope",
        series=Optional(REFERENCE),
        consultation=Optional(REFERENCE),
        meeting_kind=WORD,
        **_DATES,
    ),
    LeafKind.MEETING_CHANGED: _shape(
        _("Time, place or the places of the sides in a meeting were changed, with a reason."), "reason", **_DATES
    ),
    LeafKind.MEETING_CANCELLED: _shape(_("A meeting was cancelled, with a reason."), "reason"),
    LeafKind.MEETING_AGENDA: _shape(
        _("The agenda of a meeting was set or changed, or what was said was noted."),
        "title",
        **_OF_MEETING,
        number=NUMBER,
    ),
    LeafKind.MEETING_MATERIAL: _shape(
        _("Material for a meeting was published."), "title", **_OF_MEETING, attachment_sha256=DIGEST
    ),
    LeafKind.MEETING_REGISTERED: _shape(
        _("Somebody registered for a meeting and got a mark."), "mark", **_OF_MEETING, stakeholder_group=WORD
    ),
    LeafKind.MEETING_REGISTRATION_CHANGED: _shape(
        _("A registration was changed or withdrawn, or whoever registered has come."), **_OF_MEETING, state=WORD
    ),
    LeafKind.MEETING_LOT_COMMITTED: _shape(
        _("The secret of a lot was made before anybody could register, and its hash published."),
        **_OF_MEETING,
        commitment=DIGEST,
    ),
    LeafKind.MEETING_LOT_CLOSED: _shape(
        _("The list of volunteers was closed before the lot was drawn."), names=NUMBER, names_sha256=DIGEST
    ),
    LeafKind.MEETING_LOT_DRAWN: _shape(
        _("The lot was drawn and its secret opened, so that anybody can draw it again."),
        secret=DIGEST,
        names_sha256=DIGEST,
    ),
    LeafKind.MEETING_SESSION: _shape(_("A meeting was opened or closed."), state=WORD, attended=Optional(NUMBER)),
    LeafKind.MEETING_POLL: _shape(
        _("Those present were asked in a quick poll, or it was closed with its numbers."),
        "question",
        "result",
        **_OF_MEETING,
        state=WORD,
    ),
    LeafKind.MEETING_RESOLVED: _shape(_("A meeting decided something."), "text", **_OF_MEETING),
    LeafKind.MEETING_ACTION_AGREED: _shape(
        _("A meeting agreed who does what by when."), "text", **_OF_MEETING, department=REFERENCE, due_on=DAY
    ),
    LeafKind.MEETING_ACTION_OPENED: _shape(
        _("What a meeting agreed became a rectification task."), **_OF_MEETING, task=REFERENCE
    ),
    LeafKind.MINUTES_DRAFTED: _shape(_("Minutes of a meeting were drafted or changed."), "text", version=NUMBER),
    LeafKind.MINUTES_PROPOSED: _shape(
        _("Minutes were put before the participants."), "text", version=NUMBER, answer_by=DAY
    ),
    LeafKind.MINUTES_JUDGED: _shape(
        _("A participant stands by the minutes, or objects."),
        "words",
        minutes=REFERENCE,
        version=NUMBER,
        opinion=WORD,
    ),
    LeafKind.MINUTES_PUBLISHED: _shape(
        _("The minutes of a meeting were published, with the objections of participants."), "text", version=NUMBER
    ),
    LeafKind.MEETING_RECORDING: _shape(
        _("A recording or photo of a meeting was published or withdrawn."),
        **_OF_MEETING,
        state=WORD,
        attachment_sha256=Optional(DIGEST),
    ),
    LeafKind.MEETING_RULE_ENTERED: _shape(
        _("A rule was entered for how many take part in meetings, and what share is drawn."),
        "rule",
        meeting_kind=WORD,
        valid_from=DAY,
    ),
}
