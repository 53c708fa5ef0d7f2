"""Leaves of incidents: a part of the vocabulary in ``kinds``.

Which kind of incident it is stands in none of them: whoever caused it could read there that it was noticed.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.log.kind_names import LeafKind
from privacy.log.shapes import Shape
from privacy.log.shapes import shape as _shape
from privacy.log.values import DAY, DIGEST, MOMENT, NUMBER, WORD, Optional

INCIDENT_SHAPES: dict[LeafKind, Shape] = {
    LeafKind.INCIDENT_OPENED: _shape(
        _("An incident with data, or an exercise of one, was put on record."),
        "kind",
        "what_happened",
        occasion=WORD,
        aware_at=MOMENT,
    ),
    LeafKind.INCIDENT_STEP: _shape(
        _("Something was done about an incident, or it came into another state."), "what", "words", step=WORD
    ),
    LeafKind.INCIDENT_CONTAINED: _shape(
        _("A measure against an incident was taken or ended, with a reason."), "action", "reason", state=WORD
    ),
    LeafKind.INCIDENT_ASSESSED: _shape(
        _("It was found out how many people an incident concerns."), "assessment", people=NUMBER
    ),
    LeafKind.INCIDENT_NOTICES: _shape(
        _("Telling the people whom an incident concerns began or ended."),
        "message",
        state=WORD,
        version=NUMBER,
        template_sha256=DIGEST,
        people=NUMBER,
        sent=NUMBER,
        failed=NUMBER,
    ),
    LeafKind.INCIDENT_REPORTED: _shape(
        _("A report on an incident to an authority was made or handed in."),
        "authority",
        report=WORD,
        report_sha256=DIGEST,
        handed_in=Optional(MOMENT),
    ),
    LeafKind.INCIDENT_LESSON: _shape(
        _("Somebody took on a task that follows from an incident, or finished it."),
        "text",
        "result",
        state=WORD,
        due_on=DAY,
    ),
    LeafKind.NOTICE_TEMPLATE_SET: _shape(
        _("The words of a notice about incidents were put in force."), version=NUMBER, template_sha256=DIGEST
    ),
}
